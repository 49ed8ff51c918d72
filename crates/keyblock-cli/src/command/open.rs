//! `open`: verify a key block and say what it holds.

use clap::Args;
use key_types::{AlgorithmFamily, KeyAlgorithm, SecretKey};
use serde::Serialize;
use tr31::{Kbpk, Version, lenient};

use super::inspect::ProfileName;
use crate::failure::{Failure, of_key_block};
use crate::input;
use crate::key_block::{FindingShown, KeyShown, findings, write_findings};
use crate::key_out::{KeyOut, Written};
use crate::key_source::KeySource;
use crate::optional_block::OptionalBlockShown;
use crate::page::Page;
use crate::session::{Report, Session};
use crate::words;

/// Verify a key block and show its header and the check value of its key
#[derive(Args, Debug)]
#[command(after_help = "\
The clear key is not shown. It leaves only with --key-out or --components-out, to new files that
their owner alone can read. A wrong KBPK and a changed block give the same message.")]
pub(crate) struct Arguments {
    /// The text itself, file:PATH, or - for standard input
    #[arg(default_value = "-")]
    block: String,
    /// Where the key block protection key is
    #[arg(long, value_name = "SOURCE")]
    kbpk: KeySource,
    /// How strictly to read it
    #[arg(long, value_enum, default_value_t = ProfileName::Strict)]
    profile: ProfileName,
    #[command(flatten)]
    key_out: KeyOut,
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let readers = [input::is_standard_input(&self.block), self.kbpk.reads_standard_input()];
        session.check_readers(readers)?;
        let text = input::text(session, &self.block)?;
        let block = parse(&text, self.profile)?;
        let kbpk = self.kbpk.read_key(session, "KBPK")?;
        let kbpk = prepare(&kbpk, block.unverified_header().version(), &text)?;
        let (mut shown, key) = open(block, &kbpk, &text)?;
        shown.written = self.key_out.write(&key, shown.sized)?;
        session.show(&shown)
    }
}

/// Reads a key block as a profile wants it.
pub(crate) fn parse(text: &str, profile: ProfileName) -> Result<lenient::KeyBlock, Failure> {
    lenient::KeyBlock::parse(text, profile.into()).map_err(|error| of_key_block(&error, text))
}

/// Prepares a KBPK of the algorithm that blocks of a version have.
pub(crate) fn prepare(key: &SecretKey, version: Version, text: &str) -> Result<Kbpk, Failure> {
    let kbpk = match version.kbpk_family() {
        AlgorithmFamily::Aes => Kbpk::aes(key),
        _ => Kbpk::tdes(key),
    };
    kbpk.map_err(|error| of_key_block(&error, text))
}

/// What a key block held; the key itself is not in here.
#[derive(Debug, Serialize)]
pub(crate) struct Opened {
    version: String,
    usage: String,
    algorithm: String,
    mode: String,
    key_version: String,
    exportability: String,
    key_context: String,
    optional_blocks: Vec<OptionalBlockShown>,
    key: KeyShown,
    findings: Vec<FindingShown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<Written>,
    #[serde(skip)]
    sized: Option<KeyAlgorithm>,
    #[serde(skip)]
    words: [&'static str; 6],
}

/// Opens a block that was read from a text.
pub(crate) fn open(
    block: lenient::KeyBlock,
    kbpk: &Kbpk,
    text: &str,
) -> Result<(Opened, SecretKey), Failure> {
    let opened = block.open(kbpk).map_err(|error| of_key_block(&error, text))?;
    let code = |code: &[u8]| code.iter().copied().map(char::from).collect::<String>();
    let header = opened.header();
    let length = opened.key().length();
    let sized = header.algorithm().and_then(|family| KeyAlgorithm::of_key(family, length));
    let words = [
        words::version(header.version()),
        header.usage().map_or(words::UNKNOWN, words::usage),
        header.algorithm().map_or(words::UNKNOWN, words::family),
        header.mode().map_or(words::UNKNOWN, words::mode),
        header.exportability().map_or(words::UNKNOWN, words::exportability),
        header.key_context().map_or(words::UNKNOWN, words::key_context),
    ];
    let optional_blocks = header.optional_blocks().iter();
    let optional_blocks = optional_blocks.map(|block| OptionalBlockShown::new(None, block));
    let shown = Opened {
        version: header.version().to_string(),
        usage: code(&header.usage_code()),
        algorithm: code(&[header.algorithm_code()]),
        mode: code(&[header.mode_code()]),
        key_version: code(&header.key_version_code()),
        exportability: code(&[header.exportability_code()]),
        key_context: code(&[header.key_context_code()]),
        optional_blocks: optional_blocks.collect(),
        key: KeyShown::new(opened.key(), header.algorithm()),
        findings: findings(opened.findings()),
        written: Vec::new(),
        sized,
        words,
    };
    Ok((shown, opened.into_parts().1))
}

impl Report for Opened {
    fn write(&self, page: &mut Page) {
        let [version, usage, algorithm, mode, exportability, key_context] = self.words;
        page.heading("key block, verified");
        page.row_in_words("version", &self.version, version);
        page.row_in_words("key usage", &self.usage, usage);
        page.row_in_words("algorithm", &self.algorithm, algorithm);
        page.row_in_words("mode of use", &self.mode, mode);
        page.row("key version", &self.key_version);
        page.row_in_words("exportability", &self.exportability, exportability);
        page.row_in_words("key context", &self.key_context, key_context);
        for block in &self.optional_blocks {
            page.row_in_words("optional block", &block.id, &block.in_words());
        }
        self.key.write(page);
        self.written.iter().for_each(|written| written.show(page));
        write_findings(&self.findings, page);
    }
}
