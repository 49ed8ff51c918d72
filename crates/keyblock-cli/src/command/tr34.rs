//! `tr34`: tokens made, opened and looked at.

mod inspect;
mod make;
mod open;
mod policy;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::session::Session;

/// Make, open or look at TR-34 tokens
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Make(make::Arguments),
    Open(open::Arguments),
    Inspect(inspect::Arguments),
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        match self.command {
            Command::Make(arguments) => arguments.run(session),
            Command::Open(arguments) => arguments.run(session),
            Command::Inspect(arguments) => arguments.run(session),
        }
    }
}
