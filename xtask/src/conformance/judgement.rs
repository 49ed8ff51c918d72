//! When a case passes: the one place where an answer is held against a vector.
//!
//! | result | refused | gave the outputs | gave other outputs |
//! |---|---|---|---|
//! | `valid` | fails | passes | fails |
//! | `acceptable` | passes, whatever the kind | passes | fails |
//! | `invalid` | passes with `error` or one of `errorAlternatives` | fails | fails |
//! | `invalid` of level `policy` | as above | passes | fails |
//!
//! Another implementation may refuse in words of its own: then every refusal of an `invalid` case
//! passes, whatever its kind.
//!
//! Our crates are asked in their strict default, so `lenientResult` and `dialect` play no part
//! for the levels `must` and `strict`. Level `policy` marks a block of the right format that
//! someone above the format is to refuse: a neutral library may open it, and then the outputs
//! beside `lenientResult` must be the ones it gives.

use serde_json::Value;
use test_vectors::{Expected, Level, Test};

use super::operation::{Answer, Members, Operation};
use super::report::Outcome;

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Judgement {
    /// The answer is right.
    Passed,
    /// It is not.
    Failed(Mismatch),
}

/// An answer beside what was expected, in words; of several outputs, each has a line.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mismatch {
    /// What the vector asks for.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl From<Judgement> for Outcome {
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Passed => Self::Passed,
            Judgement::Failed(mismatch) => Self::Failed(mismatch),
        }
    }
}

/// Holds an answer against the vector.
#[must_use]
pub fn judge(operation: &Operation, test: &Test, answer: &Answer) -> Judgement {
    let outputs_may_come = match (test.result, test.level) {
        (Expected::Invalid, level) => level == Some(Level::Policy),
        _ => true,
    };
    let refused =
        |kind: &str| Some(Mismatch { expected: expected(test), got: format!("refusal {kind}") });
    let mismatch = match answer {
        Answer::Refused(kind) if may_refuse(test, kind) => None,
        Answer::RefusedInOwnWords(_) if test.result != Expected::Valid => None,
        Answer::Refused(kind) => refused(kind),
        Answer::RefusedInOwnWords(kind) => refused(kind),
        Answer::Gave(_) if !outputs_may_come => {
            Some(Mismatch { expected: expected(test), got: "no refusal".into() })
        }
        Answer::Gave(outputs) => differences(operation, test, outputs),
    };
    mismatch.map_or(Judgement::Passed, Judgement::Failed)
}

fn may_refuse(test: &Test, kind: &str) -> bool {
    match test.result {
        Expected::Invalid => {
            test.error.iter().chain(&test.error_alternatives).any(|allowed| allowed == kind)
        }
        Expected::Acceptable => true,
        _ => false,
    }
}

fn expected(test: &Test) -> String {
    match &test.error {
        Some(kind) if test.error_alternatives.is_empty() => format!("refusal {kind}"),
        Some(kind) => format!("refusal {kind} or {}", test.error_alternatives.join(" or ")),
        None => "the given outputs".into(),
    }
}

/// Every output of the vector that the answer does not have, or has otherwise: one a line.
///
/// A member that is input and expectation at once is no output of the operation, so that the
/// adapter sees it; if the answer has it, it must agree.
fn differences(operation: &Operation, test: &Test, outputs: &Members) -> Option<Mismatch> {
    let mut different = Vec::new();
    let answered = outputs.keys().map(String::as_str);
    let others = answered.filter(|name| !operation.outputs.contains(name));
    for name in operation.outputs.iter().copied().chain(others) {
        if let Some(wanted) = test.members.get(name) {
            compare(name, Some(wanted), outputs.get(name), &mut different);
        }
    }
    let is_different = !different.is_empty();
    let (expected, got): (Vec<_>, Vec<_>) = different.into_iter().unzip();
    is_different.then(|| Mismatch { expected: expected.join("\n"), got: got.join("\n") })
}

/// Appends what differs, of members of members only those that do.
fn compare(
    name: &str,
    wanted: Option<&Value>,
    found: Option<&Value>,
    different: &mut Vec<(String, String)>,
) {
    match (wanted, found) {
        (Some(Value::Object(wanted)), Some(Value::Object(found))) => {
            // By name, in whichever order the members stand.
            let extra = found.keys().filter(|name| !wanted.contains_key(*name));
            let mut wanted_members: Vec<_> = wanted.keys().collect();
            wanted_members.sort();
            for member in wanted_members.into_iter().chain(extra) {
                let name = format!("{name}.{member}");
                compare(&name, wanted.get(member), found.get(member), different);
            }
        }
        (wanted, found) if wanted != found => {
            different.push((shown(name, wanted), shown(name, found)));
        }
        _ => {}
    }
}

/// One line, whatever the value is: values are public, and bad ones hold control characters.
fn shown(name: &str, value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => {
            let is_plain = !text.chars().any(char::is_control);
            format!("{name} {}", if is_plain { text.clone() } else { format!("{text:?}") })
        }
        Some(value) => format!("{name} {value}"),
        None => format!("no {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: Operation = Operation {
        name: "a/b",
        outputs: &["key"],
        remarks: &[],
        answer: |_| Ok(Answer::Refused("Never".into())),
    };

    fn passes(test: &str, answer: &Answer) -> bool {
        let common = r#""tcId": 1, "id": "a", "comment": "c", "flags": [], "key": "AA""#;
        let test = serde_json::from_str(&format!("{{{common}, {test}}}")).unwrap();
        judge(&OPERATION, &test, answer) == Judgement::Passed
    }

    #[test]
    fn the_table_holds() {
        let invalid = r#""result": "invalid", "error": "One", "errorAlternatives": ["Two"]"#;
        let policy = format!(r#"{invalid}, "level": "policy", "lenientResult": "valid""#);
        let strict = format!(r#"{invalid}, "level": "strict", "lenientResult": "valid""#);
        let answers = [
            Answer::Refused("One".into()),
            Answer::Refused("Two".into()),
            Answer::Refused("Three".into()),
            Answer::RefusedInOwnWords("Three".into()),
            Answer::gave([("key", "AA".into())]),
            Answer::gave([("key", "BB".into())]),
            Answer::gave([]),
        ];
        for (test, verdicts) in [
            (r#""result": "valid""#, [false, false, false, false, true, false, false]),
            (r#""result": "acceptable""#, [true, true, true, true, true, false, false]),
            (invalid, [true, true, false, true, false, false, false]),
            (&strict, [true, true, false, true, false, false, false]),
            (&policy, [true, true, false, true, true, false, false]),
        ] {
            assert_eq!(answers.each_ref().map(|answer| passes(test, answer)), verdicts, "{test}");
        }
    }

    #[test]
    fn differences_are_told_member_by_member() {
        let test = r#"{"tcId": 1, "id": "a", "comment": "c", "flags": [], "result": "valid",
                       "key": {"same": 1, "other": "A", "lacking": [2]}}"#;
        let test = serde_json::from_str(test).unwrap();
        let key = serde_json::json!({"same": 1, "other": "B\n", "surplus": true});
        let judgement = judge(&OPERATION, &test, &Answer::gave([("key", key)]));
        let expected = "key.lacking [2]\nkey.other A\nno key.surplus".to_owned();
        let got = "no key.lacking\nkey.other \"B\\n\"\nkey.surplus true".to_owned();
        assert_eq!(judgement, Judgement::Failed(Mismatch { expected, got }));
    }
}
