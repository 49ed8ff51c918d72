//! The vectors of `tr31/open`, `tr31/wrap`, `tr31/derive` and `tr31/decode`.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse, SecretKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use test_vectors::{Expected, Hex, Level, Test, data_directory, load};
use tr31::danger::{derived_keys, with_any_optional_block, wrap_exact};
use tr31::{
    Error, Finding, Header, Kbpk, KeyBlock, KeyContext, OptionalBlock, OptionalBlockId, Profile,
    Version, lenient,
};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HeaderFields {
    version: String,
    key_usage: String,
    algorithm: String,
    mode_of_use: String,
    key_version: String,
    exportability: String,
    key_context: String,
    optional_blocks: Vec<BlockFields>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct BlockFields {
    id: String,
    data: String,
}

fn text(characters: &[u8]) -> String {
    String::from_utf8(characters.to_vec()).expect("ASCII codes")
}

fn code<const N: usize>(text: &str) -> [u8; N] {
    text.as_bytes().try_into().expect("as many characters as the field has")
}

impl HeaderFields {
    fn of(header: &Header) -> Self {
        let block = |block: &OptionalBlock| BlockFields {
            id: block.id().to_string(),
            data: block.data().to_owned(),
        };
        Self {
            version: header.version().to_string(),
            key_usage: text(&header.usage().code()),
            algorithm: text(&[header.algorithm().code()]),
            mode_of_use: text(&[header.mode().code()]),
            key_version: header.key_version().to_string(),
            exportability: text(&[header.exportability().code()]),
            key_context: text(&[header.key_context().code()]),
            optional_blocks: header.optional_blocks().iter().map(block).collect(),
        }
    }

    fn of_lenient(header: &lenient::Header) -> Self {
        let block = |block: &OptionalBlock| BlockFields {
            id: block.id().to_string(),
            data: block.data().to_owned(),
        };
        Self {
            version: header.version().to_string(),
            key_usage: text(&header.usage_code()),
            algorithm: text(&[header.algorithm_code()]),
            mode_of_use: text(&[header.mode_code()]),
            key_version: text(&header.key_version_code()),
            exportability: text(&[header.exportability_code()]),
            key_context: text(&[header.key_context_code()]),
            optional_blocks: header.optional_blocks().iter().map(block).collect(),
        }
    }

    /// Cases to wrap have known codes and good blocks.
    fn header(&self, extended_label: bool) -> Header {
        const KNOWN: &str = "a case to wrap breaks no rule";

        let [version] = code(&self.version);
        let [algorithm] = code(&self.algorithm);
        let [mode] = code(&self.mode_of_use);
        let [exportability] = code(&self.exportability);
        let [context] = code(&self.key_context);
        let header = Header::new(
            Version::from_code(version).expect(KNOWN),
            KeyUsage::from_code(code(&self.key_usage)).expect(KNOWN),
            AlgorithmFamily::from_code(algorithm).expect(KNOWN),
            ModeOfUse::from_code(mode).expect(KNOWN),
            Exportability::from_code(exportability).expect(KNOWN),
        )
        .with_key_version(KeyVersion::from_code(code(&self.key_version)).expect(KNOWN))
        .with_key_context(KeyContext::from_code(context).expect(KNOWN));
        self.optional_blocks.iter().fold(header, |header, block| {
            let id = OptionalBlockId::from_code(code(&block.id)).expect(KNOWN);
            let block = OptionalBlock::new(id, &block.data).expect(KNOWN);
            let is_extended = extended_label && id == OptionalBlockId::LB;
            let block = if is_extended { block.in_extended_form() } else { block };
            with_any_optional_block(header, block).expect(KNOWN)
        })
    }
}

fn secret(bytes: &Hex) -> SecretKey {
    SecretKey::copied_from(bytes.as_bytes()).expect("no vector has an empty key")
}

fn kbpk(bytes: &Hex, algorithm: &str) -> Result<Kbpk, Error> {
    match algorithm {
        "TDES" => Kbpk::tdes(&secret(bytes)),
        _ => Kbpk::aes(&secret(bytes)),
    }
}

/// Runs every case of an operation, and counts that all of them were run.
fn for_each<Case: DeserializeOwned>(operation: &str, check: impl Fn(&Test, Case)) {
    let file = load(&data_directory().join(operation).with_extension("json")).expect("the file");
    let mut run = 0;
    for test in file.test_groups.iter().flat_map(|group| &group.tests) {
        check(test, test.case().expect("the members of the operation"));
        run += 1;
    }
    assert_eq!(run, file.number_of_tests);
}

/// Whether a refusal is the one that a case expects.
fn check_refusal(test: &Test, error: Error) {
    let kinds: Vec<_> = test.error.iter().chain(&test.error_alternatives).collect();
    assert!(kinds.iter().any(|kind| *kind == error.code()), "{}: {error:?}", test.id);
}

/// Whether a case must be refused: policy is for who uses the crate.
fn is_invalid(test: &Test) -> bool {
    test.result == Expected::Invalid && test.level != Some(Level::Policy)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "every member has a name here, so that a new one is noticed")]
struct OpenCase {
    kbpk: Hex,
    kbpk_algorithm: String,
    key_block: String,
    header: Option<HeaderFields>,
    key: Option<Hex>,
    kcv: Option<Hex>,
}

#[test]
fn open() {
    for_each("tr31/open", |test, case: OpenCase| {
        let opened = KeyBlock::parse(&case.key_block)
            .and_then(|block| block.open(&kbpk(&case.kbpk, &case.kbpk_algorithm)?));
        match opened {
            Err(error) => check_refusal(test, error),
            Ok(opened) => {
                assert!(!is_invalid(test), "{}", test.id);
                assert_eq!(Some(HeaderFields::of(opened.header())), case.header, "{}", test.id);
                let key = case.key.as_ref().map(Hex::as_bytes);
                assert_eq!(Some(opened.key().expose_secret()), key, "{}", test.id);
            }
        }
    });
}

#[test]
fn open_leniently() {
    for_each("tr31/open", |test, case: OpenCase| {
        let opened = lenient::KeyBlock::parse(&case.key_block, Profile::LENIENT)
            .and_then(|block| block.open(&kbpk(&case.kbpk, &case.kbpk_algorithm)?));
        let expected = test.lenient_result.unwrap_or(test.result);
        match opened {
            Err(error) if test.lenient_error.is_some() => {
                assert_eq!(Some(error.code()), test.lenient_error.as_deref(), "{}", test.id);
            }
            Err(error) => {
                assert_ne!(expected, Expected::Valid, "{}", test.id);
                check_refusal(test, error);
            }
            Ok(opened) => {
                assert_ne!(expected, Expected::Invalid, "{}", test.id);
                assert_eq!(Some(HeaderFields::of_lenient(opened.header())), case.header);
                let key = case.key.as_ref().map(Hex::as_bytes);
                assert_eq!(Some(opened.key().expose_secret()), key, "{}", test.id);
                // Every liberty is reported, by the name of the error a strict reader gives.
                let taken = |finding: &&Finding| matches!(finding, Finding::Tolerated(_));
                let first = opened.findings().iter().find(taken).map(Finding::code);
                if test.level == Some(Level::Strict) {
                    let kinds = test.error.iter().chain(&test.error_alternatives);
                    assert!(kinds.map(String::as_str).any(|kind| Some(kind) == first), "{first:?}");
                } else {
                    assert_eq!(first, None, "{}", test.id);
                }
            }
        }
    });
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrapCase {
    kbpk: Hex,
    kbpk_algorithm: String,
    header: HeaderFields,
    key: Hex,
    padding: Hex,
    key_block: String,
}

#[test]
fn wrap() {
    for_each("tr31/wrap", |test, case: WrapCase| {
        let extended_label = test.flags.iter().any(|flag| flag == "ExtendedLength");
        let block = wrap_exact(
            &case.header.header(extended_label),
            &secret(&case.key),
            &kbpk(&case.kbpk, &case.kbpk_algorithm).unwrap(),
            case.padding.as_bytes(),
        );
        assert_eq!(block.as_deref(), Ok(case.key_block.as_str()), "{}", test.id);
    });
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeriveCase {
    version: String,
    kbpk: Hex,
    kbpk_algorithm: String,
    kbek: Hex,
    kbak: Hex,
}

#[test]
fn derive() {
    for_each("tr31/derive", |test, case: DeriveCase| {
        let [version] = code(&case.version);
        let kbpk = kbpk(&case.kbpk, &case.kbpk_algorithm).unwrap();
        let (kbek, kbak) = derived_keys(Version::from_code(version).unwrap(), &kbpk).unwrap();
        assert_eq!(kbek.expose_secret(), case.kbek.as_bytes(), "{}", test.id);
        assert_eq!(kbak.expose_secret(), case.kbak.as_bytes(), "{}", test.id);
    });
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DecodeCase {
    key_block: String,
    header: Option<HeaderFields>,
}

#[test]
fn decode() {
    for_each("tr31/decode", |test, case: DecodeCase| match KeyBlock::parse(&case.key_block) {
        Err(error) => check_refusal(test, error),
        Ok(block) => {
            assert!(!is_invalid(test), "{}", test.id);
            let header = HeaderFields::of(block.unverified_header());
            assert_eq!(Some(header), case.header, "{}", test.id);
            assert_eq!(block.to_string(), case.key_block, "{}", test.id);
            for (at, optional_block) in block.optional_blocks() {
                let there = case.key_block.get(at..at + 2);
                assert_eq!(there, Some(optional_block.id().to_string().as_str()), "{}", test.id);
            }
        }
    });
}
