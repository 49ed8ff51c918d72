//! One run of the program: how it answers, and what it has read from standard input.

use std::cell::Cell;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::page::Page;

const TWO_READERS: &str = "standard input can serve one thing only";

/// What a command has to say, for people and for programs.
pub(crate) trait Report: Serialize {
    /// Writes it for people.
    fn write(&self, page: &mut Page);
}

/// How this run answers, and whether standard input was given away.
pub(crate) struct Session {
    answers_json: bool,
    standard_input_is_taken: Cell<bool>,
}

impl Session {
    pub(crate) const fn new(answers_json: bool) -> Self {
        Self { answers_json, standard_input_is_taken: Cell::new(false) }
    }

    /// Shows what a command has to say on standard output.
    pub(crate) fn show(&self, report: &impl Report) -> Result<(), Failure> {
        if self.answers_json {
            let text = serde_json::to_string(report)
                .map_err(|error| Failure::refused("NotWritten", error.to_string()))?;
            self.write_line(&text)
        } else {
            let mut page = Page::default();
            report.write(&mut page);
            written(write!(anstream::AutoStream::auto(io::stdout()), "{}", page.as_str()))
        }
    }

    /// Writes bytes that are the whole answer.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        written(io::stdout().lock().write_all(bytes))
    }

    fn write_line(&self, text: &str) -> Result<(), Failure> {
        written(writeln!(io::stdout().lock(), "{text}"))
    }

    /// Shows a failure and gives its exit code.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
        // Nothing is left to be done if this cannot be written either.
        if matches!(failure, Failure::LinesRefused) {
            // Each of them has said so itself.
        } else if self.answers_json {
            let _ = self.write_line(&failure.json());
        } else {
            let mut page = Page::default();
            failure.write(&mut page);
            let _ = write!(anstream::AutoStream::auto(io::stderr()), "{}", page.as_str());
        }
        ExitCode::from(failure.exit_code())
    }

    /// Says something on standard error that is no failure.
    pub(crate) fn warn(&self, text: &str) {
        let mut page = Page::default();
        page.note(text);
        say_aside(&page);
    }

    /// Adds to an answer for people, on standard error, what is no part of it; an answer for
    /// programs has it inside.
    pub(crate) fn add(&self, write: impl FnOnce(&mut Page)) {
        if !self.answers_json {
            let mut page = Page::default();
            write(&mut page);
            say_aside(&page);
        }
    }

    /// Refuses a command line that gives standard input to more than one thing, before any of
    /// them reads it.
    pub(crate) fn check_readers(
        &self,
        readers: impl IntoIterator<Item = bool>,
    ) -> Result<(), Failure> {
        match readers.into_iter().filter(|&reads| reads).count() {
            0 | 1 => Ok(()),
            _ => Err(Failure::usage(TWO_READERS)),
        }
    }

    /// Takes standard input, which serves one thing in each run.
    pub(crate) fn take_standard_input(&self) -> Result<io::Stdin, Failure> {
        if self.standard_input_is_taken.replace(true) {
            return Err(Failure::usage(TWO_READERS));
        }
        Ok(io::stdin())
    }

    /// Reads all of standard input.
    pub(crate) fn read_standard_input(&self, limit: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let input = self.take_standard_input()?;
        read_all(input.lock(), limit)
            .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))
    }

    /// As [`read_standard_input`](Self::read_standard_input), for what must not be seen: a
    /// terminal would show what is typed.
    pub(crate) fn read_secret_from_standard_input(
        &self,
        limit: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if io::stdin().is_terminal() {
            return Err(Failure::usage(
                "standard input is a terminal, which shows what is typed; say `prompt`",
            ));
        }
        self.read_standard_input(limit)
    }
}

/// Reads until the end into one buffer that never moves, so that wiping it wipes all of it.
pub(crate) fn read_all(mut input: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; limit.saturating_add(1)]);
    let mut length = 0;
    loop {
        let free = bytes.get_mut(length..).unwrap_or_default();
        match input.read(free) {
            Ok(0) if free.is_empty() => {
                return Err(io::Error::other(format!("more than {limit} bytes")));
            }
            Ok(0) => break,
            Ok(count) => length = length.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn say_aside(page: &Page) {
    // What is said aside and cannot be written stops nothing.
    let _ = write!(anstream::AutoStream::auto(io::stderr()), "{}", page.as_str());
}

/// A reader of what we write who has gone away is no failure: `keyblock ... | head`.
fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::refused("NotWritten", format!("the answer cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stops_at_the_limit() {
        assert_eq!(read_all(&b"abc"[..], 3).unwrap().as_slice(), b"abc");
        assert!(read_all(&b"abcd"[..], 3).is_err());
    }

    #[test]
    fn standard_input_is_taken_once() {
        let session = Session::new(false);
        assert!(session.take_standard_input().is_ok());
        assert_eq!(session.take_standard_input().unwrap_err().exit_code(), 2);
    }
}
