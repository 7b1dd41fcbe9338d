//! Configuration: a file, the environment, then what the command line says. docs/node.md lists every key.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use figment::{
    Figment,
    providers::{Env, Format as _, Serialized, Toml},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Prefix of the environment's variables.
pub const ENVIRONMENT: &str = "TABELLA_NODE_";
/// Name of the file in the data folder.
pub const FILE: &str = "node.toml";

/// Everything that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Name of a ledger that is made now.
    pub name: String,
    /// Folder of the pages, in place of those that are built in.
    pub pages: Option<PathBuf>,
    /// What addresses may do.
    pub limits: Limits,
    /// What waits in front of verification.
    pub queue: QueueSettings,
    /// The board.
    pub board: BoardSettings,
    /// Whose word is taken for a client's address.
    pub forwarded: Forwarded,
    /// The log.
    pub log: LogSettings,
}

/// Limits of one address, and of time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// All requests of an address, a second.
    pub requests_per_second: NonZeroU32,
    /// As many at once.
    pub requests_burst: NonZeroU32,
    /// Transactions of an address, a second.
    pub submissions_per_second: NonZeroU32,
    /// As many at once.
    pub submissions_burst: NonZeroU32,
    /// Board posts of an address, a second.
    pub posts_per_second: NonZeroU32,
    /// As many at once.
    pub posts_burst: NonZeroU32,
    /// Connections in all.
    pub connections: usize,
    /// Connections of an address.
    pub connections_per_address: usize,
    /// Streams of events in all.
    pub event_streams: usize,
    /// Time for a read, in seconds.
    pub read_seconds: u64,
    /// Time for a submission, in seconds.
    pub submit_seconds: u64,
}

/// The queue in front of verification.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueSettings {
    /// Transactions that wait, at most.
    pub transactions: usize,
    /// Their bytes, in MiB.
    pub mebibytes: usize,
    /// Transactions of one address that wait.
    pub transactions_per_address: usize,
    /// Transactions of a block.
    pub block: usize,
}

/// The board.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoardSettings {
    /// Boards, at most.
    pub boards: u32,
    /// Bytes of all boards, in MiB.
    pub mebibytes: u64,
    /// Who may open boards (Ed25519 keys in hexadecimal); all, if empty.
    pub authorities: Vec<String>,
}

/// Proxies in front of the node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Forwarded {
    /// The header in which they say the client's address.
    pub header: Option<ForwardedHeader>,
    /// The proxies: addresses or networks.
    pub trusted: Vec<Proxy>,
}

impl Forwarded {
    /// Whether an address is that of a proxy that is believed.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.header.is_some() && self.trusted.iter().any(|proxy| proxy.contains(&address.to_canonical()))
    }
}

/// The header in which a proxy says the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// A proxy's address, or its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Proxy {
    /// A network.
    Network(IpNet),
    /// One address.
    Address(IpAddr),
}

impl Proxy {
    /// Whether an address is the proxy's.
    #[must_use]
    pub fn contains(&self, address: &IpAddr) -> bool {
        match self {
            Self::Network(network) => network.contains(address),
            Self::Address(own) => own == address,
        }
    }
}

/// How the log is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// Its form.
    pub format: LogFormat,
    /// Least severe level: `error`, `warn`, `info`, `debug`.
    pub level: String,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

const fn count(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8440)),
            name: "tabella".to_owned(),
            pages: None,
            limits: Limits::default(),
            queue: QueueSettings::default(),
            board: BoardSettings::default(),
            forwarded: Forwarded::default(),
            log: LogSettings::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: count(200),
            requests_burst: count(1_000),
            submissions_per_second: count(50),
            submissions_burst: count(200),
            posts_per_second: count(10),
            posts_burst: count(200),
            connections: 4_096,
            connections_per_address: 512,
            event_streams: 1_024,
            read_seconds: 10,
            submit_seconds: 60,
        }
    }
}

impl Limits {
    /// Time for a read.
    #[must_use]
    pub const fn read_time(&self) -> Duration {
        Duration::from_secs(self.read_seconds)
    }

    /// Time for a submission.
    #[must_use]
    pub const fn submit_time(&self) -> Duration {
        Duration::from_secs(self.submit_seconds)
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { transactions: 4_096, mebibytes: 256, transactions_per_address: 512, block: 512 }
    }
}

impl Default for BoardSettings {
    fn default() -> Self {
        Self { boards: 1_000, mebibytes: 4_096, authorities: Vec::new() }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

/// What the command line says. What is absent is left to the environment and the file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    /// `--listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// `--name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `--pages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings: defaults, the file if one is given, the environment, the command line.
    ///
    /// # Errors
    /// A file that is not there, an unknown key, or a value of the wrong form; the message names the place.
    pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Self, Box<figment::Error>> {
        let defaults = Figment::from(Serialized::defaults(Self::default()));
        file.map_or_else(|| defaults.clone(), |file| defaults.clone().merge(Toml::file_exact(file)))
            // The command line's own variable for the folder.
            .merge(Env::prefixed(ENVIRONMENT).ignore(&["data"]).split("__"))
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(Box::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, flags: &Flags) -> Result<Settings, Box<figment::Error>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, text).unwrap();
        Settings::load(Some(&file), flags)
    }

    #[test]
    fn flag_comes_before_the_file_and_the_file_before_the_default() {
        let text = "listen = \"127.0.0.1:1000\"\nname = \"ours\"\n[limits]\nread_seconds = 3\n";
        let flags = Flags { listen: Some(SocketAddr::from(([0, 0, 0, 0], 2000))), ..Flags::default() };
        let settings = load(text, &flags).unwrap();
        assert_eq!(settings.listen.port(), 2000);
        assert_eq!(settings.name, "ours");
        assert_eq!(settings.limits.read_time(), Duration::from_secs(3));
        assert_eq!(settings.queue.block, 512);
    }

    #[test]
    fn file_that_was_named_must_be_there() {
        assert!(Settings::load(None, &Flags::default()).is_ok());
        assert!(Settings::load(Some(Path::new("/nowhere/node.toml")), &Flags::default()).is_err());
    }

    #[test]
    fn unknown_key_and_zero_rate_are_refused() {
        assert!(load("lisen = \"127.0.0.1:1\"\n", &Flags::default()).is_err());
        assert!(load("[limits]\nrequests_per_second = 0\n", &Flags::default()).is_err());
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let text = "[forwarded]\nheader = \"x-forwarded-for\"\ntrusted = [\"10.0.0.0/8\", \"::1\"]\n";
        let forwarded = load(text, &Flags::default()).unwrap().forwarded;
        assert!(forwarded.trusted[0].contains(&IpAddr::from([10, 1, 2, 3])));
        assert!(!forwarded.trusted[0].contains(&IpAddr::from([11, 1, 2, 3])));
        assert!(forwarded.trusted[1].contains(&"::1".parse().unwrap()));
    }
}
