//! The key serial number of the next transaction, and the 80-bit compatibility mode.

use key_types::{AesKeySerialNumber, TdesKeySerialNumber};

use super::Counter;
use crate::Error;

/// The key serial number of the transaction after this one; after that of the initial key, the
/// first.
///
/// ```
/// let ksn = "12345678901234560001FFFE".parse()?;
/// assert_eq!(dukpt::aes::next_ksn(&ksn)?.to_string(), "123456789012345600020000");
/// # Ok::<(), dukpt::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::CounterExhausted`] after the last counter, [`Error::CounterTooManyOnes`] or
/// [`Error::UpdateCounterReserved`] if no transaction has the counter.
///
/// Standard: ANSI X9.24-3:2017, 6.1 and 6.5.2.
pub fn next_ksn(ksn: &AesKeySerialNumber) -> Result<AesKeySerialNumber, Error> {
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
/// let ksn = "12345678901234560001FFFF".parse()?;
/// assert_eq!(dukpt::aes::next_ksn_after_any(&ksn)?.to_string(), "123456789012345600020000");
/// assert!(dukpt::aes::next_ksn(&ksn).is_err(), "no device has this counter");
/// # Ok::<(), dukpt::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::CounterExhausted`] if there is none.
pub fn next_ksn_after_any(ksn: &AesKeySerialNumber) -> Result<AesKeySerialNumber, Error> {
    Ok(ksn.with_counter(Counter::after_any(ksn.counter())?.value()))
}

/// Reads the 80-bit key serial number of an AES device in compatibility mode: the initial key id
/// is a zero digit and the first 60 bits with the counter cleared, the counter has 21 bits.
///
/// Nothing in 10 bytes tells such a number from one of TDES DUKPT, so who means it says so here.
/// Ids of this mode should begin with `0E`.
///
/// ```
/// use dukpt::aes::ksn_of_compatibility_mode;
///
/// let ksn = ksn_of_compatibility_mode(&"0E111111112222200001".parse()?);
/// assert_eq!(ksn.initial_key_id().to_string(), "00E1111111122222");
/// assert_eq!(ksn.counter(), 1);
/// # Ok::<(), dukpt::Error>(())
/// ```
///
/// Standard: ANSI X9.24-3:2017 (KSN compatibility mode).
#[must_use]
pub fn ksn_of_compatibility_mode(ksn: &TdesKeySerialNumber) -> AesKeySerialNumber {
    let [a, b, c, d, e, f, g, h, ..] = ksn.initial().to_bytes();
    // Four bits to the right: a zero digit comes in, and 60 bits stay.
    let id = u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 4;
    let [a, b, c, d, e, f, g, h] = id.to_be_bytes();
    AesKeySerialNumber::from_bytes([a, b, c, d, e, f, g, h, 0, 0, 0, 0]).with_counter(ksn.counter())
}
