//! What one line of a batch asks for.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

/// What a line asks for. Keys are in it by their names only.
#[derive(Debug)]
#[non_exhaustive]
pub struct Request {
    /// What the asker calls the line.
    pub(crate) id: Option<Id>,
    pub(crate) operation: Operation,
}

/// What the asker calls a line: a text or a number, given back as it came.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Number(u64),
    Text(String),
}

/// The operations, with their members.
#[derive(Debug)]
pub(crate) enum Operation {
    Inspect(Inspect),
    Open(Open),
    Translate(Translate),
    Wrap(Wrap),
    Kcv(Kcv),
}

/// Declares the members of an operation; those of every line come with them.
macro_rules! members {
    ($($(#[$meta:meta])* $name:ident { $($member:ident: $type:ty,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            #[serde(rename = "operation")]
            _operation: IgnoredAny,
            #[serde(rename = "id", default)]
            _id: IgnoredAny,
            $(pub(crate) $member: $type,)+
        }
    )+};
}

members! {
    /// Reads a key block without a key.
    Inspect { key_block: String, profile: Option<String>, }
    /// Verifies a key block.
    Open { key_block: String, kbpk: String, profile: Option<String>, }
    /// Moves a key block from one KBPK to another.
    Translate {
        key_block: String,
        from_kbpk: String,
        to_kbpk: String,
        version: Option<String>,
        mode: Option<String>,
        exportability: Option<String>,
        key_context: Option<String>,
        formed_at: Option<String>,
    }
    /// Wraps a key.
    Wrap { header: String, key: String, kbpk: String, }
    /// Computes a check value.
    Kcv {
        key: String,
        algorithm: Option<String>,
        method: Option<String>,
        length: Option<u8>,
        expect: Option<String>,
    }
}

/// Why a line asks for nothing that is done here. It repeats nothing of the line but names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The line is not JSON.
    #[error("the line is not JSON")]
    NotJson {
        /// Where in the line, in bytes.
        at: usize,
    },
    /// The line is JSON and not an object with `operation`, or `id` is no text and no number.
    #[error("the line is not an object with the member operation")]
    NotAnObject,
    /// The operation is not known.
    #[error("the operation is not inspect, open, translate, wrap or kcv")]
    UnknownOperation,
    /// A member of the operation is missing.
    #[error("the member {member} is missing")]
    MissingMember {
        /// The name of the member.
        member: String,
    },
    /// A member is of another type, twice there, or not one of the operation.
    #[error("a member is not one of the operation, not of its type, or there twice")]
    Member {
        /// Where in the line, in bytes.
        at: usize,
    },
}

impl RequestError {
    /// The stable name of the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "NotJson",
            Self::NotAnObject => "NotAnObject",
            Self::UnknownOperation => "UnknownOperation",
            Self::MissingMember { .. } => "MissingMember",
            Self::Member { .. } => "Member",
        }
    }

    /// Where in the line, or `None` if it has no place there.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::NotJson { at } | Self::Member { at } => Some(*at),
            _ => None,
        }
    }
}

/// Reads a line.
///
/// ```
/// use keyblock_cli::batch_request;
///
/// assert!(batch_request::parse(br#"{"operation": "inspect", "key_block": "D"}"#).is_ok());
/// let error = batch_request::parse(br#"{"operation": "inspect"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "the member key_block is missing");
/// ```
///
/// # Errors
///
/// [`RequestError`].
pub fn parse(line: &[u8]) -> Result<Request, RequestError> {
    #[derive(Deserialize)]
    struct Envelope {
        operation: String,
        id: Option<Id>,
    }

    // A list of values would be read as the members in their order.
    if line.trim_ascii_start().starts_with(b"[") {
        return Err(RequestError::NotAnObject);
    }
    let envelope: Envelope =
        serde_json::from_slice(line).map_err(|error| match member(&error) {
            RequestError::NotJson { at } => RequestError::NotJson { at },
            _ => RequestError::NotAnObject,
        })?;
    let operation = match envelope.operation.as_str() {
        "inspect" => Operation::Inspect(read(line)?),
        "open" => Operation::Open(read(line)?),
        "translate" => Operation::Translate(read(line)?),
        "wrap" => Operation::Wrap(read(line)?),
        "kcv" => Operation::Kcv(read(line)?),
        _ => return Err(RequestError::UnknownOperation),
    };
    Ok(Request { id: envelope.id, operation })
}

fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, RequestError> {
    serde_json::from_slice(line).map_err(|error| member(&error))
}

/// The errors of `serde_json` show values, which must not be repeated.
fn member(error: &serde_json::Error) -> RequestError {
    let at = error.column().saturating_sub(1);
    if !error.is_data() {
        return RequestError::NotJson { at };
    }
    let text = error.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    match missing {
        Some((member, _)) => RequestError::MissingMember { member: member.to_owned() },
        None => RequestError::Member { at },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_refused_for_what_is_wrong() {
        let code = |line: &str| parse(line.as_bytes()).unwrap_err().code();
        assert_eq!(code("{"), "NotJson");
        assert_eq!(code(r#"{"operation":"inspect"} {}"#), "NotJson");
        assert_eq!(code("[]"), "NotAnObject");
        assert_eq!(code(r#"["inspect",1,"",null]"#), "NotAnObject", "members have names");
        assert_eq!(code("{}"), "NotAnObject");
        assert_eq!(code(r#"{"operation":"inspect","id":[],"key_block":""}"#), "NotAnObject");
        assert_eq!(code(r#"{"operation":"export"}"#), "UnknownOperation");
        assert_eq!(code(r#"{"operation":"open","key_block":""}"#), "MissingMember");
        assert_eq!(code(r#"{"operation":"inspect","key_block":1}"#), "Member");
        assert_eq!(code(r#"{"operation":"inspect","key_block":"","key":"x"}"#), "Member");
        assert_eq!(code(r#"{"operation":"inspect","key_block":"","key_block":""}"#), "Member");
    }

    #[test]
    fn values_are_not_repeated() {
        let error = parse(br#"{"operation":"kcv","key":"a","length":"0123456789ABCDEF"}"#);
        assert!(!error.unwrap_err().to_string().contains("0123"));
    }
}
