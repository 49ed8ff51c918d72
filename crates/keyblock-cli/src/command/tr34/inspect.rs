//! `tr34 inspect`: what a token says, without any key.

use clap::Args;
use serde::Serialize;

use crate::encoded::decode;
use crate::failure::Failure;
use crate::input;
use crate::page::Page;
use crate::session::{Report, Session};
use crate::token::TokenShown;

/// Show what a token of any kind says; needs no key
#[derive(Args, Debug)]
#[command(after_help = "Nothing that is shown was verified: anyone may have written it.")]
pub(super) struct Arguments {
    /// The text itself, file:PATH, or - for standard input: DER, hex, base64 or PEM
    #[arg(default_value = "-")]
    token: String,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let der = decode(&input::bytes(session, &self.token)?)?;
        session.show(&Inspected { token: TokenShown::read(&der)? })
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Inspected {
    token: TokenShown,
}

impl Report for Inspected {
    fn write(&self, page: &mut Page) {
        self.token.write(page);
    }
}
