//! How far a batch is, for people who wait at a terminal.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use super::Tally;

/// A progress bar on standard error: only there, only at a terminal, and only for what takes long.
#[derive(Debug)]
pub(super) struct Progress {
    started: Instant,
    bar: Option<Bar>,
}

#[derive(Debug)]
enum Bar {
    /// Work that has not taken long yet, on an input of so many bytes.
    Waiting(Option<u64>),
    Shown(ProgressBar),
}

/// How long work may take before it shows how far it is.
const PATIENCE: Duration = Duration::from_millis(200);

impl Progress {
    pub(super) fn of_length(length: u64) -> Self {
        Self::new(Some(length))
    }

    pub(super) fn of_unknown_length() -> Self {
        Self::new(None)
    }

    fn new(length: Option<u64>) -> Self {
        // At the terminal, the answers themselves show how far it is.
        let has_watcher = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self { started: Instant::now(), bar: has_watcher.then_some(Bar::Waiting(length)) }
    }

    /// Shows how far it is.
    pub(super) fn show(&mut self, bytes: u64, tally: Tally) {
        match &mut self.bar {
            None => {}
            Some(Bar::Waiting(_)) if self.started.elapsed() < PATIENCE => {}
            Some(Bar::Waiting(length)) => self.bar = Some(Bar::Shown(bar(*length))),
            Some(Bar::Shown(bar)) => {
                bar.set_message(words(tally));
                bar.set_position(bytes);
            }
        }
    }

    /// Leaves a line behind that says how it went.
    pub(super) fn finish(self, tally: Tally) {
        let Some(bar) = self.bar else { return };
        if let Bar::Shown(bar) = bar {
            bar.finish_and_clear();
        }
        let seconds = self.started.elapsed().as_secs_f64();
        // What cannot be written to a terminal that has gone away is missed by nobody.
        let _ = io::Write::write_fmt(
            &mut io::stderr(),
            format_args!("{} in {seconds:.1} s\n", words(tally)),
        );
    }
}

fn bar(length: Option<u64>) -> ProgressBar {
    const OF_LENGTH: &str = "{wide_bar} {percent:>3} %  {msg}  {eta} left";
    const OF_UNKNOWN_LENGTH: &str = "{spinner} {msg}  {elapsed}";

    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), OF_LENGTH),
        None => (ProgressBar::new_spinner(), OF_UNKNOWN_LENGTH),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn words(tally: Tally) -> String {
    let Tally { lines, refused } = tally;
    format!("{} lines, {} refused", HumanCount(lines), HumanCount(refused))
}
