//! `cargo xtask conformance --serve`: our crates as the other side of the protocol.

use std::io::{BufRead, Write};

use anyhow::{Context, ensure};
use serde::Serialize;

use super::OPERATIONS;
use super::protocol::{ErrorKinds, Hello, Introduction, Question, Response, VERSION, read_line};
use super::subject::{Ours, Reply, Subject, answer};

/// Answers one line for each that comes, until no other comes.
///
/// # Errors
///
/// When a line is no question, or one cannot be read or written.
pub fn serve(source: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(line) = read_line(source)? else { return Ok(()) };
    let Hello { protocol } = serde_json::from_slice(&line).context("the first line is no hello")?;
    ensure!(protocol == VERSION, "protocol {protocol} is asked for, {VERSION} is spoken here");
    let implementation = Ours.name().to_owned();
    let error_kinds = ErrorKinds::Vectors;
    say(out, &Introduction { protocol, implementation, error_kinds })?;
    while let Some(line) = read_line(source)? {
        let question = serde_json::from_slice(&line).context("a line is no question")?;
        let Question { id, operation, inputs } = question;
        let reply = match OPERATIONS.iter().find(|it| it.name == operation) {
            Some(operation) => answer(operation, inputs),
            None => Reply::Unsupported(format!("there is no operation {operation}")),
        };
        say(out, &Response::new(id, reply))?;
    }
    Ok(())
}

fn say(out: &mut impl Write, message: &impl Serialize) -> anyhow::Result<()> {
    writeln!(out, "{}", serde_json::to_string(message)?)?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(lines: &str) -> anyhow::Result<String> {
        let mut out = Vec::new();
        serve(&mut lines.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn each_question_has_its_answer() {
        let hello = r#"{"protocol": 1}"#;
        let known = r#"{"id": "a", "operation": "tr31/decode", "inputs": {"keyBlock": "D"}}"#;
        let unknown = r#"{"id": "b", "operation": "x/y", "inputs": {}}"#;
        let unfit = r#"{"id": "c", "operation": "tr31/decode", "inputs": {}}"#;
        let answers = served(&format!("{hello}\n{known}\n{unknown}\n{unfit}\n")).unwrap();
        let answers: Vec<_> = answers.lines().collect();
        assert_eq!(answers.len(), 4);
        assert!(answers[0].contains(r#""errorKinds":"vectors""#));
        assert_eq!(answers[1], r#"{"id":"a","error":{"kind":"TooShort"}}"#);
        assert_eq!(answers[2], r#"{"id":"b","unsupported":"there is no operation x/y"}"#);
        assert!(answers[3].starts_with(r#"{"id":"c","failure":"#));
    }

    #[test]
    fn nothing_else_is_answered() {
        assert_eq!(served("").unwrap(), "");
        assert!(served("{\"protocol\": 2}\n").is_err());
        assert!(served("{\"protocol\": 1}\nwhat?\n").is_err());
    }
}
