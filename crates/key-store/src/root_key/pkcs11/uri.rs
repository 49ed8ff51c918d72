//! Where a key in a token is: a part of the PKCS #11 URIs of RFC 7512.

use core::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use cryptoki::types::AuthPin;
use key_types::SecretKey;
use zeroize::Zeroizing;

use super::TokenError;
use crate::private_file;

const LONGEST_PIN: u64 = 256;

/// Where a key in a token is:
/// `pkcs11:token=NAME;object=NAME?module-path=FILE&pin-source=file:FILE`.
///
/// `token`, `object` and `module-path` are needed; `serial` and `pin-source` may be there. Each
/// stands once, with what is not plain in it as `%` and two hex digits. A PIN itself (`pin-value`)
/// is refused, because command lines are seen by every user of the machine.
///
/// Standard: RFC 7512, 2.3.
#[derive(Clone)]
pub struct TokenUri {
    token: String,
    serial: Option<String>,
    object: String,
    module: PathBuf,
    pin_file: Option<PathBuf>,
    pin: Option<Arc<SecretKey>>,
}

/// A text that does not say where a key in a token is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenUriError {
    /// It does not begin with `pkcs11:`.
    #[error("a key in a token is named by pkcs11:token=...;object=...?module-path=...")]
    Scheme,
    /// A part that is needed is not there.
    #[error("{name} is missing")]
    Missing {
        /// The attribute.
        name: &'static str,
    },
    /// A part is there that is not known here, has no value or stands twice.
    #[error("{name:?} is not known here, has no value or stands twice")]
    Attribute {
        /// The attribute.
        name: String,
    },
    /// A PIN is on the command line.
    #[error("a PIN has no place here, where others see it; give pin-source=file:...")]
    PinValue,
    /// The value of an attribute is not encoded as it must be.
    #[error("the value of {name} is not text in percent-encoding")]
    Encoding {
        /// The attribute.
        name: &'static str,
    },
    /// The PIN is to come from something that is no file.
    #[error("pin-source is file: and an absolute path")]
    PinSource,
}

impl TokenUri {
    /// Gives the PIN to log in with where there is no `pin-source`.
    #[must_use]
    pub fn with_pin(mut self, pin: SecretKey) -> Self {
        self.pin = Some(Arc::new(pin));
        self
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    pub(super) fn object(&self) -> &str {
        &self.object
    }

    pub(super) fn module(&self) -> &Path {
        &self.module
    }

    /// The PIN, read anew each time.
    pub(super) fn pin(&self) -> Result<AuthPin, TokenError> {
        let no_pin = || TokenError::NoPin { token: self.token.clone() };
        let pin = match (&self.pin_file, &self.pin) {
            (Some(path), _) => read_pin(path)
                .map_err(|source| TokenError::PinFile { path: path.clone(), source })?,
            (None, Some(pin)) => {
                let text = str::from_utf8(pin.expose_secret()).map_err(|_| no_pin())?;
                Zeroizing::new(text.to_owned())
            }
            (None, None) => return Err(no_pin()),
        };
        Ok(AuthPin::new(pin.as_str().into()))
    }
}

fn read_pin(path: &Path) -> io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    if !private_file::is_private(&file.metadata()?) {
        return Err(io::Error::other("it is open to others than its owner; set its mode to 0600"));
    }
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST_PIN).unwrap_or(0)));
    file.take(LONGEST_PIN).read_to_string(&mut text)?;
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    Ok(text)
}

impl FromStr for TokenUri {
    type Err = TokenUriError;

    fn from_str(text: &str) -> Result<Self, TokenUriError> {
        let rest = text.strip_prefix("pkcs11:").ok_or(TokenUriError::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let [token, object, serial] = attributes(path, ';', ["token", "object", "serial"])?;
        let [module, pin_source] = attributes(query, '&', ["module-path", "pin-source"])?;
        let needed = |value: Option<String>, name| value.ok_or(TokenUriError::Missing { name });
        let pin_file = match pin_source {
            None => None,
            Some(source) => {
                let path = source.strip_prefix("file:").ok_or(TokenUriError::PinSource)?;
                // A file URI may have an empty host.
                let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
                Some(path).filter(|path| path.is_absolute()).ok_or(TokenUriError::PinSource)?.into()
            }
        };
        Ok(Self {
            token: needed(token, "token")?,
            serial,
            object: needed(object, "object")?,
            module: needed(module, "module-path")?.into(),
            pin_file,
            pin: None,
        })
    }
}

/// The values of some attributes, each there once or not at all, and no others.
fn attributes<const N: usize>(
    text: &str,
    separator: char,
    names: [&'static str; N],
) -> Result<[Option<String>; N], TokenUriError> {
    let mut values = [const { None }; N];
    for attribute in text.split(separator).filter(|attribute| !attribute.is_empty()) {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        if name == "pin-value" {
            return Err(TokenUriError::PinValue);
        }
        let mut slots = names.iter().zip(&mut values);
        match slots.find(|(known, _)| **known == name) {
            Some((&name, slot @ None)) if !value.is_empty() => {
                *slot = Some(decoded(value).ok_or(TokenUriError::Encoding { name })?);
            }
            _ => return Err(TokenUriError::Attribute { name: name.to_owned() }),
        }
    }
    Ok(values)
}

/// What percent-encoding stands for, without control characters.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

impl fmt::Debug for TokenUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, object, module, .. } = self;
        formatter
            .debug_struct("TokenUri")
            .field("token", token)
            .field("object", object)
            .field("module", module)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "pkcs11:token=The%20token;object=root?module-path=/lib/p11.so";

    fn refused(text: &str) -> TokenUriError {
        text.parse::<TokenUri>().unwrap_err()
    }

    #[test]
    fn what_is_needed_is_found() {
        let uri: TokenUri = GOOD.parse().unwrap();
        assert_eq!((uri.token(), uri.object(), uri.serial()), ("The token", "root", None));
        assert_eq!(uri.module(), Path::new("/lib/p11.so"));
        let more = "pkcs11:serial=01;object=a%3Bb;token=t?pin-source=file:/pin&module-path=m.so";
        let uri: TokenUri = more.parse().unwrap();
        assert_eq!((uri.object(), uri.serial()), ("a;b", Some("01")));
        assert_eq!(uri.pin_file.as_deref(), Some(Path::new("/pin")));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert_eq!(refused("file:/x"), TokenUriError::Scheme);
        assert_eq!(refused("pkcs11:"), TokenUriError::Missing { name: "token" });
        assert_eq!(
            refused("pkcs11:token=t;object=o"),
            TokenUriError::Missing { name: "module-path" }
        );
        for more in ["&slot-id=1", "&module-path=/x", "&pin-source=", "&x"] {
            let error = refused(&format!("{GOOD}{more}"));
            assert!(matches!(error, TokenUriError::Attribute { .. }), "{more}: {error}");
        }
        assert_eq!(refused(&format!("{GOOD}&pin-value=1234")), TokenUriError::PinValue);
        for source in ["1234", "file:pin", "|command"] {
            let error = refused(&format!("{GOOD}&pin-source={source}"));
            assert_eq!(error, TokenUriError::PinSource, "{source}");
        }
        for value in ["%", "%4", "%zz", "%FF", "%00", "a%0Ab"] {
            let error = refused(&format!("pkcs11:token={value};object=o?module-path=m"));
            assert_eq!(error, TokenUriError::Encoding { name: "token" }, "{value}");
        }
    }

    #[test]
    fn nothing_prints_a_pin() {
        let pin = SecretKey::copied_from(b"123456").unwrap();
        let uri = GOOD.parse::<TokenUri>().unwrap().with_pin(pin);
        assert!(!format!("{uri:?}").contains("123456"));
        assert!(uri.pin().is_ok());
    }
}
