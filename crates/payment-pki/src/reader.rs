//! DER, read in place: each element with its bytes as received and where they stand.
//!
//! Standard: ITU-T X.690, 8.1 and 10.1.

use core::ops::Range;

use crate::{Error, Member};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;

/// The tag of a constructed element that a context numbers.
pub(crate) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// One element: its tag and where its parts stand in the whole input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) tag: u8,
    /// Tag, length and contents.
    pub(crate) whole: Range<usize>,
    /// The contents alone.
    pub(crate) contents: Range<usize>,
}

/// A place in the input, and where the element that is read ends.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    end: usize,
    /// What is read, for errors.
    member: Member,
}

impl<'a> Reader<'a> {
    /// Reads an input that is exactly one element of this tag; gives a reader of its contents.
    pub(crate) fn of_whole(input: &'a [u8], tag: u8, member: Member) -> Result<Self, Error> {
        let mut reader = Self { input, at: 0, end: input.len(), member };
        let element = reader.take(tag)?;
        reader.finish()?;
        Ok(reader.inside(&element))
    }

    /// A reader of the contents of an element.
    pub(crate) fn inside(&self, element: &Element) -> Self {
        Self { at: element.contents.start, end: element.contents.end, ..self.clone() }
    }

    /// The same reader, whose errors name another member.
    pub(crate) fn of(self, member: Member) -> Self {
        Self { member, ..self }
    }

    /// The error that something here is malformed.
    pub(crate) const fn malformed(&self) -> Error {
        Error::Malformed { member: self.member, at: self.at }
    }

    pub(crate) const fn is_finished(&self) -> bool {
        self.at >= self.end
    }

    /// Nothing may be left.
    pub(crate) const fn finish(&self) -> Result<(), Error> {
        if self.is_finished() { Ok(()) } else { Err(self.malformed()) }
    }

    /// The tag of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        if self.is_finished() { None } else { self.input.get(self.at).copied() }
    }

    /// The bytes of a range, which came from an element of this input.
    pub(crate) fn bytes(&self, range: &Range<usize>) -> &'a [u8] {
        self.input.get(range.clone()).unwrap_or_default()
    }

    /// The next element, which has this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Result<Element, Error> {
        let element = self.any()?;
        if element.tag == tag {
            return Ok(element);
        }
        Err(Error::Malformed { member: self.member, at: element.whole.start })
    }

    /// The next element, if it has this tag.
    pub(crate) fn take_optional(&mut self, tag: u8) -> Result<Option<Element>, Error> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// The next element, whose length is definite and as short as it can be.
    pub(crate) fn any(&mut self) -> Result<Element, Error> {
        self.element().ok_or_else(|| self.malformed())
    }

    fn element(&mut self) -> Option<Element> {
        const LONGEST_LENGTH: usize = 3;

        let rest = self.input.get(self.at..self.end)?;
        let (&[tag, first], behind) = rest.split_first_chunk()?;
        if tag & 0x1F == 0x1F {
            // Tags of more than one byte are in nothing that is read here.
            return None;
        }
        let (length, digits) = match first {
            0..=0x7F => (usize::from(first), 0),
            _ => {
                let digits = usize::from(first & 0x7F);
                let bytes = behind.get(..digits).filter(|_| digits <= LONGEST_LENGTH)?;
                let length = bytes.iter().fold(0, |all, &byte| all << 8 | usize::from(byte));
                let is_shortest = length > 0x7F && bytes.first() != Some(&0);
                (is_shortest.then_some(length)?, digits)
            }
        };
        let start = self.at.checked_add(2)?.checked_add(digits)?;
        let end = start.checked_add(length).filter(|&end| end <= self.end)?;
        let element = Element { tag, whole: self.at..end, contents: start..end };
        self.at = end;
        Some(element)
    }

    /// The contents of an INTEGER, in their shortest form.
    pub(crate) fn integer(&mut self) -> Result<Range<usize>, Error> {
        let element = self.take(INTEGER)?;
        let error = Error::Malformed { member: self.member, at: element.whole.start };
        match self.bytes(&element.contents) {
            [] | [0x00, 0x00..=0x7F, ..] | [0xFF, 0x80..=0xFF, ..] => Err(error),
            _ => Ok(element.contents),
        }
    }

    /// The contents of a BIT STRING of whole bytes.
    pub(crate) fn whole_bits(&mut self) -> Result<Range<usize>, Error> {
        let element = self.take(BIT_STRING)?;
        match self.bytes(&element.contents).first() {
            Some(0) => Ok(element.contents.start.saturating_add(1)..element.contents.end),
            _ => Err(Error::Malformed { member: self.member, at: element.whole.start }),
        }
    }

    /// A BOOLEAN that is true: DER leaves out one that has its default.
    pub(crate) fn true_or_absent(&mut self) -> Result<bool, Error> {
        let Some(element) = self.take_optional(BOOLEAN)? else { return Ok(false) };
        match self.bytes(&element.contents) {
            [0xFF] => Ok(true),
            _ => Err(Error::Malformed { member: self.member, at: element.whole.start }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Result<Range<usize>, Error> {
        let mut reader = Reader { input, at: 0, end: input.len(), member: Member::Certificate };
        let element = reader.any()?;
        reader.finish()?;
        Ok(element.contents)
    }

    #[test]
    fn lengths_are_definite_and_shortest() {
        assert_eq!(read(&[0x04, 0x01, 0xAA]), Ok(2..3));
        assert_eq!(read(&[0x05, 0x00]), Ok(2..2));
        let mut long = [0; 131];
        long[..3].copy_from_slice(&[0x04, 0x81, 0x80]);
        assert_eq!(read(&long), Ok(3..131));
        for bad in [
            &[][..],
            &[0x04],
            &[0x04, 0x02, 0xAA],
            &[0x04, 0x01, 0xAA, 0xBB],
            &[0x30, 0x80, 0x00, 0x00],
            &[0x04, 0x81, 0x01, 0xAA],
            &[0x04, 0x82, 0x00, 0x80],
            &[0x04, 0x84, 0x00, 0x00, 0x00, 0x01, 0xAA],
            &[0x1F, 0x01, 0xAA],
        ] {
            assert!(read(bad).is_err(), "{bad:X?}");
        }
    }
}
