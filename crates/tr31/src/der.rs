//! Reading DER from left to right, without a copy of it.
//!
//! Standard: ITU-T X.690, 10.1.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// The tag of the explicitly tagged value with this number, below 31.
pub(crate) const fn explicit(number: u8) -> u8 {
    0xA0 | number
}

/// A part of the bytes that are read: a slice, or base64 that is decoded where it is looked at.
pub(crate) trait Input: Copy {
    /// The number of bytes.
    fn length(self) -> usize;

    /// The byte at a place.
    fn byte(self, index: usize) -> Option<u8>;

    /// The bytes up to a place and those from there on.
    fn split(self, at: usize) -> Option<(Self, Self)>;
}

impl Input for &[u8] {
    fn length(self) -> usize {
        self.len()
    }

    fn byte(self, index: usize) -> Option<u8> {
        self.get(index).copied()
    }

    fn split(self, at: usize) -> Option<(Self, Self)> {
        self.split_at_checked(at)
    }
}

/// Whether two inputs are the same bytes, which are public.
pub(crate) fn equal(one: impl Input, other: impl Input) -> bool {
    one.length() == other.length()
        && (0..one.length()).all(|index| one.byte(index) == other.byte(index))
}

/// The content of the one value with this tag that `input` is.
pub(crate) fn one<I: Input>(input: I, tag: u8) -> Option<I> {
    let (content, rest) = value(input, tag)?;
    (rest.length() == 0).then_some(content)
}

/// The content of the first value, which has this tag, and what stands behind it.
pub(crate) fn value<I: Input>(input: I, tag: u8) -> Option<(I, I)> {
    let (found, rest) = first(input)?;
    let (form, rest) = first(rest)?;
    // The shortest form of a length is the only one.
    let (shortest, length, rest) = match form {
        0x00..=0x7F => (0, usize::from(form), rest),
        0x81 => {
            let (length, rest) = first(rest)?;
            (0x80, usize::from(length), rest)
        }
        0x82 => {
            let (high, rest) = first(rest)?;
            let (low, rest) = first(rest)?;
            (0x100, usize::from(u16::from_be_bytes([high, low])), rest)
        }
        // No key block has room for more.
        _ => return None,
    };
    if found != tag || length < shortest {
        return None;
    }
    rest.split(length)
}

/// The first byte and what stands behind it.
pub(crate) fn first<I: Input>(input: I) -> Option<(u8, I)> {
    let (_, rest) = input.split(1)?;
    Some((input.byte(0)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_form() {
        let read = |bytes: &'static [u8]| one(bytes, INTEGER);
        assert_eq!(read(&[2, 1, 5]), Some([5].as_slice()));
        assert_eq!(read(&[2, 0]), Some([].as_slice()));
        for refused in [
            [2, 0x81, 1, 5].as_slice(),
            &[2, 0x82, 0, 1, 5],
            &[2, 0x80, 5, 0, 0],
            &[2, 0x83, 0, 0, 1, 5],
            &[4, 1, 5],
            &[2, 2, 5],
            &[2, 1, 5, 0],
            &[2],
            &[],
        ] {
            assert_eq!(one(refused, INTEGER), None, "{refused:?}");
        }
    }
}
