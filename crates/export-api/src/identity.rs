//! What the endpoint itself shows to others: certificates it issued, with the keys behind them.

use core::fmt;
use core::str::FromStr;

use key_types::KeyAlgorithm;
use serde::{Deserialize, Serialize};

use crate::arn::NameError;
use crate::{KeyArn, Timestamp};

/// The token of one call of GetParametersForExport: `export-token-` and 16 to 64 letters or
/// digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportToken {
    text: String,
}

impl ExportToken {
    pub(crate) const PREFIX: &'static str = "export-token-";

    /// The token as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ExportToken {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let id = text.strip_prefix(Self::PREFIX).ok_or(NameError)?;
        let fits = (16..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        if fits { Ok(Self { text: text.to_owned() }) } else { Err(NameError) }
    }
}

/// The name an identity is kept under.
///
/// ```
/// use export_api::IdentityName;
///
/// let name: IdentityName = "export-token-abcdefgh12345678".parse()?;
/// assert!(matches!(name, IdentityName::Token(_)));
/// assert_eq!("account-authority".parse(), Ok(IdentityName::Authority));
/// # Ok::<(), export_api::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum IdentityName {
    /// The certification authority of the account, which issues all the others.
    Authority,
    /// The signer of exports under one token.
    Token(ExportToken),
    /// A key pair of the store, which keeps its own private key.
    Key(KeyArn),
}

const AUTHORITY: &str = "account-authority";

impl IdentityName {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Authority => AUTHORITY,
            Self::Token(token) => token.as_str(),
            Self::Key(arn) => arn.as_str(),
        }
    }
}

impl FromStr for IdentityName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == AUTHORITY {
            return Ok(Self::Authority);
        }
        text.parse().map(Self::Token).or_else(|_| text.parse().map(Self::Key))
    }
}

impl TryFrom<String> for IdentityName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<IdentityName> for String {
    fn from(name: IdentityName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for IdentityName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A certificate this endpoint issued, and until when it is used.
///
/// The private key lies sealed beside it, except for [`IdentityName::Key`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub(crate) name: IdentityName,
    /// Counts the writes of this record, from 1.
    pub(crate) version: u64,
    #[serde(with = "crate::names")]
    pub(crate) algorithm: KeyAlgorithm,
    /// The certificate in PEM.
    pub(crate) certificate: String,
    pub(crate) created: Timestamp,
    /// When the token, or the certificate of a key, ends.
    pub(crate) valid_until: Timestamp,
}

impl Identity {
    /// The name.
    #[must_use]
    pub const fn name(&self) -> &IdentityName {
        &self.name
    }

    /// The number of this version of the record, from 1.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The algorithm of the key that is certified.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// When the token, or the certificate of a key, ends.
    #[must_use]
    pub const fn valid_until(&self) -> Timestamp {
        self.valid_until
    }

    /// The signing algorithm of a token, by which a token is found again; `None` for what is no
    /// token.
    #[must_use]
    pub const fn token_algorithm(&self) -> Option<KeyAlgorithm> {
        match self.name {
            IdentityName::Token(_) => Some(self.algorithm),
            _ => None,
        }
    }

    /// The same record one version on, for the store to write.
    #[must_use]
    pub fn next_version(mut self) -> Self {
        self.version = self.version.saturating_add(1);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_there_and_back() {
        let arn = "arn:aws:payment-cryptography:us-east-1:111122223333:key/abcdefgh12345678";
        for good in ["account-authority", "export-token-abcdefgh12345678", arn] {
            assert_eq!(good.parse::<IdentityName>().unwrap().as_str(), good);
        }
        let long = format!("export-token-{}", "a".repeat(65));
        for bad in ["", "authority", "export-token-", "export-token-abcdefgh1234567", &long] {
            assert!(bad.parse::<IdentityName>().is_err(), "{bad}");
        }
        assert!("export-token-abcdefgh1234567_".parse::<ExportToken>().is_err());
    }
}
