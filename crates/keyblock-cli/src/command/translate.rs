//! `translate`: a key block from one KBPK to another.

use clap::Args;
use getrandom::SysRng;
use key_types::{Exportability, ModeOfUse, SecretKey};
use serde::Serialize;
use tr31::{Kbpk, KeyBlock, KeyContext, Narrowing, Timestamp, Version};

use super::open::prepare;
use crate::codes;
use crate::failure::{Failure, of_key_block};
use crate::input;
use crate::key_source::KeySource;
use crate::page::Page;
use crate::session::{Report, Session};

/// Open a key block under one KBPK and wrap its key under another, with the same rights or fewer
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The text itself, file:PATH, or - for standard input
    #[arg(default_value = "-")]
    block: String,
    /// Where the KBPK is that the block was made under
    #[arg(long = "from-kbpk", value_name = "SOURCE")]
    from: KeySource,
    /// Where the KBPK is that the new block is made under
    #[arg(long = "to-kbpk", value_name = "SOURCE")]
    to: KeySource,
    #[command(flatten)]
    wish: Wish,
}

/// What is to be otherwise in the new block.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Wish {
    /// The version of the new block, instead of that of the old one
    #[arg(long, value_name = "CODE", value_parser = codes::version)]
    pub(crate) version: Option<Version>,
    /// A narrower mode of use
    #[arg(long, value_name = "CODE", value_parser = codes::mode)]
    pub(crate) mode: Option<ModeOfUse>,
    /// A narrower exportability
    #[arg(long, value_name = "CODE", value_parser = codes::exportability)]
    pub(crate) exportability: Option<Exportability>,
    /// A narrower key context
    #[arg(long, value_name = "CODE", value_parser = codes::key_context)]
    pub(crate) key_context: Option<KeyContext>,
    /// The time for the optional block TS, if the block has one: YYYYMMDDhhmmssZ
    #[arg(long, value_name = "TIME", value_parser = codes::timestamp)]
    pub(crate) formed_at: Option<Timestamp>,
}

impl Wish {
    /// The version of the new block.
    pub(crate) fn version_for(&self, block: &KeyBlock) -> Version {
        self.version.unwrap_or(block.unverified_header().version())
    }

    fn narrowing(&self, version: Version) -> Narrowing {
        let mut narrowing = Narrowing::to_version(version);
        if let Some(mode) = self.mode {
            narrowing = narrowing.with_mode(mode);
        }
        if let Some(exportability) = self.exportability {
            narrowing = narrowing.with_exportability(exportability);
        }
        if let Some(key_context) = self.key_context {
            narrowing = narrowing.with_key_context(key_context);
        }
        if let Some(time) = self.formed_at {
            narrowing = narrowing.with_formed_at(time);
        }
        narrowing
    }
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        session.check_readers([
            input::is_standard_input(&self.block),
            self.from.reads_standard_input(),
            self.to.reads_standard_input(),
        ])?;
        let text = input::text(session, &self.block)?;
        let block = parse(&text)?;
        let from: SecretKey = self.from.read_key(session, "KBPK of the block")?;
        let to = self.to.read_key(session, "new KBPK")?;
        let from = prepare(&from, block.unverified_header().version(), &text)?;
        let to = prepare(&to, self.wish.version_for(&block), &text)?;
        session.show(&translate(block, &text, &from, &to, &self.wish)?)
    }
}

/// Reads a block that is to be translated.
pub(crate) fn parse(text: &str) -> Result<KeyBlock, Failure> {
    KeyBlock::parse(text).map_err(|error| of_key_block(&error, text))
}

/// A key block under its new KBPK.
#[derive(Debug, Serialize)]
pub(crate) struct Translated {
    key_block: String,
}

impl Report for Translated {
    fn write(&self, page: &mut Page) {
        page.plain(&self.key_block);
    }
}

/// Translates a block that was read from a text.
pub(crate) fn translate(
    block: KeyBlock,
    text: &str,
    from: &Kbpk,
    to: &Kbpk,
    wish: &Wish,
) -> Result<Translated, Failure> {
    let narrowing = wish.narrowing(wish.version_for(&block));
    let translated = block.translate(from, to, &narrowing, &mut SysRng);
    Ok(Translated { key_block: translated.map_err(|error| of_key_block(&error, text))? })
}
