//! Members with a form of their own: identifiers, tags, tokens, numbers.

use serde::Serialize;
use serde_json::Value;

use super::members::{FromJson, Members, check_length, text_of};
use crate::arn::ParsedArn;
use crate::error::{Error, Member};
use crate::key::Tag;
use crate::{AliasName, KeyArn, Rule};

const KEY_ARN_PATTERN: &str =
    "^arn:aws:payment-cryptography:[a-z]{2}-[a-z]{1,16}-[0-9]+:[0-9]{12}:key/[0-9a-zA-Z]{16,64}$";
const ALIAS_PATTERN: &str = "^alias/[a-zA-Z0-9/_-]+$";
const IDENTIFIER_PATTERN: &str = "a key ARN, an alias ARN or an alias name: ^(arn:aws:\
     payment-cryptography:[a-z]{2}-[a-z]{1,16}-[0-9]+:[0-9]{12}:(key/[0-9a-zA-Z]{16,64}|\
     alias/[a-zA-Z0-9/_-]+)|alias/[a-zA-Z0-9/_-]+)$";

/// What names a key in a request: its ARN, the ARN of an alias, or an alias name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyIdentifier {
    text: String,
    at: Member,
    bound: Option<KeyArn>,
}

impl KeyIdentifier {
    /// The identifier as the caller wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The member that held it, for messages.
    pub(crate) const fn member(&self) -> &Member {
        &self.at
    }

    /// Lets the identifier stand for this key from now on, wherever an alias then points.
    pub(crate) fn bind(&mut self, arn: KeyArn) {
        self.bound = Some(arn);
    }

    /// The key that the identifier stands for, if it is bound to one.
    pub(crate) const fn bound(&self) -> Option<&KeyArn> {
        self.bound.as_ref()
    }
}

impl FromJson for KeyIdentifier {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let text = text_of(value, at, 7, 322)?;
        let fits = ParsedArn::parse(&text).is_some() || text.parse::<AliasName>().is_ok();
        let pattern = Rule::Pattern { pattern: IDENTIFIER_PATTERN };
        fits.then(|| Self { text, at: at.clone(), bound: None })
            .ok_or_else(|| Error::invalid(at.clone(), pattern))
    }
}

impl FromJson for KeyArn {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let text = text_of(value, at, 70, 150)?;
        let pattern = Rule::Pattern { pattern: KEY_ARN_PATTERN };
        text.parse().map_err(|_| Error::invalid(at.clone(), pattern))
    }
}

impl FromJson for AliasName {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let text = text_of(value, at, 7, Self::LONGEST)?;
        let pattern = Rule::Pattern { pattern: ALIAS_PATTERN };
        text.parse().map_err(|_| Error::invalid(at.clone(), pattern))
    }
}

/// Labels in a request: at most 200, each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags(pub(crate) Vec<Tag>);

/// The most labels in one request and on one key.
pub(crate) const MOST_TAGS: usize = 200;

impl FromJson for Tags {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let tags = Vec::<Tag>::from_json(value, at)?;
        check_length(at, tags.len(), 0, MOST_TAGS, "tags")?;
        for (index, tag) in tags.iter().enumerate() {
            if tags.iter().take(index).any(|earlier| earlier.key == tag.key) {
                return Err(Error::invalid(at.item(index), Rule::RepeatedTag));
            }
        }
        Ok(Self(tags))
    }
}

impl FromJson for Tag {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let TagText::<128>(key) = members.required("Key")?;
        let TagText::<256>(value) = members.required("Value")?;
        members.finish()?;
        Ok(Self { key, value })
    }
}

/// Keys of labels in a request: at most 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TagKeys(pub(crate) Vec<String>);

impl FromJson for TagKeys {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let keys = Vec::<TagText<128>>::from_json(value, at)?;
        check_length(at, keys.len(), 0, MOST_TAGS, "tag keys")?;
        Ok(Self(keys.into_iter().map(|TagText(key)| key).collect()))
    }
}

/// A text of 1 to `MOST` characters.
struct TagText<const MOST: usize>(String);

impl<const MOST: usize> FromJson for TagText<MOST> {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        text_of(value, at, 1, MOST).map(Self)
    }
}

/// A whole number within `LEAST..=MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number<const LEAST: u16, const MOST: u16>(pub(crate) u16);

/// How many items a page has at most.
pub(crate) type MaxResults = Number<1, 100>;

/// How many days a key can still be restored after it was deleted.
pub(crate) type DeleteKeyInDays = Number<3, 180>;

impl<const LEAST: u16, const MOST: u16> FromJson for Number<LEAST, MOST> {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let whole = value.as_u64().and_then(|number| u16::try_from(number).ok());
        match whole {
            Some(number) if (LEAST..=MOST).contains(&number) => Ok(Self(number)),
            _ if value.is_i64() || value.is_u64() => {
                let (least, most) = (u64::from(LEAST), u64::from(MOST));
                Err(Error::invalid(at.clone(), Rule::Range { least, most }))
            }
            _ => Err(Error::invalid(at.clone(), Rule::Type { expected: "a whole number" })),
        }
    }
}

/// Where a listing goes on: the name of the last item, in hex, so that no client relies on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextToken(String);

impl NextToken {
    /// The token of a page that ends with this item.
    pub(crate) fn after(last: &str) -> Self {
        Self(base16ct::lower::encode_string(last.as_bytes()))
    }

    /// The item the token stands for.
    pub(crate) fn item(&self, at: &Member) -> Result<String, Error> {
        let refusal = || Error::invalid(at.clone(), Rule::Token);
        let bytes = base16ct::lower::decode_vec(&self.0).map_err(|_| refusal())?;
        String::from_utf8(bytes).map_err(|_| refusal())
    }

    /// The token as it is sent.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl FromJson for NextToken {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        text_of(value, at, 1, 8192).map(Self)
    }
}

/// Regions to copy a key to: this endpoint is one place, so that only an empty list is taken.
pub(crate) struct ReplicationRegions;

impl FromJson for ReplicationRegions {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        if Vec::<String>::from_json(value, at)?.is_empty() {
            return Ok(Self);
        }
        Err(Error::invalid(at.clone(), Rule::NotOffered { offered: "keys of one region" }))
    }
}

/// An answer without members.
#[derive(Debug, Serialize)]
pub(crate) struct EmptyAnswer {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused<T: FromJson>(value: Value) -> String {
        match T::from_json(value, &Member::from("X")) {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn identifiers_are_checked_as_a_whole() {
        let key = "arn:aws:payment-cryptography:us-east-1:111122223333:key/abcdefgh12345678";
        let alias = "arn:aws:payment-cryptography:us-east-1:111122223333:alias/kek";
        for good in [key, alias, "alias/kek"] {
            assert!(KeyIdentifier::from_json(json!(good), &Member::from("X")).is_ok(), "{good}");
        }
        assert_eq!(refused::<KeyIdentifier>(json!("alias/")), "X: must have 7 to 322 characters");
        assert!(refused::<KeyIdentifier>(json!("abcdefgh12345678")).starts_with("X: must match "));
        assert!(refused::<KeyIdentifier>(json!(format!("{key}\n"))).starts_with("X: must match "));
        assert_eq!(refused::<KeyIdentifier>(json!(7)), "X: must be a string");
    }

    #[test]
    fn numbers_keep_their_range() {
        assert_eq!(DeleteKeyInDays::from_json(json!(3), &Member::from("X")).unwrap(), Number(3));
        assert_eq!(refused::<DeleteKeyInDays>(json!(2)), "X: must be from 3 to 180");
        assert_eq!(refused::<DeleteKeyInDays>(json!(-7)), "X: must be from 3 to 180");
        assert_eq!(refused::<DeleteKeyInDays>(json!(70_000)), "X: must be from 3 to 180");
        assert_eq!(refused::<DeleteKeyInDays>(json!(7.5)), "X: must be a whole number");
    }

    #[test]
    fn tags_are_unique_and_bounded() {
        let tag = |key: &str| json!({"Key": key, "Value": "v"});
        assert_eq!(
            refused::<Tags>(json!([tag("a"), tag("a")])),
            "X.2.member: the same tag key occurs twice"
        );
        let many: Vec<_> = (0..201).map(|number| tag(&number.to_string())).collect();
        assert_eq!(refused::<Tags>(json!(many)), "X: must have 0 to 200 tags");
        assert_eq!(
            refused::<Tags>(json!([{"Key": "a"}])),
            "X.1.member.Value: this member is required"
        );
    }

    #[test]
    fn tokens_lead_back_to_their_item() {
        let at = Member::from("NextToken");
        let token = NextToken::after("alias/x").into_text();
        assert_eq!(NextToken(token).item(&at).unwrap(), "alias/x");
        assert!(NextToken("zz".into()).item(&at).is_err());
    }
}
