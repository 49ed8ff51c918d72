//! `batch`: many operations, one line of JSON each.

mod answer;
mod keys;
mod progress;

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::num::NonZero;
use std::thread;

use clap::Args;

use crate::failure::Failure;
use crate::input;
use crate::json_lines::{Line, Lines};
use crate::session::Session;

use answer::answer;
use keys::{Keys, NamedSource};
use progress::Progress;

/// Carry out one operation for each line of JSON
#[derive(Args, Debug)]
#[command(after_help = r#"
One line of JSON comes out for each that goes in, in the same order, with `result` or `error`:
  {"operation": "translate", "key_block": "A0072...", "from_kbpk": "old", "to_kbpk": "new", "version": "D"}
  {"operation": "open", "id": 7, "key_block": "D0112...", "kbpk": "new"}
  {"operation": "inspect", "key_block": "D0112..."}
  {"operation": "wrap", "header": "D0000P0TE00E0000", "key": "pin", "kbpk": "new"}
  {"operation": "kcv", "key": "pin", "algorithm": "tdes"}
Keys are in the lines by the names that --key gives them. `id`, a text or a number, comes back as
it went in. The exit code is 1 if any line was refused."#)]
pub(crate) struct Arguments {
    /// file:PATH, or - for standard input
    #[arg(default_value = "-", value_name = "LINES")]
    lines: String,
    /// A name for a key, and where the key is; may be given more than once
    #[arg(long = "key", value_name = "NAME=SOURCE")]
    keys: Vec<NamedSource>,
}

/// How many lines are worked on together at most.
const MOST_TOGETHER: usize = 8192;

/// How many lines are worth a thread.
const WORTH_A_THREAD: usize = 64;

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let reads_standard_input = input::is_standard_input(&self.lines);
        let readers = self.keys.iter().map(|named| named.source.reads_standard_input());
        session.check_readers(readers.chain([reads_standard_input]))?;
        let keys = Keys::read(session, &self.keys)?;
        let tally = if reads_standard_input {
            let input = session.take_standard_input()?;
            carry_out(input, &keys, Progress::of_unknown_length())
        } else {
            let path = self.lines.strip_prefix("file:");
            let path = path.ok_or_else(|| Failure::usage("LINES is file:PATH or -"))?;
            let unreadable = |error| Failure::usage(format!("cannot read {path}: {error}"));
            let file = File::open(path).map_err(unreadable)?;
            let length = file.metadata().map_err(unreadable)?.len();
            carry_out(file, &keys, Progress::of_length(length))
        };
        match tally {
            Ok(Tally { refused: 0, .. }) => Ok(()),
            Ok(_) => Err(Failure::LinesRefused),
            // Whoever reads the answers may go away.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::refused("NotWritten", format!("it ended early: {error}"))),
        }
    }
}

/// How many lines there were, and how many of them were refused.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    lines: u64,
    refused: u64,
}

/// The text of an answer, and whether it is a refusal.
struct Answer {
    text: String,
    is_refusal: bool,
}

/// Answers line after line; whoever sends a line and waits gets its answer before the next.
fn carry_out(input: impl Read, keys: &Keys, mut progress: Progress) -> io::Result<Tally> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut lines = Lines::new(input);
    let mut output = BufWriter::new(io::stdout().lock());
    let mut tally = Tally::default();
    let mut together = Vec::new();
    while let Some(line) = lines.next_line()? {
        together.push(line);
        if lines.has_line_at_hand() && together.len() < MOST_TOGETHER {
            continue;
        }
        for Answer { text, is_refusal } in answer_all(&together, keys, threads) {
            output.write_all(text.as_bytes())?;
            output.write_all(b"\n")?;
            tally.lines = tally.lines.saturating_add(1);
            tally.refused = tally.refused.saturating_add(u64::from(is_refusal));
        }
        together.clear();
        output.flush()?;
        progress.show(lines.bytes_read(), tally);
    }
    progress.finish(tally);
    Ok(tally)
}

/// Answers lines in their order, on several threads if there are enough of them.
fn answer_all(lines: &[(u64, Line)], keys: &Keys, threads: usize) -> Vec<Answer> {
    let answers = |part: &[(u64, Line)]| -> Vec<Answer> {
        part.iter().map(|(number, line)| answer(*number, line, keys)).collect()
    };
    let each = lines.len().div_ceil(threads.max(1)).max(WORTH_A_THREAD);
    if lines.len() <= each {
        return answers(lines);
    }
    thread::scope(|scope| {
        let parts = lines.chunks(each).map(|part| scope.spawn(move || answers(part)));
        let parts: Vec<_> = parts.collect();
        let joined = parts.into_iter().map(|part| part.join());
        joined
            .flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
