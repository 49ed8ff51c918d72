//! The key serial number of the next transaction, and texts that lack their padding.

use key_types::TdesKeySerialNumber;

use super::Counter;
use crate::Error;

/// The key serial number of the transaction after this one; after that of the initial key, the
/// first.
///
/// ```
/// let ksn = "FFFF9876543210E007FE".parse()?;
/// assert_eq!(dukpt::tdes::next_ksn(&ksn)?.to_string(), "FFFF9876543210E00800");
/// # Ok::<(), dukpt::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::CounterExhausted`] after the last counter, [`Error::CounterTooManyOnes`] if no device
/// uses the counter.
///
/// Standard: ANSI X9.24-1:2009, A.3.
pub fn next_ksn(ksn: &TdesKeySerialNumber) -> Result<TdesKeySerialNumber, Error> {
    let next = match ksn.counter() {
        0 => Counter::FIRST,
        value => Counter::new(value)?.next()?,
    };
    Ok(ksn.with_counter(next.value()))
}

/// The key serial number with the first counter a device uses after this one, which need not be
/// one itself: for records of devices that count wrong.
///
/// ```
/// let ksn = "FFFF9876543210E007FF".parse()?;
/// assert_eq!(dukpt::tdes::next_ksn_after_any(&ksn)?.to_string(), "FFFF9876543210E00800");
/// assert!(dukpt::tdes::next_ksn(&ksn).is_err(), "no device has this counter");
/// # Ok::<(), dukpt::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::CounterExhausted`] if there is none.
pub fn next_ksn_after_any(ksn: &TdesKeySerialNumber) -> Result<TdesKeySerialNumber, Error> {
    Ok(ksn.with_counter(Counter::after_any(ksn.counter())?.value()))
}

/// Reads a key serial number that was written without its padding: 16, 18 or 20 hex digits, to
/// which `F` is added on the left.
///
/// Terminals send this form, and nothing in it tells a shortened number from a wrong one. So
/// parsing a [`TdesKeySerialNumber`] refuses it, and who means it says so here.
///
/// ```
/// let ksn = dukpt::tdes::ksn_from_unpadded("9876543210E00001")?;
/// assert_eq!(ksn.to_string(), "FFFF9876543210E00001");
/// # Ok::<(), dukpt::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::KeySerialNumber`] if there are other digits or another number of them.
pub fn ksn_from_unpadded(text: &str) -> Result<TdesKeySerialNumber, Error> {
    let mut padded = [b'F'; 20];
    let place = match text.len() {
        length @ (16 | 18) if text.is_ascii() => padded.get_mut(20 - length..),
        _ => None,
    };
    let Some(place) = place else {
        return Ok(text.parse()?);
    };
    place.copy_from_slice(text.as_bytes());
    // The padding and an ASCII text are text; the parser says whether they are hex.
    Ok(core::str::from_utf8(&padded).unwrap_or(text).parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_bytes_may_be_missing() {
        let code = |text| ksn_from_unpadded(text).map(|_| ()).map_err(|error| error.code());
        assert_eq!(code("9876543210E00001"), Ok(()));
        assert_eq!(code("FF9876543210E00001"), Ok(()));
        assert_eq!(code("FFFF9876543210E00001"), Ok(()));
        assert_eq!(code("876543210E0001"), Err("KsnLength"));
        assert_eq!(code("FFFFFF9876543210E00001"), Err("KsnLength"));
        assert_eq!(code("FFF9876543210E00001"), Err("KsnNotHex"));
        assert_eq!(code("9876543210EZ0001"), Err("KsnNotHex"));
        assert_eq!(code("98765432é0E0001"), Err("KsnNotHex"));
        assert_eq!(code(""), Err("KsnLength"));
    }
}
