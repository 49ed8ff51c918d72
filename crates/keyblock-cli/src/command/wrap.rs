//! `wrap`: a key into a key block.

use clap::{Args, ValueEnum};
use getrandom::SysRng;
use key_types::SecretKey;
use serde::Serialize;
use tr31::{CheckValues, Header, Kbpk, KeyBlock};

use super::open::prepare;
use crate::failure::Failure;
use crate::header::HeaderArguments;
use crate::key_block::{FindingShown, KeyShown, findings, write_findings};
use crate::key_source::KeySource;
use crate::page::Page;
use crate::session::{Report, Session};

/// Wrap a key into a key block
#[derive(Args, Debug)]
#[command(after_help = "\
The key block goes to standard output, what is worth knowing of it to standard error.
Usages, modes and strengths that do not go together are said and not refused.")]
pub(crate) struct Arguments {
    /// Where the key block protection key is
    #[arg(long, value_name = "SOURCE")]
    kbpk: KeySource,
    /// Where the key is that is wrapped
    #[arg(long, value_name = "SOURCE")]
    key: KeySource,
    #[command(flatten)]
    header: HeaderArguments,
    /// A check value to put into the key block; may be given more than once
    #[arg(long = "check-value", value_enum)]
    check_values: Vec<CheckValueOf>,
}

/// Of which key a block carries the check value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CheckValueOf {
    /// Of the key: the optional block KC
    Key,
    /// Of the KBPK: the optional block KP
    Kbpk,
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let readers = [self.kbpk.reads_standard_input(), self.key.reads_standard_input()];
        session.check_readers(readers)?;
        let header = self.header.header()?;
        let kbpk = self.kbpk.read_key(session, "KBPK")?;
        let key = self.key.read_key(session, "key")?;
        let kbpk = prepare(&kbpk, header.version(), "")?;
        let wanted = self.check_values.iter();
        let values = wanted.fold(CheckValues::none(), |values, of| match of {
            CheckValueOf::Key => values.of_key(),
            CheckValueOf::Kbpk => values.of_kbpk(),
        });
        let wrapped = wrap(&header, &key, &kbpk, values)?;
        session.show(&wrapped)?;
        session.add(|page| write_findings(&wrapped.findings, page));
        Ok(())
    }
}

/// A key block that was made.
#[derive(Debug, Serialize)]
pub(crate) struct Wrapped {
    key_block: String,
    key: KeyShown,
    findings: Vec<FindingShown>,
}

impl Report for Wrapped {
    fn write(&self, page: &mut Page) {
        page.plain(&self.key_block);
    }
}

/// Wraps a key, and opens the key block again to see what is worth knowing of it.
pub(crate) fn wrap(
    header: &Header,
    key: &SecretKey,
    kbpk: &Kbpk,
    values: CheckValues<'_>,
) -> Result<Wrapped, Failure> {
    let refused = |error: tr31::Error| Failure::refused(error.code(), error.to_string());
    let text = tr31::wrap_with_check_values(header, key, kbpk, values, &mut SysRng);
    let text = text.map_err(refused)?;
    let opened = KeyBlock::parse(&text).and_then(|block| block.open(kbpk)).map_err(refused)?;
    Ok(Wrapped {
        key: KeyShown::new(opened.key(), Some(header.algorithm())),
        findings: findings(opened.findings()),
        key_block: text,
    })
}
