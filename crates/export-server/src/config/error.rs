//! Settings that the server does not start with.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use export_api::RealmError;

use super::RootKeySettingError;

/// Settings that the server does not start with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the settings file {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        cause: io::Error,
    },
    /// The file is no TOML, or has unknown or ill-formed settings.
    #[error("the settings file {path}: {cause}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        cause: Box<toml::de::Error>,
    },
    /// The region or the account cannot stand in an ARN.
    #[error(transparent)]
    Realm(#[from] RealmError),
    /// What names the store is not used.
    #[error(transparent)]
    Store(#[from] super::StoreSettingError),
    /// The setting for the root key names none.
    #[error("the setting root-key: {0}")]
    RootKey(#[from] RootKeySettingError),
    /// A letter that stands for no layout of TR-34 key tokens.
    #[error("{letter:?} is no layout of TR-34 key tokens; they are A, B, C, D and E")]
    Layout {
        /// The letter.
        letter: char,
    },
    /// One of the settings for TLS without another.
    #[error("{given} needs {missing} beside it")]
    Tls {
        /// The one that is there.
        given: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// The address can be reached from other machines, and TLS is not spoken.
    #[error(
        "{address} can be reached from other machines, which needs TLS: give tls-cert and tls-key, \
         or listen on a loopback address such as 127.0.0.1:8131"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The address can be reached from other machines, and nobody has to sign.
    #[error("{address} can be reached from other machines: no-auth is for loopback addresses only")]
    NoAuthNotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// A setting speaks of credentials, and nobody has to say who it is.
    #[error("{given} is about credentials, and with no-auth there are none: give one of the two")]
    NoAuthNoCredentials {
        /// The setting.
        given: &'static str,
    },
}
