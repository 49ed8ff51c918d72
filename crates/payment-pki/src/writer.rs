//! DER, written.
//!
//! Standard: ITU-T X.690, 8.1 and 10.1.

use alloc::vec::Vec;

use spki::der::{Encode, Header, Length, Tag, TagNumber};

/// A constructed element that its context numbers.
pub(crate) const fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

/// A primitive element that its context numbers.
pub(crate) const fn primitive(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: false, number: TagNumber(number) }
}

/// An element of these parts, in this order.
pub(crate) fn element(tag: Tag, parts: &[&[u8]]) -> Vec<u8> {
    const REASON: &str = "certificates are far shorter than the 256 MiB of the longest element";
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let header = Header::new(tag, Length::try_from(length).expect(REASON));
    let mut bytes = header.to_der().expect(REASON);
    bytes.reserve_exact(length);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(Tag::Sequence, parts)
}

pub(crate) fn identifier(contents: &[u8]) -> Vec<u8> {
    element(Tag::ObjectIdentifier, &[contents])
}

/// A BIT STRING of whole bytes.
pub(crate) fn whole_bits(bytes: &[u8]) -> Vec<u8> {
    element(Tag::BitString, &[&[0], bytes])
}

/// A BIT STRING of up to eight named bits, of which the last ones are left out if they are zero.
pub(crate) fn named_bits(bits: u8) -> Vec<u8> {
    // Zeros at the end of one byte are at most eight.
    let unused = u8::try_from(bits.trailing_zeros().min(7)).unwrap_or(7);
    element(Tag::BitString, &[&[unused, bits]])
}

/// An INTEGER that is not negative, from its big-endian digits.
pub(crate) fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|&byte| byte != 0).unwrap_or(number.len());
    let digits = number.get(start..).unwrap_or_default();
    match digits.first() {
        Some(0..=0x7F) => element(Tag::Integer, &[digits]),
        _ => element(Tag::Integer, &[&[0], digits]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[]), [2, 1, 0]);
        assert_eq!(named_bits(0b1000_0000), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(0b0000_0110), [3, 2, 1, 0x06]);
    }
}
