//! Devices in the middle of their lives, made from what the host knows.

use dukpt::{WorkingKeyType, aes, tdes};
use key_types::SecretKey;

pub(crate) fn secret_key(length: usize) -> SecretKey {
    SecretKey::filled_by(length, |bytes| {
        bytes.iter_mut().zip(0x11u8..).for_each(|(place, byte)| *place = byte.wrapping_mul(0x1D));
    })
    .expect("the length of a key")
}

pub(crate) fn tdes_bdk() -> tdes::Bdk {
    tdes::Bdk::new(&secret_key(16)).expect("16 bytes")
}

pub(crate) fn tdes_initial_key() -> tdes::InitialKey {
    let ksn = "FFFF9876543210E00000".parse().expect("a key serial number");
    tdes_bdk().initial_key(&ksn)
}

pub(crate) fn aes_initial_key(length: usize) -> aes::InitialKey {
    let bdk = aes::Bdk::new(&secret_key(length)).expect("the length of an AES key");
    bdk.initial_key(&"1234567890123456".parse().expect("an initial key id"))
}

/// The state of a device before `counter`, from what the host knows.
pub(crate) fn tdes_state_at(
    initial_key: &tdes::InitialKey,
    counter: tdes::Counter,
) -> [u8; tdes::Device::SAVED_LENGTH] {
    let mut state = [0; tdes::Device::SAVED_LENGTH];
    let (head, registers) = state.split_at_mut(11);
    head.copy_from_slice(b"\x31__________");
    let ksn = initial_key.initial_ksn().with_counter(counter.value());
    head.iter_mut().skip(1).zip(ksn.to_bytes()).for_each(|(to, from)| *to = from);
    for (register, value) in registers.chunks_mut(17).zip(register_counters(counter.value())) {
        if let Some(value) = value {
            fill(register, initial_key.transaction_key_of_any_counter(value).secret_key());
        }
    }
    state
}

/// Writes a key into a register of a saved state, and its check at the end.
fn fill(register: &mut [u8], key: &SecretKey) {
    register.iter_mut().zip(key.expose_secret()).for_each(|(to, from)| *to = *from);
    let check = register.iter().fold(0, |all, byte| all ^ byte);
    *register.last_mut().expect("registers have bytes") = check;
}

/// The counter of the key in each register before `counter`, and `None` for erased ones.
pub(crate) fn register_counters(counter: u32) -> impl Iterator<Item = Option<u32>> {
    (0..32).map(move |bit| {
        let lowest = counter & counter.wrapping_neg();
        let this = 1u32 << bit;
        let above = counter & !(this | (this - 1));
        (this == lowest || (this > lowest && counter & this == 0)).then_some(above | this)
    })
}

pub(crate) fn aes_device_at(initial_key: &aes::InitialKey, counter: aes::Counter) -> aes::Device {
    let state = aes_state_at(initial_key, counter);
    aes::Device::resume(&state).expect("a state that a device could have saved")
}

pub(crate) fn aes_state_at(
    initial_key: &aes::InitialKey,
    counter: aes::Counter,
) -> [u8; aes::Device::SAVED_LENGTH] {
    let mut state = [0; aes::Device::SAVED_LENGTH];
    let (head, registers) = state.split_at_mut(14);
    let length = initial_key.secret_key().length();
    let id = initial_key.initial_key_id().to_bytes();
    let head_bytes = [0x41, u8::try_from(length).expect("at most 32")].into_iter();
    let ksn = id.into_iter().chain(counter.value().to_be_bytes());
    head.iter_mut().zip(head_bytes.chain(ksn)).for_each(|(to, from)| *to = from);
    for (register, value) in registers.chunks_mut(33).zip(register_counters(counter.value())) {
        if let Some(value) = value {
            fill(register, initial_key.transaction_key_of_any_counter(value).secret_key());
        }
    }
    state
}

pub(crate) fn assert_same(key: &aes::TransactionKey, initial_key: &aes::InitialKey) {
    let direct = initial_key.transaction_key_of_any_counter(key.ksn().counter());
    assert_eq!(key.ksn(), direct.ksn());
    assert_eq!(key.secret_key().expose_secret(), direct.secret_key().expose_secret());
}

pub(crate) fn assert_same_update_key(device: &aes::Device, initial_key: &aes::InitialKey) {
    let in_device = device.update_key(WorkingKeyType::Aes128).expect("an update key");
    let in_host = initial_key.update_key(WorkingKeyType::Aes128).expect("an update key");
    assert_eq!(in_device.secret_key().expose_secret(), in_host.secret_key().expose_secret());
}
