//! Points in time as the API writes them.

use serde::{Deserialize, Serialize, Serializer};

/// A point in time: milliseconds since the start of 1970, UTC.
///
/// On the wire it is a JSON number of seconds with a fraction; [`wire_seconds`] writes it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp {
    milliseconds: u64,
}

impl Timestamp {
    /// The point so many milliseconds after the start of 1970.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: u64) -> Self {
        Self { milliseconds }
    }

    /// Milliseconds since the start of 1970.
    #[must_use]
    pub const fn milliseconds(self) -> u64 {
        self.milliseconds
    }

    /// The point `days` later; the far end of the range stays where it is.
    #[must_use]
    pub const fn plus_days(self, days: u16) -> Self {
        const DAY: u64 = 24 * 60 * 60 * 1000;
        // `u64::from` is not yet const, and a `u16` always fits.
        #[allow(clippy::as_conversions)]
        let span = DAY.saturating_mul(days as u64);
        Self { milliseconds: self.milliseconds.saturating_add(span) }
    }
}

/// Writes a point in time as seconds with a fraction, the form of the protocol.
pub(crate) fn wire_seconds<S: Serializer>(
    time: &Timestamp,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    // Milliseconds of this millennium are far below 2^53, so the quotient is exact enough.
    #[allow(clippy::as_conversions)]
    let seconds = time.milliseconds as f64 / 1000.0;
    serializer.serialize_f64(seconds)
}

/// As [`wire_seconds`], for a member that may be absent.
pub(crate) fn optional_wire_seconds<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => wire_seconds(time, serializer),
        None => serializer.serialize_none(),
    }
}
