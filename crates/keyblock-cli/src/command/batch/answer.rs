//! The answer to one line.

use clap::ValueEnum;
use serde::Serialize;
use tr31::CheckValues;

use super::Answer;
use super::keys::Keys;
use crate::batch_request::{self, Id, Operation};
use crate::codes;
use crate::command::inspect::{Inspected, ProfileName, inspect};
use crate::command::kcv::{self, How};
use crate::command::open::{self, Opened};
use crate::command::translate::{self, Translated, Wish};
use crate::command::wrap::{self, Wrapped};
use crate::failure::{Failure, Refusal};
use crate::header;
use crate::json_lines::{Line, Lines};

/// A line that comes out.
#[derive(Serialize)]
struct LineOut<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Done>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

/// What an operation gives.
#[derive(Serialize)]
#[serde(untagged)]
enum Done {
    Inspected(Inspected),
    Opened(Box<Opened>),
    Translated(Translated),
    Wrapped(Wrapped),
    CheckValues(kcv::CheckValues),
}

/// Does what a line asks for.
pub(super) fn answer(number: u64, line: &Line, keys: &Keys) -> Answer {
    let request = match line {
        Line::Text(line) => batch_request::parse(line)
            .map_err(|error| Refusal::new(error.code(), error.to_string()).at(error.offset())),
        Line::TooLong => {
            let longest = Lines::<&[u8]>::LONGEST;
            Err(Refusal::new("LineTooLong", format!("the line has more than {longest} bytes")))
        }
    };
    let (id, done) = match &request {
        Ok(request) => {
            let done = carry_out(&request.operation, keys);
            (request.id.as_ref(), done.map_err(|failure| failure.refusal()))
        }
        Err(refusal) => (None, Err(refusal.clone())),
    };
    let is_refusal = done.is_err();
    let (result, error) = match done {
        Ok(done) => (Some(done), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let line = LineOut { line: number, id, result, error };
    Answer { text: serde_json::to_string(&line).unwrap_or_default(), is_refusal }
}

fn carry_out(operation: &Operation, keys: &Keys) -> Result<Done, Failure> {
    match operation {
        Operation::Inspect(request) => {
            let profile = named(request.profile.as_deref(), "profile")?;
            inspect(&request.key_block, profile.unwrap_or_default()).map(Done::Inspected)
        }
        Operation::Open(request) => {
            let profile = named(request.profile.as_deref(), "profile")?;
            let block = open::parse(&request.key_block, profile.unwrap_or(ProfileName::Strict))?;
            let kbpk = keys.kbpk(&request.kbpk, block.unverified_header().version())?;
            let (opened, _) = open::open(block, kbpk, &request.key_block)?;
            Ok(Done::Opened(Box::new(opened)))
        }
        Operation::Translate(request) => {
            let wish = wish(request)?;
            let block = translate::parse(&request.key_block)?;
            let from = keys.kbpk(&request.from_kbpk, block.unverified_header().version())?;
            let to = keys.kbpk(&request.to_kbpk, wish.version_for(&block))?;
            let text = &request.key_block;
            translate::translate(block, text, from, to, &wish).map(Done::Translated)
        }
        Operation::Wrap(request) => {
            let header = header::read(&request.header)?;
            let kbpk = keys.kbpk(&request.kbpk, header.version())?;
            let key = keys.key(&request.key)?;
            wrap::wrap(&header, key, kbpk, CheckValues::none()).map(Done::Wrapped)
        }
        Operation::Kcv(request) => {
            let how = How {
                algorithm: named(request.algorithm.as_deref(), "algorithm")?,
                method: named(request.method.as_deref(), "method")?,
                length: request.length.unwrap_or(How::LENGTH),
                expect: request.expect.clone(),
            };
            if how.algorithm.is_none() && (how.method.is_some() || how.expect.is_some()) {
                return Err(Failure::refused("Member", "method and expect need algorithm"));
            }
            kcv::values(keys.key(&request.key)?, &how).map(Done::CheckValues)
        }
    }
}

fn wish(request: &batch_request::Translate) -> Result<Wish, Failure> {
    Ok(Wish {
        version: code(request.version.as_deref(), codes::version)?,
        mode: code(request.mode.as_deref(), codes::mode)?,
        exportability: code(request.exportability.as_deref(), codes::exportability)?,
        key_context: code(request.key_context.as_deref(), codes::key_context)?,
        formed_at: code(request.formed_at.as_deref(), codes::timestamp)?,
    })
}

fn code<T>(
    text: Option<&str>,
    read: impl FnOnce(&str) -> Result<T, &'static str>,
) -> Result<Option<T>, Failure> {
    text.map(read).transpose().map_err(|message| Failure::refused("Member", message))
}

/// A value by the name that it has on the command line.
fn named<T: ValueEnum>(text: Option<&str>, member: &str) -> Result<Option<T>, Failure> {
    let read = text.map(|text| T::from_str(text, false)).transpose();
    read.map_err(|_| Failure::refused("Member", format!("the value of {member} is not known")))
}
