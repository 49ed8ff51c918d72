//! The system clock, and points in time as AWS writes them.

use std::time::SystemTime;

use export_api::Timestamp;
use export_api::ports::Clock;

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to configure")]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // This is the one place that asks the machine for the time; before 1970 counts as 1970.
        #[allow(clippy::disallowed_methods)]
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_milliseconds(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

const DAY: u64 = 24 * 60 * 60;
/// Days from the first of March of the year 0 to the start of 1970.
const DAYS_BEFORE_1970: u64 = 719_468;
const DAYS_IN_400_YEARS: u64 = 146_097;

/// A point in time as a date and a time of day, UTC.
///
/// ```
/// use export_server::clock::CalendarTime;
///
/// let time = CalendarTime::parse_basic("20150830T123600Z").expect("a time");
/// assert_eq!(time.extended(), "2015-08-30T12:36:00Z");
/// assert_eq!(time.seconds_since_1970(), 1_440_938_160);
/// assert_eq!(CalendarTime::from_seconds(1_440_938_160), time);
/// ```
///
/// Standard: ISO 8601-1:2019, 5.4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarTime {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

impl CalendarTime {
    /// The date and time so many seconds after the start of 1970.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        // Counted from the first of March, a leap day is the last day of a year, and the lengths
        // of the months repeat every five: 153 days.
        let days = (seconds / DAY).saturating_add(DAYS_BEFORE_1970);
        let era = days / DAYS_IN_400_YEARS;
        let day_of_era = days % DAYS_IN_400_YEARS;
        let leap_days = day_of_era / 36_524 - day_of_era / 146_096;
        let year_of_era = (day_of_era + leap_days - day_of_era / 1_460) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: era * 400 + year_of_era + if month <= 2 { 1 } else { 0 },
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            second_of_day: seconds % DAY,
        }
    }

    /// Reads the basic form, such as `20150830T123600Z`, or answers `None` for anything else.
    #[must_use]
    pub fn parse_basic(text: &str) -> Option<Self> {
        let rest = text.strip_suffix('Z')?;
        let (date, time) = rest.split_once('T')?;
        let (year, date) = digits::<4>(date)?;
        let (month, date) = digits::<2>(date)?;
        let (day, date) = digits::<2>(date)?;
        let (hour, time) = digits::<2>(time)?;
        let (minute, time) = digits::<2>(time)?;
        let (second, time) = digits::<2>(time)?;
        let fits = date.is_empty() && time.is_empty() && hour < 24 && minute < 60 && second < 60;
        let read = Self { year, month, day, second_of_day: (hour * 60 + minute) * 60 + second };
        // A date that does not exist comes back as another one.
        let exists = (1..=12).contains(&month)
            && (1970..=9999).contains(&year)
            && Self::from_seconds(read.seconds_since_1970()) == read;
        (fits && exists).then_some(read)
    }

    /// Seconds since the start of 1970.
    #[must_use]
    pub const fn seconds_since_1970(&self) -> u64 {
        let (year, month_from_march) = if self.month > 2 {
            (self.year, self.month - 3)
        } else {
            (self.year.saturating_sub(1), self.month + 9)
        };
        let year_of_era = year % 400;
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day.saturating_sub(1);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = (year / 400 * DAYS_IN_400_YEARS + day_of_era).saturating_sub(DAYS_BEFORE_1970);
        days * DAY + self.second_of_day
    }

    /// The date in the basic form, such as `20150830`.
    #[must_use]
    pub fn basic_date(&self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// The basic form, such as `20150830T123600Z`.
    #[must_use]
    pub fn basic(&self) -> String {
        let (hour, minute, second) = self.time_of_day();
        format!("{}T{hour:02}{minute:02}{second:02}Z", self.basic_date())
    }

    /// The extended form, such as `2015-08-30T12:36:00Z`.
    #[must_use]
    pub fn extended(&self) -> String {
        let (hour, minute, second) = self.time_of_day();
        let Self { year, month, day, .. } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    const fn time_of_day(&self) -> (u64, u64, u64) {
        (self.second_of_day / 3600, self.second_of_day / 60 % 60, self.second_of_day % 60)
    }
}

impl From<Timestamp> for CalendarTime {
    fn from(time: Timestamp) -> Self {
        Self::from_seconds(time.milliseconds() / 1000)
    }
}

/// Reads `N` decimal digits from the front of a text.
fn digits<const N: usize>(text: &str) -> Option<(u64, &str)> {
    let (front, rest) = text.split_at_checked(N)?;
    let all_digits = front.bytes().all(|byte| byte.is_ascii_digit());
    Some((if all_digits { front.parse().ok()? } else { return None }, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_points_in_time() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(CalendarTime::from_seconds(seconds).extended(), text);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [
            "",
            "20150830T123600",
            "20150830 123600Z",
            "20150230T123600Z",
            "20151330T123600Z",
            "20150800T123600Z",
            "20150830T243600Z",
            "20150830T126000Z",
            "20150830T123660Z",
            "2015083+T123600Z",
            "201508301T123600Z",
            "19691231T235959Z",
            "2015é830T123600Z",
        ] {
            assert_eq!(CalendarTime::parse_basic(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_and_seconds_agree(seconds in 0..253_402_300_800_u64) {
            let time = CalendarTime::from_seconds(seconds);
            prop_assert_eq!(time.seconds_since_1970(), seconds);
            prop_assert_eq!(CalendarTime::parse_basic(&time.basic()), Some(time));
        }
    }
}
