//! Times on the command line and in answers: RFC 3339, in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use der::DateTime;
use payment_pki::UnixTime;

/// Reads a time as `2026-06-01T12:00:00Z`.
pub(crate) fn parse(text: &str) -> Result<UnixTime, &'static str> {
    let time: DateTime = text.parse().map_err(|_| "a time is YYYY-MM-DDThh:mm:ssZ")?;
    Ok(UnixTime::from_seconds(time.unix_duration().as_secs()))
}

/// The time that is asked for, or that of the system.
pub(crate) fn or_now(time: Option<UnixTime>) -> UnixTime {
    time.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime::from_seconds(since.as_secs())
    })
}

/// Writes a time as it is read.
pub(crate) fn text(time: UnixTime) -> String {
    let seconds = time.seconds();
    DateTime::from_unix_duration(Duration::from_secs(seconds))
        .map_or_else(|_| format!("{seconds} s after 1970"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let written = "2026-06-01T12:00:00Z";
        assert_eq!(text(parse(written).unwrap()), written);
        assert!(parse("2026-06-01").is_err());
    }
}
