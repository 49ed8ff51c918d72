//! The command line: what may be asked, and what becomes of it.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::command::{
    batch, cert, completions, components, dukpt, inspect, kcv, man, open, rsa, tr34, translate,
    wrap,
};
use crate::failure::Failure;
use crate::process;
use crate::session::Session;

/// What stands below the help of the program.
const AFTER_HELP: &str = "\
Keys are never arguments: each option for a key names a SOURCE, where the key is.
  file:PATH   a file with the key in hex
  env:NAME    an environment variable with the key in hex
  - or stdin  standard input, which serves one thing only
  prompt      the terminal, without echo

Exit codes: 0 done, 1 refused, 2 the command line or a source it names cannot be used.";

/// What is said in the place of an argument that could be a key.
const LEFT_OUT: &str = "[left out]";

/// Inspect, open, make and translate payment key blocks and TR-34 tokens, offline.
#[derive(Parser)]
#[command(name = "keyblock", version, about, after_help = AFTER_HELP, max_term_width = 100)]
struct Program {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// What every command takes.
#[derive(Args)]
struct Global {
    /// Write JSON for programs instead of text for people
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    Inspect(inspect::Arguments),
    Open(open::Arguments),
    Wrap(wrap::Arguments),
    Translate(translate::Arguments),
    Kcv(kcv::Arguments),
    Components(components::Arguments),
    Dukpt(dukpt::Arguments),
    Tr34(Box<tr34::Arguments>),
    Rsa(rsa::Arguments),
    Cert(cert::Arguments),
    Batch(batch::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Command {
    fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Inspect(arguments) => arguments.run(session),
            Self::Open(arguments) => arguments.run(session),
            Self::Wrap(arguments) => arguments.run(session),
            Self::Translate(arguments) => arguments.run(session),
            Self::Components(arguments) => arguments.run(session),
            Self::Dukpt(arguments) => arguments.run(session),
            Self::Batch(arguments) => arguments.run(session),
            Self::Completions(arguments) => arguments.run(session),
            Self::Man(arguments) => arguments.run(session),
            Self::Tr34(arguments) => arguments.run(session),
            Self::Rsa(arguments) => arguments.run(session),
            Self::Cert(arguments) => arguments.run(session),
            Self::Kcv(arguments) => arguments.run(session),
        }
    }
}

/// The command line as `clap` describes it, from which help, completions and man pages are made.
#[must_use]
pub fn program() -> clap::Command {
    Program::command()
}

/// Does what the command line asks, and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let matches = program().color(ColorChoice::Auto).try_get_matches_from(&arguments);
    let parsed = matches.and_then(|matches| Program::from_arg_matches(&matches));
    let program = match parsed {
        Ok(program) => program,
        Err(error) => return refuse_command_line(&error, &arguments),
    };
    process::harden();
    let session = Session::new(program.global.json);
    match program.command.run(&session) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => session.fail(&failure),
    }
}

/// Shows the help that was asked for, or what is wrong with the command line, without any
/// argument in it that could be a key.
fn refuse_command_line(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let mut text = error.render().ansi().to_string();
    for argument in arguments.iter().filter_map(|argument| argument.to_str()) {
        // A key may be written in groups of digits.
        let is_separator = |character| matches!(character, ' ' | ':' | '-' | '_' | '.');
        let digits: String = argument.chars().filter(|&it| !is_separator(it)).collect();
        if could_be_key(&digits) {
            text = text.replace(argument, LEFT_OUT);
        }
        let values = argument.split(|character: char| !character.is_ascii_alphanumeric());
        for value in values.filter(|value| could_be_key(value)) {
            text = text.replace(value, LEFT_OUT);
        }
    }
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Nothing is left to be done if this cannot be written either.
    if is_help {
        let _ = write!(anstream::AutoStream::auto(io::stdout()), "{text}");
        ExitCode::SUCCESS
    } else {
        let _ = write!(anstream::AutoStream::auto(io::stderr()), "{text}");
        ExitCode::from(2)
    }
}

/// Whether a text could be a key in hex, so that nobody should see it again.
pub(crate) fn could_be_key(text: &str) -> bool {
    const SHORTEST: usize = 16;

    text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::program().debug_assert();
    }
}
