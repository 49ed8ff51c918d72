//! Registers that are damaged or lost: a device goes on without them, and nothing comes back.

use dukpt::{Error, WorkingKeyType, aes, tdes};
use key_types::AesKeySerialNumber;
use proptest::prelude::*;

use crate::states::{
    aes_initial_key, aes_state_at, assert_same, register_counters, tdes_initial_key, tdes_state_at,
};

/// A lost register takes with it all that would have come from it: here a quarter of all keys, and
/// the last key there is.
#[test]
fn a_device_ends_early_where_its_last_registers_are_lost() {
    let initial_key = tdes_initial_key();
    let nearly = tdes::Counter::new(0x07_FE00).expect("ten bits");
    let mut state = tdes_state_at(&initial_key, nearly);
    damage(&mut state[11..], 17, 1 << 19);
    let mut device = tdes::Device::resume(&state).expect("a state with a damaged register");
    assert_eq!(device.lost_registers(), 1);
    let counters = [(); 2].map(|()| device.next_key().expect("a key").ksn().counter());
    assert_eq!(counters, [0x07_FE00, 0x10_0000]);
    assert_eq!(device.lost_registers(), 0, "the lost register has had its turn");

    let mut state = tdes_state_at(&initial_key, tdes::Counter::LAST);
    damage(&mut state[11..], 17, 1 << 11);
    let mut device = tdes::Device::resume(&state).expect("a state with a damaged register");
    assert_eq!(device.next_key().map(|_| ()).unwrap_err().code(), "CounterExhausted");

    let initial_key = aes_initial_key(16);
    let mut state = aes_state_at(&initial_key, aes::Counter::LAST);
    damage(&mut state[14..], 33, 1 << 16);
    let device = aes::Device::resume(&state).expect("a state with a damaged register");
    assert_eq!(device.next_ksn(), None);
    let update_key = device.update_key(WorkingKeyType::Aes128).map(|_| ());
    assert_eq!(update_key, Err(Error::UpdateKeyLost));
}

/// Changes a byte of each register in `which`, and gives the bits of those that held a key.
fn damage(registers: &mut [u8], length: usize, which: u32) -> u32 {
    let mut damaged = 0;
    for (bit, register) in registers.chunks_mut(length).enumerate() {
        let holds_key = register.iter().any(|&byte| byte != 0);
        if let Some(byte) = register.get_mut(3).filter(|_| holds_key && which >> bit & 1 == 1) {
            *byte ^= 0x40;
            damaged |= 1 << bit;
        }
    }
    damaged
}

/// The counters of a device that begins at `counter` without the `damaged` registers: those whose
/// keys do not come from them.
fn counters_left(counter: u32, damaged: u32, next: impl Fn(u32) -> Option<u32>) -> Vec<u32> {
    let lost: Vec<_> = register_counters(counter)
        .enumerate()
        .filter_map(|(bit, value)| value.filter(|_| damaged >> bit & 1 == 1))
        .collect();
    let is_lost = |counter: u32| {
        let lowest = |value: u32| value & value.wrapping_neg();
        lost.iter().any(|&above| counter & !(lowest(above) - 1) == above)
    };
    let all = std::iter::successors(Some(counter), |&counter| next(counter));
    all.filter(|&counter| !is_lost(counter)).take(100).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tdes_keys_that_were_handed_out_or_lost_never_come_back(
        counter in 1u32..0x1F_F000, steps in 1usize..40, which in 0u32..0x200,
    ) {
        let initial_key = tdes_initial_key();
        let counter = tdes::Counter::after_any(counter).expect("not the last one");
        let mut state = tdes_state_at(&initial_key, counter);
        let whole: Vec<_> = state[11..].chunks(17).map(|register| register[..16].to_vec()).collect();
        let damaged = damage(&mut state[11..], 17, which);
        let is_damaged = |bit: usize| damaged >> bit & 1 == 1;
        let lost = (0..21).filter(|&bit| is_damaged(bit));
        let mut gone: Vec<_> = lost.map(|bit| whole[bit].clone()).collect();
        let mut device = tdes::Device::resume(&state)?;
        for _ in 0..steps {
            let Ok(key) = device.next_key() else { break };
            let key = key.secret_key().expose_secret().to_vec();
            prop_assert!(!gone.contains(&key));
            gone.push(key);
            device.save(&mut state);
            for register in state[11..].chunks(17) {
                prop_assert!(!gone.iter().any(|key| key == &register[..16]));
            }
        }
    }

    #[test]
    fn aes_keys_that_were_handed_out_or_lost_never_come_back(
        counter: u32, steps in 1usize..40, which in 0u32..0x200,
    ) {
        let initial_key = aes_initial_key(32);
        let counter = aes::Counter::after_any(counter).unwrap_or(aes::Counter::LAST);
        let mut state = aes_state_at(&initial_key, counter);
        let whole: Vec<_> = state[14..].chunks(33).map(|register| register[..32].to_vec()).collect();
        let damaged = damage(&mut state[14..], 33, which);
        let is_damaged = |bit: usize| damaged >> bit & 1 == 1;
        let lost = (0..32).filter(|&bit| is_damaged(bit));
        let mut gone: Vec<_> = lost.map(|bit| whole[bit].clone()).collect();
        let mut device = aes::Device::resume(&state)?;
        for _ in 0..steps {
            let Ok(key) = device.next_key() else { break };
            let key = key.secret_key().expose_secret().to_vec();
            prop_assert!(!gone.contains(&key));
            gone.push(key);
            device.save(&mut state);
            for register in state[14..].chunks(33) {
                prop_assert!(!gone.iter().any(|key| key == &register[..32]));
            }
        }
    }

    #[test]
    fn a_tdes_device_skips_what_is_lost_and_nothing_else(
        counter in 1u32..0x1F_F800, which in 0u32..0x400,
    ) {
        let initial_key = tdes_initial_key();
        let counter = tdes::Counter::after_any(counter).expect("not the last one");
        let mut state = tdes_state_at(&initial_key, counter);
        let damaged = damage(&mut state[11..], 17, which);
        let left = counters_left(counter.value(), damaged, |counter| {
            tdes::Counter::after_any(counter).ok().map(tdes::Counter::value)
        });
        let mut device = tdes::Device::resume(&state)?;
        for counter in left {
            prop_assert_eq!(device.next_ksn().map(|ksn| ksn.counter()), Some(counter));
            let (key, direct) = (device.next_key()?, initial_key.transaction_key_of_any_counter(counter));
            let (ours, theirs) = (key.secret_key(), direct.secret_key());
            prop_assert_eq!(ours.expose_secret(), theirs.expose_secret());
        }
    }

    #[test]
    fn an_aes_device_skips_what_is_lost_and_nothing_else(counter: u32, which in 0u32..0x400) {
        let initial_key = aes_initial_key(24);
        let counter = aes::Counter::after_any(counter).unwrap_or(aes::Counter::LAST);
        let mut state = aes_state_at(&initial_key, counter);
        let damaged = damage(&mut state[14..], 33, which);
        let left = counters_left(counter.value(), damaged, |counter| {
            aes::Counter::after_any(counter).ok().map(aes::Counter::value)
        });
        let mut device = aes::Device::resume(&state)?;
        for counter in left {
            prop_assert_eq!(device.next_ksn().map(|ksn| ksn.counter()), Some(counter));
            assert_same(&device.next_key()?, &initial_key);
        }
    }

    #[test]
    fn a_register_too_many_is_refused_and_one_too_few_is_lost(steps in 0usize..200, bit in 0usize..21) {
        let mut device = tdes::Device::load(tdes_initial_key());
        for _ in 0..steps {
            device.next_key()?;
        }
        let mut state = [0; tdes::Device::SAVED_LENGTH];
        device.save(&mut state);
        let at = 11 + 17 * bit;
        let register = state.get_mut(at..at + 17).expect("a register");
        if register.iter().all(|&byte| byte == 0) {
            register[15] = 1;
            prop_assert_eq!(tdes::Device::resume(&state).map(|_| ()), Err(Error::SavedState { at }));
        } else {
            register.fill(0);
            let resumed = tdes::Device::resume(&state)?;
            let was_next = device.next_ksn() != resumed.next_ksn();
            prop_assert_eq!(resumed.lost_registers(), usize::from(!was_next));
        }
    }

    #[test]
    fn what_was_resumed_saves_a_state_that_stays_the_same(bytes: Vec<u8>, counter: u32) {
        let ksn = AesKeySerialNumber::from_bytes([0x5B; 12]).with_counter(counter);
        let mut state = [0; aes::Device::SAVED_LENGTH];
        state.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        state[..2].copy_from_slice(&[0x41, 16]);
        state[2..14].copy_from_slice(&ksn.to_bytes());
        if let Ok(device) = aes::Device::resume(&state) {
            let mut again = [0; aes::Device::SAVED_LENGTH];
            device.save(&mut state);
            aes::Device::resume(&state)?.save(&mut again);
            prop_assert!(again == state);
        }
    }
}
