//! TC and TS: when the key was made, and when the key block was formed.

use alloc::format;
use core::fmt;

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};
use crate::Error;

/// A time in UTC, to the second or to a hundredth of it.
///
/// ```
/// use tr31::{OptionalBlock, Timestamp};
///
/// let time = Timestamp::new((2026, 11, 23), (4, 5, 6))?;
/// assert_eq!(OptionalBlock::formed_at(time).data(), "20261123040506Z");
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.13 and 6.3.6.14; ISO 8601-1:2019.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    hundredth: Option<u8>,
}

impl Timestamp {
    /// A time from year, month, day and hour, minute, second.
    ///
    /// ```
    /// use tr31::Timestamp;
    ///
    /// let time = Timestamp::new((2024, 2, 29), (23, 59, 59))?;
    /// assert_eq!((time.date(), time.time()), ((2024, 2, 29), (23, 59, 59)));
    /// assert_eq!(Timestamp::new((2023, 2, 29), (0, 0, 0)).unwrap_err().offset(), Some(6));
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OptDataInvalid`] if there is no such time; its offset is that of the first number
    /// that is wrong.
    pub fn new(date: (u16, u8, u8), time: (u8, u8, u8)) -> Result<Self, Error> {
        let text = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}Z",
            date.0, date.1, date.2, time.0, time.1, time.2
        );
        Self::read(&text).map_err(|at| Error::OptDataInvalid { at, id: OptionalBlockId::TS })
    }

    /// Year, month and day.
    #[must_use]
    pub const fn date(&self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Hour, minute and second.
    #[must_use]
    pub const fn time(&self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    /// Hundredths of a second, if they were given.
    #[must_use]
    pub const fn hundredth(&self) -> Option<u8> {
        self.hundredth
    }

    /// Reads one of the four forms: with and without separators and hundredths, `Z` always.
    pub(super) fn read(data: &str) -> Result<Self, usize> {
        let has_separators = data.contains('-');
        let mut fields = Fields::new(data);
        let separator = |fields: &mut Fields<'_>, character| {
            if has_separators { fields.exactly([character]) } else { Ok(()) }
        };
        let year =
            u16::from(fields.two_digits(0..=99)?) * 100 + u16::from(fields.two_digits(0..=99)?);
        separator(&mut fields, b'-')?;
        let month = fields.two_digits(1..=12)?;
        separator(&mut fields, b'-')?;
        let day = fields.two_digits(1..=days_of(year, month))?;
        separator(&mut fields, b'T')?;
        let hour = fields.two_digits(0..=23)?;
        separator(&mut fields, b':')?;
        let minute = fields.two_digits(0..=59)?;
        separator(&mut fields, b':')?;
        let second = fields.two_digits(0..=59)?;
        let hundredth = if fields.left() > 1 {
            separator(&mut fields, b'.')?;
            Some(fields.two_digits(0..=99)?)
        } else {
            None
        };
        fields.exactly(*b"Z")?;
        fields.end()?;
        Ok(Self { year, month, day, hour, minute, second, hundredth })
    }
}

const fn days_of(year: u16, month: u8) -> u8 {
    let is_leap_year =
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap_year => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, hundredth } = self;
        write!(formatter, "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")?;
        if let Some(hundredth) = hundredth {
            write!(formatter, "{hundredth:02}")?;
        }
        formatter.write_str("Z")
    }
}

impl OptionalBlock {
    /// The TC block: when the key was made.
    ///
    /// ```
    /// use tr31::{OptionalBlock, OptionalBlockId, Timestamp};
    ///
    /// let block = OptionalBlock::made_at(Timestamp::new((2026, 11, 23), (4, 5, 6))?);
    /// assert_eq!((block.id(), block.data()), (OptionalBlockId::TC, "20261123040506Z"));
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.13.
    #[must_use]
    pub fn made_at(time: Timestamp) -> Self {
        Self::joined(OptionalBlockId::TC, [format!("{time}").as_str()])
    }

    /// The TS block: when the key block was formed.
    ///
    /// ```
    /// use tr31::{OptionalBlock, OptionalBlockId, Timestamp};
    ///
    /// let block = OptionalBlock::formed_at(Timestamp::new((2026, 11, 23), (4, 5, 6))?);
    /// assert_eq!((block.id(), block.data()), (OptionalBlockId::TS, "20261123040506Z"));
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.14.
    #[must_use]
    pub fn formed_at(time: Timestamp) -> Self {
        Self::joined(OptionalBlockId::TS, [format!("{time}").as_str()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_forms_are_read() {
        for text in [
            "20240229030405Z",
            "2024022903040567Z",
            "2024-02-29T03:04:05Z",
            "2024-02-29T03:04:05.67Z",
        ] {
            let time = Timestamp::read(text).unwrap();
            assert_eq!((time.date(), time.time()), ((2024, 2, 29), (3, 4, 5)));
            assert_eq!(time.hundredth().is_some(), text.contains("67"));
        }
    }

    #[test]
    fn what_is_no_time_is_refused_where_it_stands() {
        for (text, at) in [
            ("20240102030405", 14),
            ("2018-06-18T20:42:39.22", 22),
            ("20230229030405Z", 6),
            ("20240002030405Z", 4),
            ("20240102240405Z", 8),
            ("20240102036005Z", 10),
            ("2024010203040Z", 12),
            ("20240102030405ZZ", 14),
            ("", 0),
        ] {
            assert_eq!(Timestamp::read(text), Err(at), "{text}");
        }
    }
}
