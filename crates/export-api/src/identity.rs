//! What the endpoint itself shows to others: certificates it issued, with the keys behind them.

use core::fmt;
use core::str::FromStr;

use key_types::KeyAlgorithm;
use serde::{Deserialize, Serialize};

use crate::approval::{Approval, ApprovalId};
use crate::arn::NameError;
use crate::names::named_enum;
use crate::{KeyArn, Timestamp};

macro_rules! tokens {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name {
                text: String,
            }

            impl $name {
                pub(crate) const PREFIX: &'static str = $prefix;

                /// The token as it is written.
                #[must_use]
                pub fn as_str(&self) -> &str {
                    &self.text
                }
            }

            impl FromStr for $name {
                type Err = NameError;

                fn from_str(text: &str) -> Result<Self, NameError> {
                    let id = text.strip_prefix(Self::PREFIX).ok_or(NameError)?;
                    let fits = (16..=64).contains(&id.len())
                        && id.bytes().all(|b| b.is_ascii_alphanumeric());
                    if fits { Ok(Self { text: text.to_owned() }) } else { Err(NameError) }
                }
            }
        )+
    };
}

tokens! {
    /// The token of one call of GetParametersForExport: `export-token-` and 16 to 64 letters or
    /// digits.
    ExportToken = "export-token-";
    /// The token of one call of GetParametersForImport: `import-token-` and 16 to 64 letters or
    /// digits.
    ImportToken = "import-token-";
}

/// A TR-34 key token that was taken, so that it is taken once: the SHA-256 hash of its signed
/// attributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TakenToken {
    text: String,
}

impl TakenToken {
    const PREFIX: &'static str = "taken-";

    pub(crate) fn of(hash: [u8; 32]) -> Self {
        Self { text: format!("{}{}", Self::PREFIX, base16ct::lower::encode_string(&hash)) }
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for TakenToken {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let hex = text.strip_prefix(Self::PREFIX).ok_or(NameError)?;
        let fits = hex.len() == 64 && base16ct::lower::decode_vec(hex).is_ok();
        if fits { Ok(Self { text: text.to_owned() }) } else { Err(NameError) }
    }
}

named_enum! {
    /// What an import token is for.
    pub enum ImportKind {
        /// A TR-34 key token.
        Tr34KeyBlock = "TR34_KEY_BLOCK",
        /// An RSA cryptogram.
        KeyCryptogram = "KEY_CRYPTOGRAM",
    }
}

/// By what a token is found again: what it imports, or that it exports, and its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TokenKind {
    /// What is imported, or `None` for an export.
    pub imports: Option<ImportKind>,
    /// The algorithm of the token's key pair.
    pub algorithm: KeyAlgorithm,
}

impl TokenKind {
    /// The token of an export.
    #[must_use]
    pub const fn export(algorithm: KeyAlgorithm) -> Self {
        Self { imports: None, algorithm }
    }

    /// The token of an import.
    #[must_use]
    pub const fn import(kind: ImportKind, algorithm: KeyAlgorithm) -> Self {
        Self { imports: Some(kind), algorithm }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(imports) = self.imports {
            write!(formatter, "{imports}:")?;
        }
        formatter.write_str(self.algorithm.code())
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
    /// The receiver of imports under one token.
    Import(ImportToken),
    /// A TR-34 key token that was taken.
    Taken(TakenToken),
    /// An export that somebody else is to approve of.
    Approval(ApprovalId),
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
            Self::Import(token) => token.as_str(),
            Self::Taken(token) => token.as_str(),
            Self::Approval(id) => id.as_str(),
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
        text.parse()
            .map(Self::Token)
            .or_else(|_| text.parse().map(Self::Import))
            .or_else(|_| text.parse().map(Self::Taken))
            .or_else(|_| text.parse().map(Self::Approval))
            .or_else(|_| text.parse().map(Self::Key))
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
    /// What an import token is for.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_name")]
    pub(crate) imports: Option<ImportKind>,
    /// What an approval is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Approval>,
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

    /// The certificate in PEM; empty where nothing is certified.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    /// By what a token is found again; `None` for what is no token.
    #[must_use]
    pub const fn token_kind(&self) -> Option<TokenKind> {
        match self.name {
            IdentityName::Token(_) | IdentityName::Import(_) => {
                Some(TokenKind { imports: self.imports, algorithm: self.algorithm })
            }
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

/// Names that may be absent.
mod optional_name {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::Named;

    pub(super) fn serialize<T: Named, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_str(value.name()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, T: Named, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        let known = |name: String| {
            let unknown = || serde::de::Error::custom("a name that is not in the table");
            T::from_name(&name).ok_or_else(unknown)
        };
        name.map(known).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_there_and_back() {
        let arn = "arn:aws:payment-cryptography:us-east-1:111122223333:key/abcdefgh12345678";
        let taken = format!("taken-{}", "0a".repeat(32));
        let approval = taken.replace("taken", "approval");
        let [export, import] = ["export-token-abcdefgh12345678", "import-token-abcdefgh12345678"];
        for good in
            [export, import, &taken, &approval].into_iter().chain(["account-authority", arn])
        {
            assert_eq!(good.parse::<IdentityName>().unwrap().as_str(), good);
        }
        let long = format!("export-token-{}", "a".repeat(65));
        for bad in ["", "authority", "export-token-", "export-token-abcdefgh1234567", &long] {
            assert!(bad.parse::<IdentityName>().is_err(), "{bad}");
        }
        assert!("export-token-abcdefgh1234567_".parse::<ExportToken>().is_err());
    }
}
