//! From a WASM file of the compiler to modules that JavaScript imports.
//!
//! The bindings come from `wasm-bindgen-cli-support` as a library: one `Cargo.lock` keeps it at the version of the
//! `wasm-bindgen` that the crates use, and no tool is installed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use wasm_bindgen_cli_support::Bindgen;

use crate::Failure;

/// Who imports the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Importer {
    /// Node, as an ES module: for tests.
    Node,
    /// A browser, as an ES module with a function that fetches the WASM.
    Web,
}

impl Importer {
    /// The name of its folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Web => "web",
        }
    }
}

/// Writes `NAME.js` and `NAME_bg.wasm` into `out` from the compiler's `NAME.wasm`, and gives the size of the WASM in bytes.
///
/// # Errors
/// Where the input is no output of `#[wasm_bindgen]` of the same version, or `out` cannot be written.
pub(crate) fn generate(input: &Path, importer: Importer, out: &Path) -> Result<u64, Failure> {
    let mut bindgen = Bindgen::new();
    let chosen = match importer {
        Importer::Node => bindgen.nodejs_module(true),
        Importer::Web => bindgen.web(true),
    };
    let made = chosen.and_then(|bindgen| {
        bindgen
            .input_path(input)
            .typescript(false)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(out)
    });
    made.map_err(|error| Failure {
        what: format!("no bindings for {}: {error:#}", input.display()),
        todo: "wasm-bindgen and wasm-bindgen-cli-support must be of one version in Cargo.toml".to_owned(),
    })?;
    if importer == Importer::Node {
        let package = out.join("package.json");
        fs::write(&package, "{ \"type\": \"module\" }\n").map_err(|error| Failure::io(&package, &error))?;
    }
    let name = input.file_stem().unwrap_or_default().to_string_lossy();
    let wasm = out.join(format!("{name}_bg.wasm"));
    optimise(&wasm)?;
    fs::metadata(&wasm).map(|file| file.len()).map_err(|error| Failure::io(&wasm, &error))
}

/// Version 108, Debian 12's, exports the wrong table of two, and the module then fails as it starts.
const OLDEST_WASM_OPT: u32 = 117;

/// Shrinks a module in place with binaryen's `wasm-opt`, where a new enough one is; without it the module works as well.
fn optimise(wasm: &Path) -> Result<(), Failure> {
    let version = Command::new("wasm-opt").arg("--version").stdin(Stdio::null()).output();
    let version =
        version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if wasm_opt_version(&version).is_none_or(|version| version < OLDEST_WASM_OPT) {
        return Ok(());
    }
    let features = ["simd", "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals"];
    let mut command = Command::new("wasm-opt");
    command.args(["-O3", "--enable-reference-types", "--enable-multivalue"]);
    command.args(features.map(|feature| format!("--enable-{feature}")));
    match command.arg(wasm).arg("-o").arg(wasm).stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure {
            what: format!("wasm-opt on {}: {status}", wasm.display()),
            todo: "read its words above; without wasm-opt on the PATH this step is left out".to_owned(),
        }),
        Err(error) => Err(Failure::io(wasm, &error)),
    }
}

/// `wasm-opt version 123 (version_123)` is 123.
fn wasm_opt_version(told: &str) -> Option<u32> {
    told.strip_prefix("wasm-opt version ")?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_both_forms_and_nothing_else() {
        assert_eq!(wasm_opt_version("wasm-opt version 108\n"), Some(108));
        assert_eq!(wasm_opt_version("wasm-opt version 123 (version_123)\n"), Some(123));
        assert_eq!(wasm_opt_version(""), None);
    }
}
