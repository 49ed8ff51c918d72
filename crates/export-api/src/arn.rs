//! Names of keys and aliases: ARNs, alias names, and where they belong.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// The region and account this endpoint answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    region: String,
    account: String,
}

/// A region or account that cannot stand in an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RealmError {
    /// The region is not of the form `us-east-1`.
    #[error("a region is two letters, 1 to 16 letters and a number, like us-east-1")]
    Region,
    /// The account is not 12 digits.
    #[error("an account is 12 digits")]
    Account,
}

impl Realm {
    /// Joins a region such as `us-east-1` and an account of 12 digits.
    ///
    /// # Errors
    ///
    /// [`RealmError`] if one of them is not of that form.
    pub fn new(region: &str, account: &str) -> Result<Self, RealmError> {
        if !is_region(region) {
            return Err(RealmError::Region);
        }
        if !is_account(account) {
            return Err(RealmError::Account);
        }
        Ok(Self { region: region.to_owned(), account: account.to_owned() })
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The account, 12 digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The ARN of the key with this id here.
    pub(crate) fn key_arn(&self, id: &str) -> KeyArn {
        KeyArn { text: format!("{PREFIX}{}:{}:key/{id}", self.region, self.account) }
    }

    /// Where an ARN belongs, seen from here.
    pub(crate) fn locate(&self, arn: &ParsedArn<'_>) -> Place {
        if arn.account != self.account {
            Place::OtherAccount
        } else if arn.region != self.region {
            Place::OtherRegion
        } else {
            Place::Here
        }
    }
}

/// Where an ARN belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Here,
    OtherRegion,
    OtherAccount,
}

const PREFIX: &str = "arn:aws:payment-cryptography:";

/// The parts of an ARN of a key or an alias.
pub(crate) struct ParsedArn<'a> {
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// `key/...` or `alias/...`.
    pub(crate) resource: &'a str,
}

impl<'a> ParsedArn<'a> {
    /// Takes an ARN apart, or answers `None` if it does not match the API's pattern.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let (region, rest) = rest.split_once(':')?;
        let (account, resource) = rest.split_once(':')?;
        let resource_fits = match resource.strip_prefix("key/") {
            Some(id) => is_key_id(id),
            None => is_alias_name(resource),
        };
        (is_region(region) && is_account(account) && resource_fits).then_some(Self {
            region,
            account,
            resource,
        })
    }
}

fn is_region(text: &str) -> bool {
    let lower = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut parts = text.split('-');
    let (Some(country), Some(direction), Some(number), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    country.len() == 2
        && lower(country)
        && (1..=16).contains(&direction.len())
        && lower(direction)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_key_id(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text is `alias/` and at least one character of `a-z A-Z 0-9 / _ -`.
fn is_alias_name(text: &str) -> bool {
    text.strip_prefix("alias/").is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte))
    })
}

/// A text that is no ARN of a key, or no alias name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a name of that form")]
#[non_exhaustive]
pub struct NameError;

/// The ARN of a key, of any region and account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyArn {
    text: String,
}

impl KeyArn {
    /// The ARN as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn parsed(&self) -> Option<ParsedArn<'_>> {
        ParsedArn::parse(&self.text)
    }
}

impl FromStr for KeyArn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match ParsedArn::parse(text) {
            Some(arn) if arn.resource.starts_with("key/") => Ok(Self { text: text.to_owned() }),
            _ => Err(NameError),
        }
    }
}

/// The name of an alias in this region and account: `alias/` and what follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AliasName {
    text: String,
}

impl AliasName {
    /// The longest alias name, in characters.
    pub const LONGEST: usize = 256;

    /// The name as it is written, with `alias/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for AliasName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.len() <= Self::LONGEST && is_alias_name(text) {
            Ok(Self { text: text.to_owned() })
        } else {
            Err(NameError)
        }
    }
}

/// Text in and out is the same for both.
macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.text)
            }
        }
    )+};
}

as_text!(KeyArn, AliasName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_match_the_whole_pattern() {
        let good = "arn:aws:payment-cryptography:us-east-1:111122223333:key/abcdefgh12345678";
        assert!(good.parse::<KeyArn>().is_ok());
        for bad in [
            &good[1..],
            &format!("{good} "),
            &good.replace("aws:", "aws-cn:"),
            &good.replace("us-east-1", "us-east"),
            &good.replace("us-east-1", "us-east-1-2"),
            &good.replace("111122223333", "11112222333"),
            &good.replace("abcdefgh12345678", "abcdefgh1234567"),
            &good.replace("abcdefgh12345678", "abcdefgh1234567_"),
            &good.replace("key/abcdefgh12345678", "alias/x"),
        ] {
            assert!(bad.parse::<KeyArn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn alias_names_have_a_prefix_and_a_limit() {
        assert!("alias/a/b_c-9".parse::<AliasName>().is_ok());
        let longest = format!("alias/{}", "x".repeat(250));
        assert!(longest.parse::<AliasName>().is_ok());
        for bad in ["alias/", "alias/a b", "key/abc", "Alias/a", &format!("{longest}x")] {
            assert!(bad.parse::<AliasName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_realm_knows_its_own() {
        let realm = Realm::new("eu-west-2", "000000000001").unwrap();
        let arn = realm.key_arn("abcdefgh12345678");
        assert_eq!(realm.locate(&arn.parsed().unwrap()), Place::Here);
        let elsewhere = Realm::new("eu-west-1", "000000000001").unwrap();
        assert_eq!(elsewhere.locate(&arn.parsed().unwrap()), Place::OtherRegion);
        let others = Realm::new("eu-west-2", "000000000002").unwrap();
        assert_eq!(others.locate(&arn.parsed().unwrap()), Place::OtherAccount);
        assert_eq!(Realm::new("eu west", "000000000001"), Err(RealmError::Region));
        assert_eq!(Realm::new("eu-west-2", "1"), Err(RealmError::Account));
    }
}
