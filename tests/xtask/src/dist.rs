//! `cargo xtask dist`: the release binaries as they ship, stripped, and their symbols apart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::progress;
use crate::step::{self, Failure, say};

const PACKAGES: [&str; 2] = ["carnet-cli", "carnet-server"];
const PROGRAMS: [&str; 2] = ["carnet", "carnet-server"];

/// A program that was parted from its symbols: both files, and their sizes in bytes.
#[derive(Debug)]
pub(crate) struct Parted {
    pub(crate) program: PathBuf,
    pub(crate) symbols: PathBuf,
    pub(crate) program_len: u64,
    pub(crate) symbols_len: u64,
}

/// Builds both programs and puts them into `dist/` of the target folder.
pub(crate) fn dist() -> Result<(), Failure> {
    say("Building the release programs.");
    progress::build(&PACKAGES, &["--release", "--locked"])
        .map_err(|why| Failure::new(format!("the build failed: {why}"), "the compiler says why above"))?;
    for name in PROGRAMS {
        let parted = part(&step::target().join("release").join(name), &step::target().join("dist"))?;
        let mb = |len: u64| len.div_ceil(1_000_000);
        say(&format!(
            "  {}, {} MB; its symbols are in {}, {} MB",
            parted.program.display(),
            mb(parted.program_len),
            parted.symbols.display(),
            mb(parted.symbols_len)
        ));
    }
    Ok(())
}

/// Writes a program without its symbols into a folder, and they beside it, compressed, as `NAME.debug`. The program
/// names that file, so that debuggers find it.
pub(crate) fn part(program: &Path, folder: &Path) -> Result<Parted, Failure> {
    let failed = |why: String| {
        Failure::new(format!("{}: {why}", program.display()), "objcopy is in Debian's binutils")
    };
    let name = program.file_name().ok_or_else(|| failed("no program".to_owned()))?;
    let stripped = folder.join(name);
    let mut symbols = stripped.clone().into_os_string();
    symbols.push(".debug");
    let symbols = PathBuf::from(symbols);
    fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    // A link of debuggers cannot be added twice.
    let _ = fs::remove_file(&stripped);
    let objcopy = |arguments: &[&str], files: &[&Path]| {
        let mut command = Command::new("objcopy");
        command.args(arguments).args(files).current_dir(folder);
        step::output(&mut command).map_err(|error| failed(format!("objcopy: {error}")))
    };
    objcopy(&["--only-keep-debug", "--compress-debug-sections"], &[program, &symbols])?;
    objcopy(&["--strip-all"], &[program, &stripped])?;
    let link = format!("--add-gnu-debuglink={}", symbols.display());
    objcopy(&[&link], &[&stripped])?;
    let len = |file: &Path| file.metadata().map(|file| file.len()).map_err(|error| failed(error.to_string()));
    Ok(Parted { program_len: len(&stripped)?, symbols_len: len(&symbols)?, program: stripped, symbols })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On this very test program, which has symbols.
    #[test]
    fn parted_program_is_smaller_runs_and_names_the_file_of_its_symbols() {
        let program = std::env::current_exe().unwrap();
        let folder = step::target().join("tmp").join("parted");
        let parted = part(&program, &folder).unwrap();
        let whole = program.metadata().unwrap().len();
        assert!(parted.program_len < whole / 2, "{parted:?} of {whole}");
        assert!(parted.symbols_len > 0);
        let listed = step::output(Command::new(&parted.program).arg("--list")).unwrap();
        assert!(listed.contains("parted_program_is_smaller"), "{listed}");
        let sections = step::output(Command::new("objdump").args(["--section-headers"]).arg(&parted.program));
        let sections = sections.unwrap();
        assert!(sections.contains(".gnu_debuglink") && !sections.contains(".debug_line"), "{sections}");
        // A second run writes the same anew.
        assert_eq!(part(&program, &folder).unwrap().program_len, parted.program_len);
    }
}
