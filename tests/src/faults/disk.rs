//! Small disks of ext4 on loop devices, taken down again whatever happens.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes an empty file system in a file of so many MiB.
pub fn format(image: &Path, mebibytes: u64) {
    std::fs::File::create(image).unwrap().set_len(mebibytes << 20).unwrap();
    // Without lazy initialisation: what is written later is the server's.
    let options = "lazy_itable_init=0,lazy_journal_init=0";
    run(Command::new("mkfs.ext4").args(["-q", "-F", "-b", "4096", "-E", options]).arg(image));
}

/// A file system that is mounted from a file. Dropped: unmounted, and its loop device gone.
#[derive(Debug)]
pub struct Mounted {
    device: String,
    folder: PathBuf,
}

impl Mounted {
    /// Mounts the image at a folder. The journal is replayed, as after a power cut.
    #[must_use]
    pub fn mount(image: &Path, folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let device = run(Command::new("losetup").args(["--find", "--show"]).arg(image));
        let mounted = Self { device: device.trim().to_owned(), folder: folder.to_owned() };
        // The loop driver takes half a write for a whole one: where the second of two FUSE writes fails, it says nothing. So one request
        // of its own never becomes two.
        let name = mounted.device.rsplit('/').next().unwrap();
        std::fs::write(format!("/sys/block/{name}/queue/max_sectors_kb"), "128").unwrap();
        run(Command::new("mount").args(["-t", "ext4", "-o", "noatime"]).arg(&mounted.device).arg(folder));
        mounted
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        unmount(&self.folder);
        let _ = Command::new("losetup").arg("--detach").arg(&self.device).output();
    }
}

/// Unmounts a folder; lazily where something still holds it.
pub(super) fn unmount(folder: &Path) {
    for _ in 0..50 {
        if Command::new("umount").arg(folder).output().is_ok_and(|output| output.status.success()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let _ = Command::new("umount").arg("--lazy").arg(folder).output();
}

/// Runs a command that must succeed, and gives what it wrote.
pub(super) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
