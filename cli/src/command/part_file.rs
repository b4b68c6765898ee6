//! A file that is written whole or not at all: under another name until it is, beside the place where it goes.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::stopped::Unfinished;
use crate::{Failure, unix};

/// Writes a file whose content this gives; without `force` nobody's file is lost, even one that comes in the meantime.
///
/// # Errors
/// `file-there`; `file`; what `content` says. Nothing half stays.
pub(super) fn write<T>(
    output: &Path,
    force: bool,
    content: impl FnOnce(&mut File) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if !force && fs::symlink_metadata(output).is_ok() {
        return Err(Failure::wrong("file-there").with("path", output.display().to_string()));
    }
    let failed = |error: io::Error| Failure::file(output, &error);
    let part = free(output);
    let _unfinished = (Unfinished::told("stopped-file", &Arc::default()), Unfinished::file(&part));
    let mut file = unix::new_private_file(&part).map_err(failed)?;
    let written = content(&mut file).and_then(|value| {
        file.sync_all().map_err(failed)?;
        if !force {
            OpenOptions::new().write(true).create_new(true).open(output).map_err(failed)?;
        }
        fs::rename(&part, output).map_err(failed)?;
        Ok(value)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// A name beside `output` that nothing has: what is there may be somebody's.
pub(super) fn free(output: &Path) -> PathBuf {
    let named = |number: u32| {
        let mut name = output.as_os_str().to_owned();
        name.push(".carnet-part");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    };
    (1..MOST).map(named).find(|name| fs::symlink_metadata(name).is_err()).unwrap_or_else(|| named(MOST))
}

const MOST: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn file_is_whole_or_not_there_and_nothing_of_others_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (output, others) = (folder.path().join("a.pdf"), folder.path().join("a.pdf.carnet-part"));
        fs::write(&others, "theirs").unwrap();
        let whole = |file: &mut File| file.write_all(b"whole").map_err(|_| Failure::coded("internal"));
        let half = |file: &mut File| whole(file).and_then(|()| Err::<(), _>(Failure::coded("broken")));
        assert_eq!(write(&output, false, half).unwrap_err().code(), Some("broken"));
        assert!(!output.exists());
        write(&output, false, whole).unwrap();
        assert_eq!(write(&output, false, whole).unwrap_err().code(), Some("file-there"));
        write(&output, true, whole).unwrap();
        assert_eq!(fs::read(&output).unwrap(), b"whole");
        assert_eq!(fs::read(&others).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn file_that_came_in_the_meantime_stays() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a.pdf");
        let meanwhile = |_: &mut File| fs::write(&output, "theirs").map_err(|_| Failure::coded("internal"));
        assert_eq!(write(&output, false, meanwhile).unwrap_err().code(), Some("file"));
        assert_eq!(fs::read(&output).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
