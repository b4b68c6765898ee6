//! The configuration: a TOML file, then variables `CARNET_<TABLE>__<NAME>`, read once into typed values and checked.
//!
//! There are no globals: what needs a setting is given it. `docs/OPERATING.md` describes each setting; `init` writes them all.

mod limits;
mod value;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::http;
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use ipnet::IpNet;
use serde::Deserialize;

pub use limits::Limits;

use crate::failure::Failure;
pub use crate::store::engine::Engine;
use crate::store::engine::Resources;

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens, and under which name.
    pub server: Server,
    /// TLS; absent where a proxy does it, or on loopback.
    pub tls: Option<Tls>,
    /// The store of records.
    #[serde(default)]
    pub store: Store,
    /// Limits.
    #[serde(default)]
    pub limits: Limits,
    /// The server's own log.
    #[serde(default)]
    pub log: Log,
    /// Figures.
    #[serde(default)]
    pub metrics: Metrics,
    /// Whose attestations count.
    #[serde(default)]
    pub authorities: Vec<Authority>,
}

/// Where the server listens, and under which name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The name of its log, which stands in every statement; it never changes.
    #[serde(deserialize_with = "value::origin")]
    pub origin: Origin,
    /// The folder of records, payloads and keys.
    pub folder: PathBuf,
    /// The web app's folder; none is served without it.
    #[serde(default)]
    pub web: Option<PathBuf>,
    /// A proxy before it does TLS: plain HTTP may be spoken beyond loopback.
    #[serde(default)]
    pub behind_proxy: bool,
    /// The proxies whose header about client addresses is believed.
    #[serde(default = "loopback_networks", deserialize_with = "value::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which such a proxy names the client's address.
    #[serde(default = "default_address_header")]
    pub address_header: String,
    /// Whether strangers may open accounts.
    #[serde(default)]
    pub registration: Registration,
}

/// Whether strangers may open accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Nobody new.
    Closed,
    /// Anybody, at the rate of the limits.
    #[default]
    Open,
}

/// Certificate and key, in PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key, of mode 0600.
    pub key: PathBuf,
}

/// The store of records.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// Which one.
    pub engine: Engine,
    /// Bytes that it may keep in memory.
    pub cache_bytes: u64,
    /// Bytes after which a file of its journal is full: from 64 KiB to 1 GiB. Two files take turns.
    pub journal_bytes: u64,
}

/// The server's own log, on standard error.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How lines are written.
    pub format: LogFormat,
    /// From which level on.
    pub level: LogLevel,
}

/// How lines of the server's log are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// From which level on the server logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What failed inside.
    Error,
    /// And what an operator should look at.
    Warn,
    /// And each request, by route and status.
    #[default]
    Info,
    /// And connections that were dropped.
    Debug,
}

/// Where Prometheus reads figures.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// An address of its own, on loopback; without it they are at `/metrics` of the main one, if that is on loopback.
    pub listen: Option<SocketAddr>,
}

/// An authority whose attestations count.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its name, for people.
    pub name: String,
    /// Its Ed25519 key, in hexadecimal.
    #[serde(deserialize_with = "value::verifying_key")]
    pub key: VerifyingKey,
}

impl Default for Store {
    fn default() -> Self {
        Self { engine: Engine::default(), cache_bytes: 256 << 20, journal_bytes: Resources::JOURNAL }
    }
}

impl Config {
    /// Where the file lies unless said otherwise.
    pub const PATH: &'static str = "/etc/carnet/server.toml";

    /// Reads and checks a configuration: the file, then the variables, which win.
    ///
    /// # Errors
    /// [`Failure`] for a file that cannot be read, an unknown or missing setting, a value out of its bounds.
    pub fn load(path: &Path, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::file(path, &error, "Run `carnet-server init`, or name the file with --config.")
        })?;
        Self::parse(&text, variables)
            .map_err(|failure| Failure::new(format!("{}: {}", path.display(), failure.what), failure.remedy))
    }

    /// The same, from the file's text.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Failure> {
        // Variables of other programs share the prefix; a setting always stands in a table.
        let ours = |(name, _): &(String, String)| name.starts_with("CARNET_") && name.contains("__");
        let variables: HashMap<String, String> = variables.into_iter().filter(ours).collect();
        let environment = config::Environment::with_prefix("CARNET")
            .prefix_separator("_")
            .separator("__")
            .list_separator(",")
            .with_list_parse_key("server.trusted_proxies")
            .try_parsing(true)
            .ignore_empty(true)
            .source(Some(variables));
        let parsed = config::Config::builder()
            .add_source(config::File::from_str(text, config::FileFormat::Toml))
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize::<Self>);
        let config = parsed.map_err(|error| {
            Failure::new(error.to_string(), "Correct this setting; docs/OPERATING.md describes each of them.")
        })?;
        config.check()?;
        Ok(config)
    }

    /// Where secret keys lie.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.server.folder.join("keys")
    }

    /// Whether clients reach the server by TLS, here or at the proxy.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.tls.is_some() || self.server.behind_proxy
    }

    fn check(&self) -> Result<(), Failure> {
        let server = &self.server;
        if self.tls.is_none() && !server.behind_proxy && !server.listen.ip().is_loopback() {
            return Err(Failure::new(
                format!("plain HTTP beyond loopback ({}) is refused", server.listen),
                "Set [tls] certificate and key, or --behind-proxy where a proxy does TLS.",
            ));
        }
        if self.tls.is_some() && server.behind_proxy {
            return Err(Failure::new(
                "both [tls] and behind_proxy are set",
                "Keep [tls] where clients connect to this server, behind_proxy where they connect to a proxy.",
            ));
        }
        if let Some(listen) = self.metrics.listen.filter(|listen| !listen.ip().is_loopback()) {
            return Err(Failure::new(
                format!("figures would be served beyond loopback ({listen})"),
                "Set metrics.listen to an address of loopback, such as 127.0.0.1:9464.",
            ));
        }
        if server.folder.as_os_str().is_empty() || server.address_header.parse::<http::HeaderName>().is_err()
        {
            return Err(Failure::new(
                "server.folder is empty, or server.address_header is no header's name",
                "Name the folder of records, and a header such as x-forwarded-for.",
            ));
        }
        let mut names: Vec<&str> = self.authorities.iter().map(|authority| authority.name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Failure::new(
                "two authorities share a name",
                "Give each authority a name of its own.",
            ));
        }
        self.limits.check()
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8440))
}

fn default_address_header() -> String {
    "x-forwarded-for".to_owned()
}

fn loopback_networks() -> Vec<IpNet> {
    [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])].map(IpNet::from).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "[server]\norigin = \"carnet.example/log\"\nfolder = \"/var/lib/carnet\"\n";

    fn parse(more: &str, variables: &[(&str, &str)]) -> Result<Config, Failure> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::parse(&format!("{LEAST}{more}"), variables)
    }

    #[test]
    fn least_file_has_safe_defaults() {
        let config = parse("", &[]).unwrap();
        assert!(config.server.listen.ip().is_loopback());
        assert!(!config.server.behind_proxy && config.server.web.is_none());
        assert_eq!(config.store.engine, Engine::Redb);
    }

    #[test]
    fn variable_wins_over_the_file() {
        let config = parse(
            "[store]\nengine = \"redb\"\n",
            &[
                ("CARNET_STORE__ENGINE", "sled"),
                ("CARNET_LIMITS__VAULT_ENTRIES", "7"),
                ("CARNET_SERVER__TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1"),
                ("CARNET_CACHE", "of another program"),
            ],
        )
        .unwrap();
        assert_eq!(config.store.engine, Engine::Sled);
        assert_eq!(config.limits.vault_entries, 7);
        assert_eq!(config.server.trusted_proxies.len(), 2);
    }

    #[test]
    fn unknown_missing_and_malformed_settings_are_refused() {
        for bad in [
            "colour = 1\n",
            "[store]\nengine = \"bolt\"\n",
            "[limits]\nvault_entries = -1\n",
            "[limits]\nvault_entries = 0\n",
            "[[authorities]]\nname = \"a\"\nkey = \"00\"\n",
            "registration = \"maybe\"\n",
            "listen = \"everywhere\"\n",
            "address_header = \"a b\"\n",
        ] {
            let failure = parse(bad, &[]).unwrap_err();
            assert!(!failure.remedy.is_empty() && !failure.to_string().is_empty(), "{bad}");
        }
        assert!(Config::parse("[server]\nfolder = \"/x\"\n", []).is_err());
        assert!(Config::parse("[server]\nfolder = \"/x\"\norigin = \"a b\"\n", []).is_err());
    }

    #[test]
    fn plain_http_beyond_loopback_needs_a_proxy() {
        let failure = parse("listen = \"0.0.0.0:80\"\n", &[]).unwrap_err();
        assert!(
            failure.what.contains("plain HTTP") && failure.remedy.contains("--behind-proxy"),
            "{failure}"
        );
        parse("listen = \"0.0.0.0:80\"\nbehind_proxy = true\n", &[]).unwrap();
        parse("listen = \"0.0.0.0:443\"\n[tls]\ncertificate = \"a\"\nkey = \"b\"\n", &[]).unwrap();
        parse("[metrics]\nlisten = \"0.0.0.0:9464\"\n", &[]).unwrap_err();
    }
}
