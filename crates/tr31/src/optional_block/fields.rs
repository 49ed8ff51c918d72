//! Reading the data of an optional block from left to right.

use crate::hex;

/// The rest of the data of a block; errors are offsets in the data.
pub(crate) struct Fields<'a> {
    data: &'a str,
    at: usize,
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(data: &'a str) -> Self {
        Self { data, at: 0 }
    }

    /// The next `length` characters.
    pub(crate) fn text(&mut self, length: usize) -> Result<&'a str, usize> {
        let end = self.at.checked_add(length).ok_or(self.at)?;
        let field = self.data.get(self.at..end).ok_or(self.data.len())?;
        self.at = end;
        Ok(field)
    }

    /// The next `N` characters.
    pub(crate) fn characters<const N: usize>(&mut self) -> Result<[u8; N], usize> {
        let at = self.at;
        self.text(N)?.as_bytes().try_into().map_err(|_| at)
    }

    /// The next characters if they are what `known` gives a value for.
    pub(crate) fn code<const N: usize, T>(
        &mut self,
        known: impl FnOnce([u8; N]) -> Option<T>,
    ) -> Result<T, usize> {
        let at = self.at;
        known(self.characters()?).ok_or(at)
    }

    /// The next characters, which must be these.
    pub(crate) fn exactly<const N: usize>(&mut self, expected: [u8; N]) -> Result<(), usize> {
        self.code(|found| (found == expected).then_some(()))
    }

    /// The next `N` bytes, as upper-case hex digits.
    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], usize> {
        let (at, mut bytes) = (self.at, [0; N]);
        hex::decode(self.text(2 * N)?.as_bytes(), &mut bytes).map_err(|offset| at + offset)?;
        Ok(bytes)
    }

    /// The next two characters as a decimal number within bounds.
    pub(crate) fn two_digits(
        &mut self,
        bounds: core::ops::RangeInclusive<u8>,
    ) -> Result<u8, usize> {
        self.code(|[tens, ones]: [u8; 2]| {
            let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
            let number = is_number.then(|| (tens - b'0') * 10 + (ones - b'0'))?;
            bounds.contains(&number).then_some(number)
        })
    }

    /// How many characters are left.
    pub(crate) const fn left(&self) -> usize {
        self.data.len() - self.at
    }

    /// Where the next character stands.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Checks that nothing is left.
    pub(crate) const fn end(&self) -> Result<(), usize> {
        if self.left() == 0 { Ok(()) } else { Err(self.at) }
    }
}
