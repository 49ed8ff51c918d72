//! The settings of `serve`.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use export_api::{KeyCryptograms, Realm, Receipts};
use key_store::StoreLocation;
use serde::Deserialize;
use tr34::Layout;

use super::{RootKeySetting, SettingsError, store_from};
use crate::audit::Durability;
use crate::tls::TlsFiles;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Which exports get a receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ReceiptsFor {
    /// None.
    Off,
    /// Those that somebody approved.
    #[default]
    Approved,
    /// All.
    All,
}

impl From<ReceiptsFor> for Receipts {
    fn from(given: ReceiptsFor) -> Self {
        match given {
            ReceiptsFor::Off => Self::Off,
            ReceiptsFor::Approved => Self::Approved,
            ReceiptsFor::All => Self::All,
        }
    }
}

/// The settings of `serve` as flags or environment variables give them.
#[derive(Args, Clone, Debug, Default)]
#[non_exhaustive]
pub struct ServeArguments {
    /// A TOML file with settings, named as the flags are; flags and environment win over it
    #[arg(long, env = "EXPORT_SERVER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub given: GivenSettings,
}

/// Settings as one source gives them; what is absent is left to the next source.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct GivenSettings {
    /// The address to listen on; without TLS, a loopback address [default: 127.0.0.1:8131]
    #[arg(long, env = "EXPORT_SERVER_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The certificate to show to clients and those above it, as PEM; with it, TLS is spoken
    #[arg(long, env = "EXPORT_SERVER_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, as PEM
    #[arg(long, env = "EXPORT_SERVER_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// The authorities, as PEM, of which every client must show a certificate
    #[arg(long, env = "EXPORT_SERVER_TLS_CLIENT_CA", value_name = "FILE")]
    pub tls_client_ca: Option<PathBuf>,
    /// The directory with the store and the audit trail, made with mode 0700 [default: ./export-server-data]
    #[arg(long, env = "EXPORT_SERVER_DATA_DIR", value_name = "DIRECTORY")]
    pub data_dir: Option<PathBuf>,
    /// The store: sqlite (in the data directory), sqlite:DIRECTORY or postgres://USER@HOST/DATABASE;
    /// EXPORT_SERVER_STORE names it too, and may hold a password [default: sqlite]
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// The root key of the store: file:PATH, passphrase, or pkcs11:... [default: root.key in the data directory]
    #[arg(long, env = "EXPORT_SERVER_ROOT_KEY", value_name = "WHERE")]
    pub root_key: Option<String>,
    /// The descriptor to read the passphrase from [default: ask on the terminal]
    #[arg(long, env = "EXPORT_SERVER_ROOT_KEY_PASSPHRASE_FD", value_name = "NUMBER")]
    pub root_key_passphrase_fd: Option<u32>,
    /// The region in ARNs and signatures [default: us-east-1]
    #[arg(long, env = "EXPORT_SERVER_REGION")]
    pub region: Option<String>,
    /// The account in ARNs, 12 digits [default: 111122223333]
    #[arg(long, env = "EXPORT_SERVER_ACCOUNT")]
    pub account: Option<String>,
    /// Answer requests that nobody signed; only for tests on one machine [default: false]
    #[arg(
        long, env = "EXPORT_SERVER_NO_AUTH", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_name = "true|false",
        value_parser = BoolishValueParser::new()
    )]
    pub no_auth: Option<bool>,
    /// A policy in Cedar that says who may do what [default: administrators everything, others nothing]
    #[arg(long, env = "EXPORT_SERVER_POLICY", value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// The label whose keys leave only if another credential approves [default: none]
    #[arg(long, env = "EXPORT_SERVER_APPROVAL_TAG", value_name = "LABEL")]
    pub approval_tag: Option<String>,
    /// Which exports get a receipt in the audit trail, signed by the account's authority [default: approved]
    #[arg(long, env = "EXPORT_SERVER_RECEIPTS")]
    pub receipts: Option<ReceiptsFor>,
    /// Answer when the audit record is on the disk, or when it is queued [default: durable]
    #[arg(long, env = "EXPORT_SERVER_AUDIT")]
    pub audit: Option<Durability>,
    /// Hand out keys as RSA cryptograms, which are no key blocks for PCI PIN 18-3 [default: true]
    #[arg(
        long, env = "EXPORT_SERVER_KEY_CRYPTOGRAMS", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_name = "true|false",
        value_parser = BoolishValueParser::new()
    )]
    pub key_cryptograms: Option<bool>,
    /// The layouts of TR-34 key tokens that ImportKey takes, letters A to E [default: E]
    #[arg(long, env = "EXPORT_SERVER_IMPORT_LAYOUTS", value_name = "LETTERS")]
    pub import_layouts: Option<String>,
    /// How many requests each access key may make a second [default: no limit]
    #[arg(long, env = "EXPORT_SERVER_REQUESTS_PER_SECOND", value_name = "NUMBER")]
    pub requests_per_second: Option<NonZeroU32>,
    /// How log lines are written to standard error [default: text]
    #[arg(long, env = "EXPORT_SERVER_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Which log lines are written, such as `info` or `export_server=debug` [default: info]
    #[arg(long, env = "EXPORT_SERVER_LOG", value_name = "FILTER")]
    pub log: Option<String>,
}

/// The settings that `serve` runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What is needed for TLS, if it is to be spoken.
    pub tls: Option<TlsFiles>,
    /// Where the store and the audit trail are.
    pub data_dir: PathBuf,
    /// Where the keys are.
    pub store: StoreLocation,
    /// Where the root key of the store is.
    pub root_key: RootKeySetting,
    /// The region and the account.
    pub realm: Realm,
    /// Whether requests need no signature.
    pub no_auth: bool,
    /// The policy that says who may do what.
    pub policy: Option<PathBuf>,
    /// The label whose keys leave only if another credential approves.
    pub approval_tag: Option<String>,
    /// Which exports get a receipt.
    pub receipts: Receipts,
    /// When operations are answered.
    pub audit: Durability,
    /// Whether keys leave as RSA cryptograms.
    pub key_cryptograms: KeyCryptograms,
    /// The layouts of TR-34 key tokens that are taken.
    pub import_layouts: Vec<Layout>,
    /// The rate limit of each access key.
    pub requests_per_second: Option<NonZeroU32>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written.
    pub log: String,
}

impl ServeArguments {
    /// Fills in what the file gives and then what is usual, and checks the whole.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] says which setting is wrong and what it must be.
    pub fn resolve(self) -> Result<Settings, SettingsError> {
        let file = match &self.config {
            Some(path) => read_file(path)?,
            None => GivenSettings::default(),
        };
        let store =
            store_from(self.given.store.as_deref(), file.store.as_deref(), |name| env::var(name))?;
        Ok(Settings { store, ..Settings::from_given(self.given.or(file))? })
    }
}

impl GivenSettings {
    /// These settings, and for those that are absent the other ones.
    fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            tls_client_ca: self.tls_client_ca.or(other.tls_client_ca),
            data_dir: self.data_dir.or(other.data_dir),
            store: self.store.or(other.store),
            root_key: self.root_key.or(other.root_key),
            root_key_passphrase_fd: self.root_key_passphrase_fd.or(other.root_key_passphrase_fd),
            region: self.region.or(other.region),
            account: self.account.or(other.account),
            no_auth: self.no_auth.or(other.no_auth),
            policy: self.policy.or(other.policy),
            approval_tag: self.approval_tag.or(other.approval_tag),
            receipts: self.receipts.or(other.receipts),
            audit: self.audit.or(other.audit),
            key_cryptograms: self.key_cryptograms.or(other.key_cryptograms),
            import_layouts: self.import_layouts.or(other.import_layouts),
            requests_per_second: self.requests_per_second.or(other.requests_per_second),
            log_format: self.log_format.or(other.log_format),
            log: self.log.or(other.log),
        }
    }
}

impl Settings {
    fn from_given(given: GivenSettings) -> Result<Self, SettingsError> {
        let usual_address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8131));
        let address = given.listen.unwrap_or(usual_address);
        let tls = tls(given.tls_cert, given.tls_key, given.tls_client_ca)?;
        let no_auth = given.no_auth.unwrap_or(false);
        match (address.ip().is_loopback(), &tls) {
            (false, None) => return Err(SettingsError::NotLoopback { address }),
            (false, _) if no_auth => return Err(SettingsError::NoAuthNotLoopback { address }),
            _ => (),
        }
        let of_credentials = [
            given.policy.as_ref().map(|_| "policy"),
            given.approval_tag.as_ref().map(|_| "approval-tag"),
        ];
        if let Some(given) = of_credentials.into_iter().flatten().next()
            && no_auth
        {
            return Err(SettingsError::NoAuthNoCredentials { given });
        }
        let region = given.region.as_deref().unwrap_or("us-east-1");
        let account = given.account.as_deref().unwrap_or("111122223333");
        Ok(Self {
            listen: address,
            tls,
            data_dir: given.data_dir.unwrap_or_else(|| PathBuf::from("./export-server-data")),
            // Chosen by whoever sees which source it comes from.
            store: StoreLocation::default(),
            root_key: RootKeySetting::parse(
                given.root_key.as_deref(),
                given.root_key_passphrase_fd,
            )?,
            realm: Realm::new(region, account)?,
            no_auth,
            policy: given.policy,
            approval_tag: given.approval_tag,
            receipts: given.receipts.unwrap_or_default().into(),
            audit: given.audit.unwrap_or_default(),
            key_cryptograms: match given.key_cryptograms {
                Some(false) => KeyCryptograms::SwitchedOff,
                _ => KeyCryptograms::Offered,
            },
            import_layouts: layouts(given.import_layouts.as_deref().unwrap_or("E"))?,
            requests_per_second: given.requests_per_second,
            log_format: given.log_format.unwrap_or_default(),
            log: given.log.unwrap_or_else(|| "info".to_owned()),
        })
    }
}

/// The files for TLS: certificate and key come together, and other files with them only.
fn tls(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
) -> Result<Option<TlsFiles>, SettingsError> {
    let (cert_name, key_name) = ("tls-cert", "tls-key");
    match (certificate, key, client_ca) {
        (Some(certificate), Some(key), client_ca) => {
            Ok(Some(TlsFiles { certificate, key, client_ca }))
        }
        (Some(_), None, _) => Err(SettingsError::Tls { given: cert_name, missing: key_name }),
        (None, Some(_), _) => Err(SettingsError::Tls { given: key_name, missing: cert_name }),
        (None, None, Some(_)) => {
            Err(SettingsError::Tls { given: "tls-client-ca", missing: cert_name })
        }
        (None, None, None) => Ok(None),
    }
}

/// The layouts of letters, with commas between them or without.
fn layouts(letters: &str) -> Result<Vec<Layout>, SettingsError> {
    let letters = letters.chars().filter(|letter| !matches!(letter, ',' | ' '));
    let layout = |letter: char| {
        Layout::from_code(letter.to_ascii_uppercase()).ok_or(SettingsError::Layout { letter })
    };
    letters.map(layout).collect()
}

fn read_file(path: &Path) -> Result<GivenSettings, SettingsError> {
    let text = fs::read_to_string(path)
        .map_err(|cause| SettingsError::Unreadable { path: path.to_owned(), cause })?;
    toml::from_str(&text)
        .map_err(|cause| SettingsError::Malformed { path: path.to_owned(), cause: cause.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(toml: &str) -> GivenSettings {
        toml::from_str(toml).unwrap()
    }

    fn resolved(flags: &str, file: &str) -> Result<Settings, SettingsError> {
        Settings::from_given(given(flags).or(given(file)))
    }

    #[test]
    fn without_any_source_the_settings_are_the_documented_ones() {
        let settings = resolved("", "").unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8131");
        assert_eq!(settings.data_dir, PathBuf::from("./export-server-data"));
        assert_eq!(settings.realm, Realm::new("us-east-1", "111122223333").unwrap());
        assert_eq!((settings.no_auth, settings.audit), (false, Durability::Durable));
        assert_eq!(settings.requests_per_second, None);
        assert_eq!((settings.policy, settings.approval_tag), (None, None));
        assert_eq!(settings.receipts, Receipts::Approved);
        assert_eq!(settings.key_cryptograms, KeyCryptograms::Offered);
        assert_eq!(settings.import_layouts, [Layout::X9Tr34_2012]);
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = "region = \"eu-west-2\"\naudit = \"buffered\"\nno-auth = true\n\
                    requests-per-second = 5\nlog-format = \"json\"";
        let flags = "region = \"ap-south-1\"\nno-auth = false\nkey-cryptograms = false";
        let settings = resolved(flags, file).unwrap();
        assert_eq!(settings.key_cryptograms, KeyCryptograms::SwitchedOff);
        assert_eq!(settings.realm.region(), "ap-south-1");
        assert!(!settings.no_auth);
        assert_eq!(settings.audit, Durability::Buffered);
        assert_eq!(settings.requests_per_second, NonZeroU32::new(5));
        assert_eq!(settings.log_format, LogFormat::Json);
    }

    #[test]
    fn layouts_are_letters() {
        let found = |letters: &str| {
            let settings = resolved(&format!("import-layouts = \"{letters}\""), "");
            settings.map(|settings| settings.import_layouts)
        };
        assert_eq!(found("a, E").unwrap(), [Layout::StrictCms, Layout::X9Tr34_2012]);
        assert_eq!(found("").unwrap(), []);
        assert!(matches!(found("EF"), Err(SettingsError::Layout { letter: 'F' })));
    }

    #[test]
    fn other_machines_cannot_be_served_without_tls() {
        for address in ["0.0.0.0:8131", "192.0.2.1:8131", "[::]:8131"] {
            let error = resolved(&format!("listen = \"{address}\""), "").unwrap_err();
            assert!(matches!(error, SettingsError::NotLoopback { .. }), "{error}");
            assert!(error.to_string().contains("tls-cert"), "{error}");
        }
        for address in ["127.0.0.2:1", "[::1]:8131"] {
            assert!(resolved(&format!("listen = \"{address}\""), "").is_ok(), "{address}");
        }
        let tls = "listen = \"0.0.0.0:8131\"\ntls-cert = \"a\"\ntls-key = \"b\"";
        assert!(resolved(tls, "").is_ok());
        let error = resolved(tls, "no-auth = true").unwrap_err();
        assert!(matches!(error, SettingsError::NoAuthNotLoopback { .. }), "{error}");
    }

    #[test]
    fn what_is_said_of_credentials_needs_signatures() {
        let policy = "policy = \"a.cedar\"";
        assert_eq!(resolved(policy, "").unwrap().policy, Some(PathBuf::from("a.cedar")));
        for given in [policy, "approval-tag = \"x\""] {
            let error = resolved(given, "no-auth = true").unwrap_err();
            assert!(matches!(error, SettingsError::NoAuthNoCredentials { .. }), "{error}");
        }
    }

    #[test]
    fn tls_is_given_whole() {
        for (given, missing) in
            [("tls-cert", "tls-key"), ("tls-key", "tls-cert"), ("tls-client-ca", "tls-cert")]
        {
            let error = resolved(&format!("{given} = \"x\""), "").unwrap_err();
            assert_eq!(error.to_string(), format!("{given} needs {missing} beside it"));
        }
        let all = "tls-cert = \"a\"\ntls-key = \"b\"\ntls-client-ca = \"c\"";
        let files = resolved(all, "").unwrap().tls.unwrap();
        assert_eq!(files.client_ca, Some(PathBuf::from("c")));
    }

    #[test]
    fn a_file_is_read_strictly() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings.toml");
        let resolve = |text: &str| {
            fs::write(&path, text).unwrap();
            ServeArguments { config: Some(path.clone()), ..ServeArguments::default() }.resolve()
        };
        assert_eq!(resolve("region = \"eu-west-2\"").unwrap().realm.region(), "eu-west-2");
        for bad in ["regoin = \"eu-west-2\"", "requests-per-second = 0", "audit = \"never\"", "="] {
            let error = resolve(bad).unwrap_err();
            assert!(matches!(error, SettingsError::Malformed { .. }), "{bad}: {error}");
        }
        assert!(matches!(resolve("region = \"moon\""), Err(SettingsError::Realm(_))));
        fs::remove_file(&path).unwrap();
        let gone = ServeArguments { config: Some(path), ..ServeArguments::default() }.resolve();
        assert!(matches!(gone, Err(SettingsError::Unreadable { .. })));
    }
}
