//! Bytes that claim to be the saved state of a device: what is taken up saves a state that stays
//! the same, and so does its next transaction. Each register gets the check it needs, since no
//! fuzzer finds that alone; what is wrong is to be found behind it.

#![no_main]

use dukpt::{WorkingKeyType, aes, tdes};
use libfuzzer_sys::fuzz_target;

/// A state from arbitrary bytes: as many as there are, with the check behind each register; every
/// eighth register by its first byte keeps the check it came with.
fn state<const LENGTH: usize>(bytes: &[u8], begin: usize, register: usize) -> [u8; LENGTH] {
    let mut state = [0; LENGTH];
    state.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    for register in state[begin..].chunks_mut(register) {
        if let [key @ .., check] = register
            && key.first().is_some_and(|byte| byte % 8 != 7)
        {
            *check = key.iter().fold(0, |all, byte| all ^ byte);
        }
    }
    state
}

fn tdes_device(bytes: &[u8]) -> Result<(), dukpt::Error> {
    let mut state = state(bytes, 11, 17);
    let mut device = tdes::Device::resume(&state)?;
    for _ in 0..3 {
        let mut again = [0; tdes::Device::SAVED_LENGTH];
        device.save(&mut state);
        tdes::Device::resume(&state).expect("its own state").save(&mut again);
        assert!(again == state);
        let next = device.next_ksn();
        assert_eq!(Some(device.next_key()?.ksn()), next);
    }
    Ok(())
}

fn aes_device(bytes: &[u8]) -> Result<(), dukpt::Error> {
    let mut state = state(bytes, 14, 33);
    let mut device = aes::Device::resume(&state)?;
    for _ in 0..3 {
        let mut again = [0; aes::Device::SAVED_LENGTH];
        device.save(&mut state);
        aes::Device::resume(&state).expect("its own state").save(&mut again);
        assert!(again == state);
        let _ = device.update_key(WorkingKeyType::Aes128);
        let next = device.next_ksn();
        assert_eq!(Some(device.next_key()?.ksn()), next);
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    let _ = tdes_device(bytes);
    let _ = aes_device(bytes);
});
