//! Where the root key of the store is, as a setting says it.

use std::env::VarError;
use std::path::{Path, PathBuf};

use key_store::{RootKeySource, SqliteStore};
#[cfg(feature = "pkcs11")]
use key_store::{TokenUri, TokenUriError};
use key_types::SecretKey;
use zeroize::Zeroizing;

use crate::passphrase;

/// The environment variable with the PIN of a token, where its URI has no `pin-source`.
pub const PIN_VARIABLE: &str = "EXPORT_SERVER_PKCS11_PIN";

/// Where the root key of the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootKeySetting {
    /// In the file `root.key` of the data directory.
    #[default]
    Usual,
    /// In a file.
    File(PathBuf),
    /// In somebody's head; it is read from a descriptor, or asked for on the terminal.
    Passphrase {
        /// The number of the descriptor.
        descriptor: Option<u32>,
    },
    /// In a PKCS #11 token, named by a URI that was read before.
    #[cfg(feature = "pkcs11")]
    Token {
        /// The URI.
        uri: String,
    },
}

/// A setting that names no root key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RootKeySettingError {
    /// It is none of the kinds there are. It is not repeated: it may be a secret by mistake.
    #[error("it is none of: file:PATH, passphrase, pkcs11:token=...;object=...?module-path=...")]
    Kind,
    /// It is a key in a token, and this build knows none.
    #[error("this build knows no PKCS #11 tokens; it is made with the feature pkcs11")]
    NoTokens,
    /// A descriptor is given for a passphrase that there is not.
    #[error("a descriptor for a passphrase is given, and it is no passphrase")]
    Descriptor,
    /// The URI of the token does not say where the key is.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Token(#[from] TokenUriError),
    /// The PIN in the environment cannot be one.
    #[error("{PIN_VARIABLE} is empty or not valid text")]
    Pin,
}

impl RootKeySetting {
    /// Reads what a flag, a variable or a file gives.
    ///
    /// # Errors
    ///
    /// [`RootKeySettingError`] says what is wrong with it.
    pub fn parse(
        given: Option<&str>,
        descriptor: Option<u32>,
    ) -> Result<Self, RootKeySettingError> {
        let setting = match given {
            None => Self::Usual,
            Some("passphrase") => return Ok(Self::Passphrase { descriptor }),
            Some(text) => match text.split_once(':') {
                Some(("file", path)) if !path.is_empty() => Self::File(path.into()),
                Some(("pkcs11", _)) => Self::token(text)?,
                _ => return Err(RootKeySettingError::Kind),
            },
        };
        if descriptor.is_some() { Err(RootKeySettingError::Descriptor) } else { Ok(setting) }
    }

    #[cfg(feature = "pkcs11")]
    fn token(uri: &str) -> Result<Self, RootKeySettingError> {
        uri.parse::<TokenUri>()?;
        Ok(Self::Token { uri: uri.to_owned() })
    }

    #[cfg(not(feature = "pkcs11"))]
    const fn token(_: &str) -> Result<Self, RootKeySettingError> {
        Err(RootKeySettingError::NoTokens)
    }

    /// Where the root key is, for a store in a data directory.
    ///
    /// # Errors
    ///
    /// [`RootKeySettingError`] if the environment has a PIN that cannot be one.
    pub fn source(&self, data_dir: &Path) -> Result<RootKeySource, RootKeySettingError> {
        Ok(match self {
            Self::Usual => RootKeySource::File(data_dir.join(SqliteStore::ROOT_KEY_FILE)),
            Self::File(path) => RootKeySource::File(path.clone()),
            Self::Passphrase { descriptor } => {
                let descriptor = *descriptor;
                let ask = move |occasion| passphrase::read(descriptor, occasion);
                RootKeySource::Passphrase(Box::new(ask))
            }
            #[cfg(feature = "pkcs11")]
            Self::Token { uri } => {
                let uri: TokenUri = uri.parse()?;
                RootKeySource::Token(match pin(|name| std::env::var(name))? {
                    Some(pin) => uri.with_pin(pin),
                    None => uri,
                })
            }
        })
    }
}

#[cfg_attr(not(feature = "pkcs11"), allow(dead_code, reason = "only tokens have PINs"))]
fn pin(
    environment: impl Fn(&str) -> Result<String, VarError>,
) -> Result<Option<SecretKey>, RootKeySettingError> {
    match environment(PIN_VARIABLE).map(Zeroizing::new) {
        Ok(pin) => {
            SecretKey::copied_from(pin.as_bytes()).map(Some).map_err(|_| RootKeySettingError::Pin)
        }
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(RootKeySettingError::Pin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read() {
        let parse = RootKeySetting::parse;
        assert_eq!(parse(None, None), Ok(RootKeySetting::Usual));
        assert_eq!(parse(Some("file:/a:b"), None), Ok(RootKeySetting::File("/a:b".into())));
        let passphrase = |descriptor| Ok(RootKeySetting::Passphrase { descriptor });
        assert_eq!(parse(Some("passphrase"), None), passphrase(None));
        assert_eq!(parse(Some("passphrase"), Some(3)), passphrase(Some(3)));
        assert_eq!(parse(None, Some(3)), Err(RootKeySettingError::Descriptor));
        assert_eq!(parse(Some("file:/a"), Some(3)), Err(RootKeySettingError::Descriptor));
    }

    #[test]
    fn what_names_no_root_key_is_not_repeated() {
        for secret in ["passphrase:hunter2", "hunter2", "file:", ""] {
            let error = RootKeySetting::parse(Some(secret), None).unwrap_err();
            assert_eq!(error, RootKeySettingError::Kind);
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[cfg(feature = "pkcs11")]
    #[test]
    fn a_pin_stays_out_of_flags() {
        let uri = "pkcs11:token=t;object=o?module-path=/m.so";
        let found = RootKeySetting::parse(Some(uri), None);
        assert_eq!(found, Ok(RootKeySetting::Token { uri: uri.to_owned() }));
        let with_pin = format!("{uri}&pin-value=1234");
        let refused = RootKeySetting::parse(Some(&with_pin), None);
        assert_eq!(refused, Err(RootKeySettingError::Token(TokenUriError::PinValue)));
    }

    #[test]
    fn a_pin_of_the_environment_is_text() {
        assert!(pin(|_| Err(VarError::NotPresent)).unwrap().is_none());
        assert_eq!(pin(|_| Ok("1234".into())).unwrap().unwrap().expose_secret(), b"1234");
        assert_eq!(pin(|_| Ok(String::new())).unwrap_err(), RootKeySettingError::Pin);
    }
}
