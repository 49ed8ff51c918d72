//! The schema that all vector files share, as types. What differs from operation to operation
//! stays a map of members, which a test turns into a type of its own.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One file: all vectors of one operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct VectorFile {
    /// The operation, for example `tr31/open`.
    pub algorithm: String,
    /// The standards the operation comes from.
    pub standard: String,
    /// What the file is about, in sentences.
    pub header: Vec<String>,
    /// What each flag means.
    pub notes: BTreeMap<String, Note>,
    /// The number of tests in all groups.
    pub number_of_tests: usize,
    /// The tests, by source.
    pub test_groups: Vec<Group>,
}

/// What a flag means.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Note {
    /// What the cases with this flag have in common.
    pub description: String,
    /// What an implementation that fails them gets wrong.
    pub bug_type: String,
}

/// Tests with one source.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Group {
    /// The operation, the same as that of the file.
    #[serde(rename = "type")]
    pub operation: String,
    /// Where the values come from.
    pub source: Source,
    /// The clause of the standard that the tests are about, where one is named.
    pub clause: Option<String>,
    /// Tools that gave the same answer; for invalid cases, tools that refuse as well.
    pub verified_with: Vec<String>,
    /// The clauses the tests cover, spelled as the `Standard:` lines of the items spell them.
    pub clauses: Option<String>,
    /// The tests.
    pub tests: Vec<Test>,
}

/// Where values come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Source {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// Its name.
    pub name: String,
    /// The place inside it.
    pub reference: String,
    /// The licence of the values.
    pub licence: String,
}

/// What kind of source values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SourceKind {
    /// A sample printed in a standard, taken from public test code.
    Standard,
    /// The output of a real device or vendor product.
    Device,
    /// The tests or documents of another implementation.
    Library,
    /// Computed independently, or a published case with one change.
    Derived,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Test {
    /// The number of the test in its file, from 1.
    pub tc_id: u32,
    /// A stable name, unique over all files.
    pub id: String,
    /// What is tested.
    pub comment: String,
    /// What is tested, in the words of the notes.
    pub flags: Vec<String>,
    /// The clause of the standard that the test is about, where it is another than that of the
    /// group.
    pub clause: Option<String>,
    /// What must happen.
    pub result: Expected,
    /// The error kind; only and always with [`Expected::Invalid`].
    pub error: Option<String>,
    /// Error kinds that are as good, because the input breaks more than one rule.
    #[serde(default)]
    pub error_alternatives: Vec<String>,
    /// What a lenient importer says, where that differs; outputs beside it are the lenient ones.
    pub lenient_result: Option<Expected>,
    /// The error kind of a lenient importer.
    pub lenient_error: Option<String>,
    /// Who is to refuse an invalid key block or token.
    pub level: Option<Level>,
    /// The vendor dialect in which the input has a meaning.
    pub dialect: Option<Dialect>,
    /// All other members: inputs and outputs of the operation, and nothing else.
    #[serde(flatten)]
    pub members: Map<String, Value>,
}

impl Test {
    /// The inputs and outputs as a type that names them all.
    ///
    /// # Errors
    ///
    /// What serde says when a member is missing or of the wrong type, or is unknown and the type
    /// denies unknown fields, as it should.
    pub fn case<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_value(Value::Object(self.members.clone()))
    }
}

/// What must happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Expected {
    /// It succeeds with the given outputs.
    Valid,
    /// It fails.
    Invalid,
    /// It may fail, but if it succeeds, then with the given outputs.
    Acceptable,
}

/// Who is to refuse an invalid key block or token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Level {
    /// Everyone.
    Must,
    /// The strict default; a lenient mode may open it.
    Strict,
    /// A policy layer; the format is right.
    Policy,
}

/// A vendor dialect in which an input has a meaning, and what it gives there.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Dialect {
    /// The name of the dialect.
    pub name: String,
    /// What the input gives in it.
    #[serde(flatten)]
    pub outputs: Map<String, Value>,
}
