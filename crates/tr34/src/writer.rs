//! DER, written in the order that is given: nothing is sorted.
//!
//! Standard: ITU-T X.690, 8.1 and 10.1.

use alloc::vec::Vec;

use der::{Encode, Header, Length, Tag};

/// An element of these parts.
pub(crate) fn element(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut bytes = header(tag, length);
    bytes.reserve_exact(length);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

/// Tag and length of an element with so many bytes of contents.
pub(crate) fn header(tag: Tag, length: usize) -> Vec<u8> {
    const REASON: &str = "tokens are far shorter than the 256 MiB of the longest element";
    let length = Length::try_from(length).expect(REASON);
    Header::new(tag, length).to_der().expect(REASON)
}

/// An OBJECT IDENTIFIER.
pub(crate) fn identifier(contents: &[u8]) -> Vec<u8> {
    element(Tag::ObjectIdentifier, &[contents])
}

/// An INTEGER of one byte.
pub(crate) fn small_integer(number: u8) -> Vec<u8> {
    element(Tag::Integer, &[&[number]])
}

/// An AlgorithmIdentifier without parameters.
pub(crate) fn algorithm(identifier_contents: &[u8]) -> Vec<u8> {
    element(Tag::Sequence, &[&identifier(identifier_contents)])
}

/// NULL.
pub(crate) const NULL: &[u8] = &[0x05, 0x00];
