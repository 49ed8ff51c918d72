//! Codes of key block headers on the command line.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse};
use tr31::{KeyContext, OptionalBlock, OptionalBlockId, Timestamp, Version};

pub(crate) fn version(text: &str) -> Result<Version, &'static str> {
    one(text).and_then(Version::from_code).ok_or("a version is A, B, C, D or E")
}

pub(crate) fn usage(text: &str) -> Result<KeyUsage, &'static str> {
    two(text).and_then(KeyUsage::from_code).ok_or("this is no key usage of ANSI X9.143")
}

pub(crate) fn family(text: &str) -> Result<AlgorithmFamily, &'static str> {
    one(text).and_then(AlgorithmFamily::from_code).ok_or("an algorithm is A, D, E, H, R, S or T")
}

pub(crate) fn mode(text: &str) -> Result<ModeOfUse, &'static str> {
    one(text).and_then(ModeOfUse::from_code).ok_or("this is no mode of use of ANSI X9.143")
}

pub(crate) fn exportability(text: &str) -> Result<Exportability, &'static str> {
    one(text).and_then(Exportability::from_code).ok_or("an exportability is E, N or S")
}

pub(crate) fn key_version(text: &str) -> Result<KeyVersion, &'static str> {
    let version = two(text).map(KeyVersion::from_code);
    version.and_then(Result::ok).ok_or("a key version is two letters or digits")
}

pub(crate) fn key_context(text: &str) -> Result<KeyContext, &'static str> {
    one(text).and_then(KeyContext::from_code).ok_or("a key context is 0, 1 or 2")
}

/// An optional block as `ID=DATA`.
pub(crate) fn optional_block(text: &str) -> Result<OptionalBlock, String> {
    let (id, data) = text.split_once('=').ok_or("an optional block is ID=DATA")?;
    let id = two(id).ok_or("the id of an optional block has two characters")?;
    OptionalBlockId::from_code(id)
        .and_then(|id| OptionalBlock::new(id, data))
        .map_err(|error| error.to_string())
}

/// A time as optional blocks write it: `20261123040506Z`.
pub(crate) fn timestamp(text: &str) -> Result<Timestamp, &'static str> {
    const REFUSAL: &str = "a time is YYYYMMDDhhmmssZ";

    let digits = text
        .strip_suffix('Z')
        .filter(|digits| digits.len() == 14 && digits.bytes().all(|digit| digit.is_ascii_digit()));
    let digits = digits.ok_or(REFUSAL)?;
    let number = |range| digits.get(range).and_then(|part: &str| part.parse::<u8>().ok());
    let year = digits.get(..4).and_then(|part| part.parse::<u16>().ok());
    let date = year.zip(number(4..6)).zip(number(6..8));
    let time = number(8..10).zip(number(10..12)).zip(number(12..14));
    let (((year, month), day), ((hour, minute), second)) = date.zip(time).ok_or(REFUSAL)?;
    Timestamp::new((year, month, day), (hour, minute, second)).map_err(|_| REFUSAL)
}

fn one(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [code] => Some(*code),
        _ => None,
    }
}

fn two(text: &str) -> Option<[u8; 2]> {
    text.as_bytes().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_or_refused() {
        assert_eq!(version("D"), Ok(Version::D));
        assert!(version("d").is_err() && version("DD").is_err() && version("").is_err());
        assert_eq!(usage("P0"), Ok(KeyUsage::PinEncryption));
        assert!(usage("P").is_err());
        assert_eq!(optional_block("LB=a=b").map(|block| block.data().to_owned()), Ok("a=b".into()));
        assert!(optional_block("LB").is_err() && optional_block("KC=x").is_err());
        assert!(timestamp("20240229235959Z").is_ok());
        for text in ["20230229000000Z", "20240229235959", "2024022923595+Z", "é2024022923595Z"] {
            assert!(timestamp(text).is_err(), "{text}");
        }
    }
}
