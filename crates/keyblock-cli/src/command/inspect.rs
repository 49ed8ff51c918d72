//! `inspect`: what a key block or a token says, without any key.

use clap::{Args, ValueEnum};
use serde::Serialize;
use tr31::{Profile, lenient};

use crate::encoded::{decode, text_of};
use crate::failure::{Failure, of_key_block};
use crate::input;
use crate::key_block::KeyBlockShown;
use crate::page::Page;
use crate::session::{Report, Session};
use crate::token::TokenShown;

/// Show what a key block or a TR-34 token says: fields in words, offsets, findings; needs no key
#[derive(Args, Debug)]
#[command(after_help = "Nothing that is shown was verified: anyone may have written it.")]
pub(crate) struct Arguments {
    /// The text itself, file:PATH, or - for standard input; tokens in DER, hex, base64 or PEM
    #[arg(default_value = "-")]
    block: String,
    /// How strictly to read a key block
    #[arg(long, value_enum, default_value_t)]
    profile: ProfileName,
}

/// The profiles that key blocks are read by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileName {
    /// Only what a careful exporter writes
    Canonical,
    /// Every rule holds
    Strict,
    /// TR-31:2018 and ISO 20038
    #[value(name = "tr31-2018")]
    Tr31Of2018,
    /// Lower-case hex
    ApplePay,
    /// Extended lengths counted in bytes
    ExtendedLengthBytes,
    /// BDK ids of type 11
    #[value(name = "aws-bi-11")]
    AwsBi11,
    /// Text in typed blocks
    TextBlocks,
    /// Everything that can be let pass, with a finding each
    #[default]
    Lenient,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Canonical => Self::CANONICAL,
            ProfileName::Strict => Self::STRICT,
            ProfileName::Tr31Of2018 => Self::TR31_2018,
            ProfileName::ApplePay => Self::APPLE_PAY,
            ProfileName::ExtendedLengthBytes => Self::EXTENDED_LENGTH_BYTES,
            ProfileName::AwsBi11 => Self::AWS_BI_11,
            ProfileName::TextBlocks => Self::TEXT_BLOCKS,
            ProfileName::Lenient => Self::LENIENT,
        }
    }
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let bytes = input::bytes(session, &self.block)?;
        if is_token(&bytes) {
            let der = decode(&bytes)?;
            return session.show(&InspectedToken { token: TokenShown::read(&der)? });
        }
        let text = input::as_text(&self.block, &bytes)?;
        session.show(&inspect(&text, self.profile)?)
    }
}

/// Whether bytes are a DER SEQUENCE, or look like the hex, base64 or PEM of one.
fn is_token(bytes: &[u8]) -> bool {
    const SEQUENCE: &[u8] = b"\x30";

    match text_of(bytes).map(str::trim) {
        Some(text) => {
            ["30", "M", "-----BEGIN "].iter().any(|beginning| text.starts_with(beginning))
        }
        None => bytes.starts_with(SEQUENCE),
    }
}

/// What inspecting a token gives.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct InspectedToken {
    token: TokenShown,
}

impl Report for InspectedToken {
    fn write(&self, page: &mut Page) {
        self.token.write(page);
    }
}

/// What inspecting a key block gives.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Inspected {
    block: KeyBlockShown,
}

impl Report for Inspected {
    fn write(&self, page: &mut Page) {
        self.block.write(page);
    }
}

/// Reads a key block without a key.
pub(crate) fn inspect(text: &str, profile: ProfileName) -> Result<Inspected, Failure> {
    let block = lenient::KeyBlock::parse(text, profile.into())
        .map_err(|error| of_key_block(&error, text))?;
    Ok(Inspected { block: KeyBlockShown::new(&block, text.len()) })
}
