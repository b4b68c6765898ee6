//! `carnet-server init`: a commented configuration, two keys, and the log's public key for clients to pin.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;

use crate::failure::Failure;
use crate::keys::{self, SecretBytes};

const TEMPLATE: &str = include_str!("../dist/server.toml");

/// Makes the configuration and the keys, which git does not see, and gives the log's public key. Nothing that exists is overwritten.
///
/// # Errors
/// [`Failure`] where a file exists, cannot be written, or `origin` is no name of a log.
pub fn init(config: &Path, origin: &str, folder: &Path) -> Result<VerifierKey, Failure> {
    let origin = Origin::parse(origin)
        .map_err(|error| Failure::new(error.to_string(), "Name a host and a path: carnet.example/log."))?;
    let folder = std::path::absolute(folder)
        .map_err(|error| Failure::file(folder, &error, "Name the folder by its whole path."))?;
    let keys = folder.join("keys");
    for path in [config, &keys.join(keys::LOG_SEED), &keys.join(keys::CHALLENGE_KEY)] {
        if path.exists() {
            let what = format!("{} exists", path.display());
            return Err(Failure::new(what, "Nothing is overwritten: move it away first, or keep it."));
        }
    }
    // TOML's basic strings are JSON's, for all that may stand in a path.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let text = TEMPLATE
        .replace("\"ORIGIN\"", &quoted(origin.as_str()))
        .replace("\"FOLDER\"", &quoted(&folder.to_string_lossy()));
    for folder in [folder.as_path(), &keys] {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| Failure::file(folder, &error, "Make the folder, owned by the server's user."))?;
    }
    let seed = SecretBytes::make()?;
    let public = keys::verifier_key(&origin, &seed)?;
    seed.save(&keys.join(keys::LOG_SEED))?;
    SecretBytes::make()?.save(&keys.join(keys::CHALLENGE_KEY))?;
    // Whoever tries a server inside a checkout must not commit its keys.
    let ignore = keys.join(".gitignore");
    if !ignore.exists() {
        write_new(&ignore, "*\n")?;
    }
    write_new(config, &text)?;
    for folder in [keys.as_path(), &folder] {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| {
            Failure::file(folder, &error, "Look at the disk: it does not keep what it is given.")
        })?;
    }
    Ok(public)
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::file(path, &error, "Name a file in a folder that exists, with --config.");
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn second_init_is_refused_and_changes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let (config, folder) = (home.path().join("etc/server.toml"), home.path().join("a \"folder\""));
        let public = init(&config, "carnet.example/log", &folder).unwrap();
        let loaded = Config::load(&config, []).unwrap();
        assert_eq!(loaded.server.folder, folder);
        let seed = SecretBytes::load(&loaded.keys().join(keys::LOG_SEED)).unwrap();
        assert_eq!(keys::verifier_key(&loaded.server.origin, &seed).unwrap(), public);
        assert!(init(&config, "carnet.example/log", &folder).is_err());
        std::fs::remove_file(&config).unwrap();
        assert!(init(&config, "carnet.example/log", &folder).is_err());
        assert!(!config.exists());
        let again = SecretBytes::load(&loaded.keys().join(keys::LOG_SEED)).unwrap();
        assert_eq!(again.as_bytes(), seed.as_bytes());
    }

    #[test]
    fn commented_settings_of_the_template_are_the_defaults() {
        // Every line `# name = value` is uncommented: all must be settings that the server knows.
        let uncommented: Vec<&str> = TEMPLATE
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line))
            .collect();
        let text = uncommented.join("\n").replace("behind_proxy = true", "behind_proxy = false");
        let full = Config::parse(&text, []).unwrap();
        let least = Config::parse(TEMPLATE, []).unwrap();
        assert_eq!(format!("{:?}", full.limits), format!("{:?}", least.limits));
        assert_eq!(full.server.listen, least.server.listen);
        assert_eq!(format!("{:?}", full.store), format!("{:?}", least.store));
    }

    fn is_setting(line: &str) -> bool {
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(name, _)| !name.contains(' '))
    }
}
