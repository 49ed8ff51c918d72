//! Operations that this project has, each with its adapter from vector members to our crates.

use std::borrow::Cow;

use key_types::SecretKey;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use test_vectors::Hex;

/// Members of a vector or of an answer, by name.
pub type Members = Map<String, Value>;

/// One operation of the vectors and how our crates answer it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Operation {
    /// The operation, for example `tr31/open`.
    pub name: &'static str,
    /// Members that are expectations; an answer must agree with each that a case has. Of a list
    /// the adapter sees its length, as the member `<name>.length`.
    pub outputs: &'static [&'static str],
    /// Members that inform a reader and that no answer has.
    pub remarks: &'static [&'static str],
    /// Answers the inputs. All members left must be known to it.
    pub answer: fn(Members) -> Result<Answer, serde_json::Error>,
}

/// What an implementation says to the inputs of a case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// It refuses, with an error kind in the words of the vectors.
    Refused(Cow<'static, str>),
    /// It refuses, with an error kind in words of its own, which is as good as any.
    RefusedInOwnWords(String),
    /// It gives outputs, named as in the vectors.
    Gave(Members),
}

impl Answer {
    /// An answer of outputs.
    pub(super) fn gave<const N: usize>(outputs: [(&str, Value); N]) -> Self {
        Self::Gave(outputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Outputs, or the error kind of a refusal.
    pub(super) fn from_result(result: Result<Self, &'static str>) -> Self {
        result.unwrap_or_else(|kind| Self::Refused(kind.into()))
    }
}

/// The inputs of a case as a type that names them all.
pub(super) fn inputs<T: DeserializeOwned>(members: Members) -> Result<T, serde_json::Error> {
    serde_json::from_value(Value::Object(members))
}

/// Keys of vectors are public, so they may be shown.
pub(super) fn hex(key: &SecretKey) -> Value {
    Hex::from(key.expose_secret()).to_string().into()
}
