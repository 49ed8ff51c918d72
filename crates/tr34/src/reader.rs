//! DER, read in place: each element with its bytes as received and where they stand.
//!
//! Nothing here calls itself, so elements are never nested deeper than the structures that are
//! read. Lengths are definite and as short as they can be.
//!
//! Standard: ITU-T X.690, 8.1 and 10.1.

use der::{Decode, Header, Reader as _, SliceReader, Tag, TagNumber};

use crate::Error;

/// `[0]`, constructed.
pub(crate) const CONTEXT_0: Tag = context(0);
/// `[1]`, constructed.
pub(crate) const CONTEXT_1: Tag = context(1);
/// `[0]`, primitive.
pub(crate) const PRIMITIVE_0: Tag =
    Tag::ContextSpecific { constructed: false, number: TagNumber(0) };

/// A constructed element that its context numbers.
pub(crate) const fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    /// Where it begins in the token.
    pub(crate) at: usize,
    /// Tag, length and contents.
    pub(crate) whole: &'a [u8],
    /// The contents alone.
    pub(crate) contents: &'a [u8],
}

impl<'a> Element<'a> {
    /// A reader of the contents.
    pub(crate) const fn inside(&self) -> Reader<'a> {
        Reader::new(self.contents, self.contents_at())
    }

    /// Where the contents begin in the token.
    pub(crate) const fn contents_at(&self) -> usize {
        self.at.saturating_add(self.whole.len().saturating_sub(self.contents.len()))
    }
}

/// What is left to read, and where it stands in the token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(rest: &'a [u8], at: usize) -> Self {
        Self { rest, at }
    }

    /// Where the next element begins.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The error that something here is malformed.
    pub(crate) const fn malformed(&self) -> Error {
        Error::Malformed { at: self.at }
    }

    pub(crate) const fn is_finished(&self) -> bool {
        self.rest.is_empty()
    }

    /// Nothing may be left.
    pub(crate) const fn finish(&self) -> Result<(), Error> {
        if self.is_finished() { Ok(()) } else { Err(self.malformed()) }
    }

    /// Whether the next element has this tag.
    pub(crate) fn next_is(&self, tag: Tag) -> bool {
        self.clone_element().is_some_and(|element| element.tag == tag)
    }

    /// The next element.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Error> {
        let element = self.clone_element().ok_or_else(|| self.malformed())?;
        self.rest = self.rest.get(element.whole.len()..).unwrap_or_default();
        self.at = self.at.saturating_add(element.whole.len());
        Ok(element)
    }

    /// The next element, which has this tag.
    pub(crate) fn take(&mut self, tag: Tag) -> Result<Element<'a>, Error> {
        let malformed = self.malformed();
        let element = self.any()?;
        if element.tag == tag { Ok(element) } else { Err(malformed) }
    }

    /// The next element, which has this tag, and behind which nothing is left.
    pub(crate) fn only(mut self, tag: Tag) -> Result<Element<'a>, Error> {
        let element = self.take(tag)?;
        self.finish()?;
        Ok(element)
    }

    /// The next element, if it has this tag.
    pub(crate) fn take_optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Error> {
        if self.next_is(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// An INTEGER of one byte, from 0 to 127.
    pub(crate) fn small_integer(&mut self) -> Result<u8, Error> {
        let malformed = self.malformed();
        match self.take(Tag::Integer)?.contents {
            &[number @ 0..0x80] => Ok(number),
            _ => Err(malformed),
        }
    }

    /// The contents of an OBJECT IDENTIFIER.
    pub(crate) fn identifier(&mut self) -> Result<&'a [u8], Error> {
        Ok(self.take(Tag::ObjectIdentifier)?.contents)
    }

    fn clone_element(&self) -> Option<Element<'a>> {
        let mut reader = SliceReader::new(self.rest).ok()?;
        let header = Header::decode(&mut reader).ok()?;
        let contents = reader.read_slice(header.length()).ok()?;
        let length = usize::try_from(reader.position()).ok()?;
        let whole = self.rest.get(..length)?;
        Some(Element { tag: header.tag(), at: self.at, whole, contents })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_and_shortest() {
        let read = |input: &[u8]| {
            let element = Reader::new(input, 0).only(Tag::OctetString)?;
            Ok::<_, Error>(element.contents.len())
        };
        assert_eq!(read(&[0x04, 0x01, 0xAA]), Ok(1));
        let mut long = [0; 131];
        long[..3].copy_from_slice(&[0x04, 0x81, 0x80]);
        assert_eq!(read(&long), Ok(128));
        for bad in [
            &[][..],
            &[0x04],
            &[0x04, 0x02, 0xAA],
            &[0x04, 0x01, 0xAA, 0xBB],
            &[0x24, 0x80, 0x00, 0x00],
            &[0x24, 0x03, 0x04, 0x01, 0xAA],
            &[0x04, 0x80, 0x00, 0x00],
            &[0x04, 0x81, 0x01, 0xAA],
            &[0x04, 0x82, 0x00, 0x80],
            &[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0xAA],
        ] {
            assert!(read(bad).is_err(), "{bad:X?}");
        }
    }

    #[test]
    fn offsets_are_those_of_the_token() {
        let mut reader = Reader::new(&[0x30, 0x03, 0x02, 0x01, 0x07], 100);
        let sequence = reader.take(Tag::Sequence).unwrap();
        assert_eq!((sequence.at, sequence.contents_at(), reader.at()), (100, 102, 105));
        let mut inside = sequence.inside();
        assert_eq!(inside.take(Tag::OctetString), Err(Error::Malformed { at: 102 }));
        assert_eq!(sequence.inside().small_integer(), Ok(7));
    }
}
