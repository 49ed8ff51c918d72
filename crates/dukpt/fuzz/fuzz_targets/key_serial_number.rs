//! Texts that claim to be key serial numbers: none panics, and what is accepted is used alike by
//! host and iterator. What is refused for its counter still has a key by the forensic name.

#![no_main]

use dukpt::{Error, aes, tdes};
use key_types::{AesKeySerialNumber, SecretKey, TdesKeySerialNumber};
use libfuzzer_sys::fuzz_target;

fn tdes_key(ksn: &TdesKeySerialNumber) -> Result<(), Error> {
    let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x5B)).expect("16 bytes");
    let bdk = tdes::Bdk::new(&key)?;
    let any = bdk.initial_key(ksn).transaction_key_of_any_counter(ksn.counter());
    assert_eq!(any.ksn(), *ksn);
    if let Ok(next) = tdes::next_ksn_after_any(ksn) {
        assert!(next.counter() > ksn.counter() && tdes::Counter::of(&next).is_ok());
    }
    let counter = tdes::Counter::of(ksn)?;
    let direct = bdk.transaction_key(ksn)?;
    assert_eq!(direct.ksn(), *ksn);
    let initial_key = bdk.initial_key(ksn);
    let first = initial_key.transactions_from(counter).next().expect("the counter itself");
    assert_eq!(first.secret_key().expose_secret(), direct.secret_key().expose_secret());
    let next = tdes::next_ksn(ksn)?;
    assert!(next.counter() > ksn.counter() && tdes::Counter::of(&next).is_ok());
    Ok(())
}

fn aes_key(ksn: &AesKeySerialNumber) -> Result<(), Error> {
    let key = SecretKey::filled_by(32, |bytes| bytes.fill(0x5B)).expect("32 bytes");
    let bdk = aes::Bdk::new(&key)?;
    let any = bdk.initial_key(&ksn.initial_key_id()).transaction_key_of_any_counter(ksn.counter());
    assert_eq!(any.ksn(), *ksn);
    if let Ok(next) = aes::next_ksn_after_any(ksn) {
        assert!(next.counter() > ksn.counter() && aes::Counter::of(&next).is_ok());
    }
    let counter = aes::Counter::of(ksn)?;
    let direct = bdk.transaction_key(ksn)?;
    assert_eq!(direct.ksn(), *ksn);
    let initial_key = bdk.initial_key(&ksn.initial_key_id());
    let first = initial_key.transactions_from(counter).next().expect("the counter itself");
    assert_eq!(first.secret_key().expose_secret(), direct.secret_key().expose_secret());
    let next = aes::next_ksn(ksn)?;
    assert!(next.counter() > ksn.counter() && aes::Counter::of(&next).is_ok());
    Ok(())
}

fuzz_target!(|text: &str| {
    if let Ok(ksn) = tdes::ksn_from_unpadded(text) {
        assert!(ksn.to_string().ends_with(&text.to_uppercase()));
        let _ = tdes_key(&ksn);
        let _ = aes_key(&aes::ksn_of_compatibility_mode(&ksn));
    }
    if let Ok(ksn) = text.parse::<AesKeySerialNumber>() {
        let _ = aes_key(&ksn);
    }
});
