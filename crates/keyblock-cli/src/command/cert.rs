//! `cert`: certificates looked at and verified.

mod inspect;
pub(crate) mod verify;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::session::Session;

/// Look at certificates, or verify them for a role
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Inspect(inspect::Arguments),
    Verify(verify::Arguments),
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        match self.command {
            Command::Inspect(arguments) => arguments.run(session),
            Command::Verify(arguments) => arguments.run(session),
        }
    }
}
