//! Key block headers as vectors have them, and KBPKs.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse, SecretKey};
use serde::Deserialize;
use serde_json::{Value, json};
use test_vectors::Hex;
use tr31::{Header, Kbpk, KeyContext, OptionalBlock, OptionalBlockId, Version, danger};

/// The member `header` of a vector.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct HeaderFields {
    version: String,
    key_usage: String,
    algorithm: String,
    mode_of_use: String,
    key_version: String,
    exportability: String,
    key_context: String,
    optional_blocks: Vec<BlockFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BlockFields {
    id: String,
    data: String,
}

impl HeaderFields {
    /// The header, or the kind of the first rule that is broken.
    pub(super) fn to_header(&self) -> Result<Header, &'static str> {
        let header = Header::new(
            version(&self.version)?,
            two(&self.key_usage).and_then(KeyUsage::from_code).ok_or("UnknownUsage")?,
            one(&self.algorithm).and_then(AlgorithmFamily::from_code).ok_or("UnknownAlgorithm")?,
            one(&self.mode_of_use).and_then(ModeOfUse::from_code).ok_or("UnknownMode")?,
            one(&self.exportability)
                .and_then(Exportability::from_code)
                .ok_or("UnknownExportability")?,
        );
        let key_version = two(&self.key_version).ok_or("BadKeyVersion")?;
        let key_version = KeyVersion::from_code(key_version).map_err(|_| "BadKeyVersion")?;
        let key_context =
            one(&self.key_context).and_then(KeyContext::from_code).ok_or("UnknownContext")?;
        let header = header.with_key_version(key_version).with_key_context(key_context);
        self.optional_blocks.iter().try_fold(header, |header, block| {
            let id = two(&block.id).ok_or("OptIdMalformed")?;
            OptionalBlockId::from_code(id)
                .and_then(|id| OptionalBlock::new(id, &block.data))
                .and_then(|block| danger::with_any_optional_block(header, block))
                .map_err(|error| error.code())
        })
    }
}

/// A header as the member `header` of a vector.
pub(super) fn to_json(header: &Header) -> Value {
    let blocks = header.optional_blocks().iter();
    let blocks: Vec<_> =
        blocks.map(|block| json!({"id": block.id().to_string(), "data": block.data()})).collect();
    json!({
        "version": text(&[header.version().code()]),
        "keyUsage": text(&header.usage().code()),
        "algorithm": text(&[header.algorithm().code()]),
        "modeOfUse": text(&[header.mode().code()]),
        "keyVersion": text(&header.key_version().code()),
        "exportability": text(&[header.exportability().code()]),
        "keyContext": text(&[header.key_context().code()]),
        "optionalBlocks": blocks,
    })
}

/// The version that a letter stands for.
pub(super) fn version(letter: &str) -> Result<Version, &'static str> {
    one(letter).and_then(Version::from_code).ok_or("UnsupportedVersion")
}

/// The member `kbpkAlgorithm` of a vector.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum KbpkAlgorithm {
    Tdes,
    Aes,
}

/// A KBPK, prepared.
pub(super) fn kbpk(key: &Hex, algorithm: KbpkAlgorithm) -> Result<Kbpk, &'static str> {
    let key = SecretKey::copied_from(key.as_bytes()).map_err(|_| "KbpkLength")?;
    let kbpk = match algorithm {
        KbpkAlgorithm::Tdes => Kbpk::tdes(&key),
        KbpkAlgorithm::Aes => Kbpk::aes(&key),
    };
    kbpk.map_err(|error| error.code())
}

fn one(text: &str) -> Option<u8> {
    <[u8; 1]>::try_from(text.as_bytes()).ok().map(|[byte]| byte)
}

fn two(text: &str) -> Option<[u8; 2]> {
    text.as_bytes().try_into().ok()
}

fn text(code: &[u8]) -> String {
    String::from_utf8_lossy(code).into_owned()
}
