//! Points in time as certificates write them.

use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use crate::Error;
use crate::reader::{GENERALIZED_TIME, Reader, UTC_TIME};

/// A point in time: whole seconds since the start of 1970, UTC.
///
/// ```
/// use payment_pki::UnixTime;
///
/// let start_of_2026 = UnixTime::from_seconds(1_767_225_600);
/// assert!(start_of_2026 < UnixTime::from_seconds(1_780_315_200));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime {
    seconds: u64,
}

impl UnixTime {
    /// The point so many seconds after the start of 1970.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    /// Seconds since the start of 1970.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// The point so many seconds later; the far end of the range stays where it is.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self { seconds: self.seconds.saturating_add(seconds) }
    }

    /// A UTCTime up to 2049, and a GeneralizedTime from 2050 on.
    ///
    /// Standard: RFC 5280, 4.1.2.5.
    pub(crate) fn to_der(self) -> Result<Vec<u8>, Error> {
        use spki::der::Encode;
        use spki::der::asn1::{GeneralizedTime, UtcTime};

        let duration = Duration::from_secs(self.seconds);
        let der = match UtcTime::from_unix_duration(duration) {
            Ok(time) => time.to_der(),
            Err(_) => GeneralizedTime::from_unix_duration(duration).and_then(|time| time.to_der()),
        };
        der.map_err(|_| Error::TimeOrder)
    }

    /// Reads a UTCTime or a GeneralizedTime, with seconds and in UTC.
    ///
    /// Standard: RFC 5280, 4.1.2.5.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let error = reader.malformed();
        let element = reader.any()?;
        let text = reader.bytes(&element.contents);
        let digits = text.strip_suffix(b"Z").ok_or(error)?;
        let is_utc = element.tag == UTC_TIME && digits.len() == 12;
        let is_generalized = element.tag == GENERALIZED_TIME && digits.len() == 14;
        let year_length = if is_utc { 2 } else { 4 };
        if !(is_utc || is_generalized) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(error);
        }
        let number = |range: Range<usize>| {
            let digits = digits.get(range).unwrap_or_default();
            digits.iter().fold(0_u64, |all, digit| all * 10 + u64::from(digit - b'0'))
        };
        let field = |index: usize| {
            let start = year_length + 2 * index;
            number(start..start + 2)
        };
        // Of years with two digits, those from 50 on are of the former century.
        let year = match (is_utc, number(0..year_length)) {
            (true, short @ 0..50) => 2000 + short,
            (true, short) => 1900 + short,
            (false, year) => year,
        };
        Self::of_date((year, field(0), field(1)), (field(2), field(3), field(4))).ok_or(error)
    }

    /// The point of a date and a time of day, or `None` if there is none, or before 1970.
    fn of_date(
        (year, month, day): (u64, u64, u64),
        (hour, minute, second): (u64, u64, u64),
    ) -> Option<Self> {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let february = if is_leap { 29 } else { 28 };
        let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let before = usize::try_from(month.checked_sub(1)?).ok()?;
        let is_day = (1..=*months.get(before)?).contains(&day);
        if !is_day || hour > 23 || minute > 59 || second > 59 || year < 1970 {
            return None;
        }
        let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
        let years = year - 1970;
        let days = years * 365 + leap_days(year - 1) - leap_days(1969)
            + months.iter().take(before).sum::<u64>()
            + (day - 1);
        Some(Self { seconds: ((days * 24 + hour) * 60 + minute) * 60 + second })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::Member;
    use crate::reader::SEQUENCE;

    fn read(tag: u8, text: &str) -> Option<u64> {
        let length = u8::try_from(text.len()).unwrap();
        let inner = [&[tag, length], text.as_bytes()].concat();
        let whole: Vec<u8> = [&[SEQUENCE, length + 2], inner.as_slice()].concat();
        let mut reader = Reader::of_whole(&whole, SEQUENCE, Member::Certificate).unwrap();
        UnixTime::read(&mut reader).ok().map(UnixTime::seconds)
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for (seconds, tag) in
            [(0, UTC_TIME), (2_524_607_999, UTC_TIME), (2_524_608_000, GENERALIZED_TIME)]
        {
            let der = UnixTime::from_seconds(seconds).to_der().unwrap();
            let text = core::str::from_utf8(&der[2..]).unwrap();
            assert_eq!((der[0], read(der[0], text)), (tag, Some(seconds)));
        }
        assert_eq!(UnixTime::from_seconds(u64::MAX).to_der(), Err(Error::TimeOrder));
    }

    #[test]
    fn times_of_both_kinds() {
        for (tag, text, seconds) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "200229235959Z", Some(1_583_020_799)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "500101000000Z", None),
            (UTC_TIME, "210229000000Z", None),
            (UTC_TIME, "2002290000Z", None),
            (UTC_TIME, "200229000000+0100", None),
            (UTC_TIME, "20022900000 Z", None),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (GENERALIZED_TIME, "21000229000000Z", None),
            (GENERALIZED_TIME, "20500101000000.5Z", None),
            (GENERALIZED_TIME, "20501301000000Z", None),
            (GENERALIZED_TIME, "20500001000000Z", None),
            (GENERALIZED_TIME, "20500101240000Z", None),
            (SEQUENCE, "20500101000000Z", None),
        ] {
            assert_eq!(read(tag, text), seconds, "{text}");
        }
    }
}
