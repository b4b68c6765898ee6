//! Vectors that others published, where a registry carries them: crates that `tests/published/Cargo.toml`
//! pins, and npm packages that `tests/js/package.json` pins. `cargo xtask setup` fetches both.
//!
//! A test says how many vectors held ([`Published::held`]), and `cargo xtask test` ends with a table of
//! whose vectors proved how much. `docs/VECTORS.md` names each source, its version and its tests.

use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::need;

/// A package of a registry, as it was published.
#[derive(Debug, Clone)]
pub struct Published {
    /// `NAME VERSION`.
    package: String,
    licence: String,
    folder: PathBuf,
}

/// A crate that `tests/published/Cargo.toml` names, from cargo's own copy of the registry.
#[must_use]
pub fn of_crate(name: &str) -> Option<Published> {
    let manifest = need::repository().join("tests/published/Cargo.toml");
    // What setup has fetched, and nothing over the network while tests run.
    let read = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", &format!("{ARCH}-unknown-linux-gnu"), "--manifest-path"])
        .arg(manifest)
        .stdin(Stdio::null())
        .output()
        .ok();
    let graph: Option<Value> = read.and_then(|output| serde_json::from_slice(&output.stdout).ok());
    let found = graph.as_ref().and_then(|graph| {
        let packages = graph.get("packages")?.as_array()?;
        let package = packages.iter().find(|package| package["name"] == name)?;
        let manifest = Path::new(package["manifest_path"].as_str()?);
        Published::read(package, manifest.parent()?)
    });
    found.or_else(|| need::missing(&format!("the sources of crate {name} (cargo xtask setup)")))
}

/// An npm package that `tests/js/package.json` names, and Node to read it with.
#[must_use]
pub fn of_npm(name: &str) -> Option<Published> {
    let folder = need::node_package(name)?;
    let text = fs::read(folder.join("package.json")).ok();
    let package: Option<Value> = text.and_then(|text| serde_json::from_slice(&text).ok());
    let found = package.and_then(|package| Published::read(&package, &folder));
    found.or_else(|| need::missing(&format!("a package.json of the npm package {name} (npm ci in tests/js)")))
}

impl Published {
    fn read(package: &Value, folder: &Path) -> Option<Self> {
        let text = |name: &str| package.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            package: format!("{} {}", text("name")?, text("version")?),
            licence: text("license")?,
            folder: folder.to_path_buf(),
        })
    }

    /// A file or folder in the package.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside)
    }

    /// `NAME VERSION`.
    #[must_use]
    pub fn package(&self) -> &str {
        &self.package
    }

    /// Its licence, as an SPDX expression.
    #[must_use]
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Records that this many of its vectors held in the running test.
    ///
    /// One line `PACKAGE<TAB>LICENCE<TAB>COUNT<TAB>TEST` in the file that `CARNET_PROVEN_FILE` names, else in
    /// `carnet-skipped/proven.tsv` of the target folder.
    pub fn held(&self, vectors: usize) {
        let line = format!("{}\t{}\t{vectors}\t{}\n", self.package, self.licence, need::running_test());
        need::record("CARNET_PROVEN_FILE", "proven.tsv", &line);
    }
}
