//! A disk with a volatile write cache that can lose power: the tool `powercut-disk`, which lies beside the checkout.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::disk::{Mounted, run, unmount};
use crate::need;

/// The tool, built; nothing where it, root, FUSE or loop devices are missing.
#[must_use]
pub fn tool() -> Option<PathBuf> {
    need::root()?;
    for device in ["/dev/fuse", "/dev/loop-control"] {
        if !Path::new(device).exists() {
            return need::missing(device);
        }
    }
    need::program("mkfs.ext4")?;
    need::program("losetup")?;
    let source = need::tool("powercut-disk")?;
    // Built from a copy: what lies beside the checkout is not ours to write to.
    let own = need::target()?.join("powercut-disk");
    fs::create_dir_all(own.join("src")).unwrap();
    for file in ["Cargo.toml", "src/main.rs"] {
        let text = fs::read(source.join(file)).unwrap();
        if fs::read(own.join(file)).ok().as_ref() != Some(&text) {
            fs::write(own.join(file), text).unwrap();
        }
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--release", "--manifest-path"]).arg(own.join("Cargo.toml"));
    run(cargo.arg("--target-dir").arg(own.join("target")));
    Some(own.join("target/release/powercut-disk"))
}

/// The disk, switched on, its file system mounted. Dropped: unmounted and switched off, as it should be.
#[derive(Debug)]
pub struct PowerDisk {
    // Unmounted before the disk is switched off.
    mounted: Option<Mounted>,
    folder: PathBuf,
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl PowerDisk {
    /// Switches the disk on with the bytes of an image, and mounts its file system at a folder.
    #[must_use]
    pub fn switch_on(tool: &Path, image: &Path, folder: &Path) -> Self {
        let disk = image.with_extension("disk");
        fs::create_dir_all(&disk).unwrap();
        let mut process = Command::new(tool)
            .arg(image)
            .arg(&disk)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut on = Self { mounted: None, folder: disk.clone(), process, orders, answers };
        assert_eq!(on.hear(), "ready");
        on.mounted = Some(Mounted::mount(&disk.join("disk.img"), folder));
        on
    }

    /// Cuts the power: of what was written since the last flush so many sectors in a thousand survive. The image then holds them.
    pub fn cut(&mut self, keep: u64, sector: u64, seed: u64) -> String {
        self.order(&format!("cut {keep} {sector} {seed}"))
    }

    /// Has one of the next writes or flushes fail: the one with this number from now on.
    pub fn fail(&mut self, what: &str, number: u64) {
        assert_eq!(self.order(&format!("fail {what} {number}")), "armed");
    }

    fn order(&mut self, order: &str) -> String {
        writeln!(self.orders.as_ref().unwrap(), "{order}").unwrap();
        self.hear()
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for PowerDisk {
    fn drop(&mut self) {
        self.mounted = None;
        self.orders = None;
        let _ = self.process.wait();
        unmount(&self.folder);
    }
}
