//! The receiver of a key block: it knows the KEK and the standard, and nothing of the endpoint.

use anyhow::{Context, anyhow};
use key_types::{AlgorithmFamily, KcvMethod, SecretKey};
use tr31::{Header, Kbpk, KeyBlock};

/// A key block as its receiver sees it, without the key.
pub(super) struct Received {
    /// Names and values of the header.
    pub(super) header: Vec<(&'static str, String)>,
    /// The code of the key's usage.
    pub(super) usage: String,
    /// The check value of the key that was in the block.
    pub(super) check_value: String,
}

/// Opens a key block: its header and key are authentic if this does not fail.
pub(super) fn open(block: &str, kek: &SecretKey) -> anyhow::Result<Received> {
    let block = KeyBlock::parse(block)?;
    let kbpk = match block.unverified_header().version().code() {
        b'B' => Kbpk::tdes(kek)?,
        _ => Kbpk::aes(kek)?,
    };
    let (header, key) = block.open(&kbpk)?.into_parts();
    Received::of(&header, &key)
}

impl Received {
    /// What is shown of a key and its header.
    pub(super) fn of(header: &Header, key: &SecretKey) -> anyhow::Result<Self> {
        Ok(Self {
            usage: text(&header.usage().code()),
            check_value: check_value(key, header.algorithm())?,
            header: lines(header, key.length()),
        })
    }
}

/// The check value of a key by the usual method of its algorithm.
pub(super) fn check_value(key: &SecretKey, family: AlgorithmFamily) -> anyhow::Result<String> {
    let method = match family {
        AlgorithmFamily::Tdes => KcvMethod::AnsiX924,
        AlgorithmFamily::Aes => KcvMethod::Cmac,
        other => return Err(anyhow!("no check value for {other:?} keys here")),
    };
    let check_value = kcv::compute_for_family(key, family, method, 3);
    Ok(check_value.context("the key has no check value")?.to_string())
}

fn lines(header: &Header, key_length: usize) -> Vec<(&'static str, String)> {
    let blocks = header.optional_blocks().iter().map(|block| block.id().to_string());
    let blocks: Vec<String> = blocks.collect();
    let blocks = if blocks.is_empty() { "none".to_owned() } else { blocks.join(" ") };
    let algorithm = char::from(header.algorithm().code());
    vec![
        ("version", header.version().to_string()),
        ("usage", format!("{} {:?}", text(&header.usage().code()), header.usage())),
        ("algorithm", format!("{algorithm}, {key_length} bytes")),
        ("mode of use", format!("{} {:?}", char::from(header.mode().code()), header.mode())),
        ("key version", header.key_version().to_string()),
        (
            "exportability",
            format!("{} {:?}", char::from(header.exportability().code()), header.exportability()),
        ),
        ("blocks", blocks),
    ]
}

fn text(code: &[u8]) -> String {
    code.iter().map(|&byte| char::from(byte)).collect()
}
