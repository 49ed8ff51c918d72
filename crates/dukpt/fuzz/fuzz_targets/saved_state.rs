//! Bytes that claim to be the saved state of a device: what is taken up saves the same bytes, and
//! its next transaction leads to a state that is taken up again.

#![no_main]

use dukpt::{aes, tdes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut state = [0; tdes::Device::SAVED_LENGTH];
    state.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    if let Ok(mut device) = tdes::Device::resume(&state) {
        let mut again = [0; tdes::Device::SAVED_LENGTH];
        device.save(&mut again);
        assert!(again == state);
        if device.next_key().is_ok() {
            device.save(&mut again);
            assert!(tdes::Device::resume(&again).is_ok());
        }
    }
    let mut state = [0; aes::Device::SAVED_LENGTH];
    state.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    if let Ok(mut device) = aes::Device::resume(&state) {
        let mut again = [0; aes::Device::SAVED_LENGTH];
        device.save(&mut again);
        assert!(again == state);
        if device.next_key().is_ok() {
            device.save(&mut again);
            assert!(aes::Device::resume(&again).is_ok());
        }
    }
});
