//! Who answers the cases: our crates, or another implementation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use test_vectors::Test;

use super::judgement::{Mismatch, judge};
use super::operation::{Answer, Members, Operation};
use super::report::Outcome;

/// An implementation that answers cases one by one.
pub trait Subject {
    /// What it is called.
    fn name(&self) -> &str;

    /// Asks for the answer to one case.
    ///
    /// # Errors
    ///
    /// When nobody can be asked any more, so that the run is over.
    fn ask(&mut self, operation: &Operation, id: &str, inputs: Members) -> anyhow::Result<Reply>;
}

/// What an implementation says to one case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// An answer, to be judged.
    Answered(Answer),
    /// It cannot do this, for the reason it gives.
    Unsupported(String),
    /// Nothing that could be judged: a failure.
    Nothing(String),
}

/// The crates of this project.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ours;

impl Subject for Ours {
    fn name(&self) -> &str {
        concat!("the crates of this project, version ", env!("CARGO_PKG_VERSION"))
    }

    fn ask(&mut self, operation: &Operation, _: &str, inputs: Members) -> anyhow::Result<Reply> {
        Ok(answer(operation, inputs))
    }
}

/// What our crates say. A panic is an answer as well: the wrong one.
pub(super) fn answer(operation: &Operation, inputs: Members) -> Reply {
    match catch_unwind(AssertUnwindSafe(|| (operation.answer)(inputs))) {
        Ok(Ok(answer)) => Reply::Answered(answer),
        Ok(Err(error)) => Reply::Nothing(format!("inputs that do not fit the operation: {error}")),
        Err(_) => Reply::Nothing("a panic".into()),
    }
}

/// Asks for the answer to one case and judges it.
pub(super) fn carry_out(
    subject: &mut dyn Subject,
    operation: &Operation,
    test: &Test,
) -> anyhow::Result<Outcome> {
    let reply = subject.ask(operation, &test.id, inputs(operation, test))?;
    Ok(match reply {
        Reply::Answered(answer) => judge(operation, test, &answer).into(),
        Reply::Unsupported(reason) => Outcome::Unsupported(reason),
        Reply::Nothing(got) => Outcome::Failed(Mismatch { expected: "an answer".into(), got }),
    })
}

/// The members of a case that an implementation is to see.
#[must_use]
pub fn inputs(operation: &Operation, test: &Test) -> Members {
    let mut members = test.members.clone();
    for name in operation.remarks {
        members.remove(*name);
    }
    for name in operation.outputs {
        // Without the number of its elements, nobody knows where a list is to end.
        if let Some(Value::Array(list)) = members.remove(*name) {
            members.insert(format!("{name}.length"), list.len().into());
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(answer: fn(Members) -> Result<Answer, serde_json::Error>) -> Operation {
        Operation { name: "a/b", outputs: &["key"], remarks: &["note"], answer }
    }

    fn outcome(operation: &Operation, members: &str) -> Outcome {
        let common = r#""tcId": 1, "id": "a", "comment": "c", "flags": [], "result": "valid""#;
        let test = serde_json::from_str(&format!("{{{common}{members}}}")).unwrap();
        carry_out(&mut Ours, operation, &test).unwrap()
    }

    #[test]
    fn adapters_see_inputs_only() {
        let echo = operation(|members| {
            assert_eq!(members.keys().collect::<Vec<_>>(), ["input"]);
            Ok(Answer::gave([("key", members["input"].clone())]))
        });
        let with = outcome(&echo, r#", "input": "AA", "key": "AA", "note": "x""#);
        assert_eq!(with, Outcome::Passed);
    }

    #[test]
    fn adapters_see_the_length_of_a_list_of_outputs() {
        let counting = operation(|members| {
            assert_eq!(members.get("key.length"), Some(&2.into()));
            Ok(Answer::gave([("key", vec!["AA", "BB"].into())]))
        });
        assert_eq!(outcome(&counting, r#", "key": ["AA", "BB"]"#), Outcome::Passed);
    }

    #[test]
    fn a_panic_fails_the_case_and_no_other() {
        let panicking = operation(|_| panic!("on purpose"));
        assert!(matches!(outcome(&panicking, ""), Outcome::Failed(_)));
    }
}
