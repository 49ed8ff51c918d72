//! A key block as it is shown: fields with offsets, codes and words.

use key_types::{AlgorithmFamily, Kcv, KeyAlgorithm, SecretKey};
use serde::Serialize;
use tr31::lenient::Header;
use tr31::{Finding, Version, lenient};

use crate::optional_block::OptionalBlockShown;
use crate::page::Page;
use crate::words;

/// The length of the fixed part of a header in characters.
const FIXED_LENGTH: usize = 16;

/// What a key block says.
#[derive(Debug, Serialize)]
pub(crate) struct KeyBlockShown {
    kind: &'static str,
    length: usize,
    fields: Vec<Field>,
    optional_blocks: Vec<OptionalBlockShown>,
    payload: Span,
    mac: Span,
    findings: Vec<FindingShown>,
}

/// A field of the fixed header.
#[derive(Debug, Serialize)]
struct Field {
    name: &'static str,
    offset: usize,
    code: String,
    meaning: &'static str,
}

/// A run of characters.
#[derive(Debug, Serialize)]
struct Span {
    offset: usize,
    length: usize,
}

/// Something unusual.
#[derive(Debug, Serialize)]
pub(crate) struct FindingShown {
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    message: String,
}

impl KeyBlockShown {
    /// Shows a block that was read from a text of `length` characters.
    pub(crate) fn new(block: &lenient::KeyBlock, length: usize) -> Self {
        let header = block.unverified_header();
        let optional_blocks: Vec<_> = block
            .optional_blocks()
            .map(|(offset, block)| OptionalBlockShown::new(Some(offset), block))
            .collect();
        let blocks_length: usize = optional_blocks.iter().map(|block| block.length).sum();
        let payload_offset = FIXED_LENGTH + blocks_length;
        let mac_length = mac_length(header.version());
        let mac_offset = length.saturating_sub(mac_length);
        Self {
            kind: "key block",
            length,
            fields: fields(header, length, optional_blocks.len()),
            optional_blocks,
            payload: Span {
                offset: payload_offset,
                length: mac_offset.saturating_sub(payload_offset),
            },
            mac: Span { offset: mac_offset, length: mac_length },
            findings: findings(block.findings()),
        }
    }

    pub(crate) fn write(&self, page: &mut Page) {
        page.heading(&format!("key block of {} characters, not verified", self.length));
        self.fields.iter().for_each(|field| field.write(page));
        for block in &self.optional_blocks {
            let offset = block.offset.unwrap_or_default();
            page.row_at(offset, "optional block", &block.id, &block.in_words());
        }
        let characters = |span: &Span| format!("{} characters", span.length);
        page.row_at(self.payload.offset, "payload", "", &characters(&self.payload));
        page.row_at(self.mac.offset, "MAC", "", &characters(&self.mac));
        write_findings(&self.findings, page);
    }
}

impl Field {
    fn write(&self, page: &mut Page) {
        page.row_at(self.offset, self.name, &self.code, self.meaning);
    }
}

/// Findings as they are shown.
pub(crate) fn findings(findings: &[Finding]) -> Vec<FindingShown> {
    let shown = |finding: &Finding| {
        // Sections have numbers; what has none names its source itself.
        let clause = finding.clause();
        let is_section = clause.starts_with(|first: char| first.is_ascii_digit());
        let source =
            if is_section { format!("ANSI X9.143:2021, {clause}") } else { clause.to_owned() };
        FindingShown {
            code: finding.code().to_owned(),
            offset: finding.offset(),
            source: Some(source),
            message: words::finding(finding),
        }
    };
    findings.iter().map(shown).collect()
}

/// Writes findings below what they are about.
pub(crate) fn write_findings(findings: &[FindingShown], page: &mut Page) {
    for FindingShown { code, offset, source, message } in findings {
        let place = offset.map(|offset| format!("at {offset}: ")).unwrap_or_default();
        let source = source.as_ref().map(|source| format!("; {source}")).unwrap_or_default();
        page.note(&format!("{place}{message} ({code}{source})"));
    }
}

impl FindingShown {
    /// A finding that has no place in the text.
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), offset: None, source: None, message: message.into() }
    }

    /// The same finding, at a place.
    pub(crate) fn with_offset(self, offset: Option<usize>) -> Self {
        Self { offset, ..self }
    }
}

/// The number of characters of the MAC.
///
/// Standard: ANSI X9.143:2021, 6.2; ISO 20038:2017.
const fn mac_length(version: Version) -> usize {
    match version {
        Version::A | Version::C => 8,
        Version::B => 16,
        _ => 32,
    }
}

#[rustfmt::skip]
fn fields(header: &Header, length: usize, blocks: usize) -> Vec<Field> {
    let text = |code: &[u8]| code.iter().copied().map(char::from).collect::<String>();
    let field = |name, offset, code, meaning: Option<&'static str>| {
        Field { name, offset, code, meaning: meaning.unwrap_or(words::UNKNOWN) }
    };
    vec![
        field("version", 0, header.version().to_string(), Some(words::version(header.version()))),
        field("length", 1, format!("{length:04}"), Some("characters")),
        field("key usage", 5, text(&header.usage_code()), header.usage().map(words::usage)),
        field("algorithm", 7, text(&[header.algorithm_code()]), header.algorithm().map(words::family)),
        field("mode of use", 8, text(&[header.mode_code()]), header.mode().map(words::mode)),
        field("key version", 9, text(&header.key_version_code()), header.key_version().map(|version| words::key_version(version.code()))),
        field("exportability", 11, text(&[header.exportability_code()]), header.exportability().map(words::exportability)),
        field("optional blocks", 12, format!("{blocks:02}"), Some("")),
        field("key context", 14, text(&[header.key_context_code()]), header.key_context().map(words::key_context)),
        field("reserved", 15, text(&[header.reserved()]), Some("")),
    ]
}

/// What may be said of a key: its length, its algorithm and its check value.
#[derive(Debug, Serialize)]
pub(crate) struct KeyShown {
    length: usize,
    algorithm: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_value_method: Option<&'static str>,
}

/// The usual check value of a key, or `None` if its algorithm has none.
pub(crate) fn check_value_of(key: &SecretKey, algorithm: KeyAlgorithm) -> Option<Kcv> {
    const LENGTH: usize = 3;

    let method = kcv::default_for(algorithm)?;
    kcv::compute(key, algorithm, method, LENGTH).ok()
}

impl KeyShown {
    /// Shows a key of a family, or of one that is not known.
    pub(crate) fn new(key: &SecretKey, family: Option<AlgorithmFamily>) -> Self {
        let algorithm = family.and_then(|family| KeyAlgorithm::of_key(family, key.length()));
        let value = algorithm.and_then(|algorithm| check_value_of(key, algorithm));
        Self {
            length: key.length(),
            algorithm: algorithm
                .map(words::algorithm)
                .or_else(|| family.map(words::family))
                .unwrap_or(words::UNKNOWN),
            check_value: value.map(|value| value.to_string()),
            check_value_method: value.map(|value| words::kcv_method(value.method())),
        }
    }

    pub(crate) fn write(&self, page: &mut Page) {
        page.row_in_words("key", &format!("{} bytes", self.length), self.algorithm);
        if let (Some(value), Some(method)) = (&self.check_value, self.check_value_method) {
            page.row_in_words("check value", value, method);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_said_of_a_key_is_shown() {
        let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F)).unwrap();
        let shown = KeyShown::new(&key, Some(AlgorithmFamily::Aes));
        let text = serde_json::to_string(&shown).unwrap();
        assert!(
            text.starts_with(r#"{"length":16,"algorithm":"AES-128","check_value":""#),
            "{text}"
        );
        assert!(!text.contains("3F3F"));
    }
}
