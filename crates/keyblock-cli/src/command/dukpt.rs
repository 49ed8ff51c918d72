//! `dukpt`: initial keys and working keys, and how they come about.

mod derive;
mod explain;
mod initial_key;
mod ksn;
mod purpose;

use clap::{Args, Subcommand};

use crate::failure::{Failure, Refusal};
use crate::session::Session;

/// Derive DUKPT keys, or see how they come about
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    InitialKey(initial_key::Arguments),
    Derive(derive::Arguments),
    Explain(explain::Arguments),
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        match self.command {
            Command::InitialKey(arguments) => arguments.run(session),
            Command::Derive(arguments) => arguments.run(session),
            Command::Explain(arguments) => arguments.run(session),
        }
    }
}

/// A refusal of the crate of derivations.
fn refused(error: &dukpt::Error) -> Failure {
    Refusal::new(error.code(), error.to_string()).into()
}
