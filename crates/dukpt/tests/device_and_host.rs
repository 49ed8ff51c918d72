//! The two ends of DUKPT against each other: the host derives each key from the top, the device
//! walks its registers, and the iterator goes from key to key.

#[path = "device_and_host/lost_registers.rs"]
mod lost_registers;
#[path = "device_and_host/states.rs"]
mod states;

use dukpt::{Error, WorkingKeyType, aes, tdes};
use key_types::SecretKey;
use proptest::prelude::*;

use states::{
    aes_device_at, aes_initial_key, assert_same, assert_same_update_key, tdes_initial_key,
    tdes_state_at,
};

/// All 1,048,575 transactions of a device. Half of them are walked on each of two threads, the
/// second from a state saved in the middle.
#[test]
fn every_tdes_counter_gives_one_key_on_both_ends() {
    let middle = tdes::Counter::new(0x8_0000).expect("one bit");
    let walk = |mut device: tdes::Device, first: tdes::Counter, last: tdes::Counter| {
        let initial_key = tdes_initial_key();
        let (mut host, mut walked) = (initial_key.transactions_from(first), 0);
        loop {
            let counter = device.next_ksn().map(|ksn| ksn.counter());
            if counter.is_none_or(|counter| counter > last.value()) {
                return (walked, device);
            }
            let (ours, theirs) = (device.next_key().expect("a key"), host.next().expect("a key"));
            assert_eq!(ours.ksn(), theirs.ksn());
            let direct = initial_key.transaction_key_of_any_counter(ours.ksn().counter());
            assert_eq!(ours.secret_key().expose_secret(), direct.secret_key().expose_secret());
            assert_eq!(theirs.secret_key().expose_secret(), direct.secret_key().expose_secret());
            walked += 1;
        }
    };
    let before_middle = tdes::Counter::new(0x7_FE00).expect("ten bits");
    assert_eq!(before_middle.next(), Ok(middle));
    let upper = tdes_state_at(&tdes_initial_key(), middle);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            walk(tdes::Device::load(tdes_initial_key()), tdes::Counter::FIRST, before_middle)
        });
        let second = tdes::Device::resume(&upper).expect("a state");
        let (second_walked, mut exhausted) = walk(second, middle, tdes::Counter::LAST);
        let (first_walked, half_way) = first.join().expect("no panic");
        assert_eq!(first_walked + second_walked, 1_048_575);

        // The state in the middle is what the walk from the beginning leads to.
        let mut state = [0; tdes::Device::SAVED_LENGTH];
        half_way.save(&mut state);
        assert!(state == upper);

        assert_eq!(exhausted.next_ksn(), None);
        let refusal = Error::CounterExhausted { last: 0x1F_F800 };
        assert_eq!(exhausted.next_key().map(|_| ()), Err(refusal));
        exhausted.save(&mut state);
        assert!(state.iter().skip(11).all(|&byte| byte == 0), "no key is left at the end");
    });
}

/// The first 100,000 transactions of a device, for each size of BDK.
#[test]
fn many_aes_counters_give_one_key_on_both_ends() {
    std::thread::scope(|scope| {
        for length in [16, 24, 32] {
            scope.spawn(move || {
                let initial_key = aes_initial_key(length);
                let mut device = aes::Device::load(aes_initial_key(length));
                let mut keys = initial_key.transactions_from(aes::Counter::FIRST);
                while device.next_ksn().is_some_and(|ksn| ksn.counter() <= 100_000) {
                    assert_same(&device.next_key().expect("a key"), &initial_key);
                    assert_same(&keys.next().expect("a key"), &initial_key);
                }
            });
        }
    });
}

/// 65,536 counters spread over all of them, for each size of BDK: 4,096 devices taken up at some
/// counter, and the 16 transactions from there on.
#[test]
fn sampled_aes_counters_give_one_key_on_both_ends() {
    std::thread::scope(|scope| {
        for length in [16, 24, 32] {
            scope.spawn(move || {
                let initial_key = aes_initial_key(length);
                let mut seed = 0x2545_F491_4F6C_DD1Du64;
                for _ in 0..4096 {
                    // xorshift64: any spread will do, and the same one each time.
                    seed ^= seed << 13;
                    seed ^= seed >> 7;
                    seed ^= seed << 17;
                    let counter = u32::try_from(seed >> 32).expect("32 bits");
                    let counter = aes::Counter::after_any(counter).unwrap_or(aes::Counter::LAST);
                    let mut device = aes_device_at(&initial_key, counter);
                    for _ in 0..16 {
                        let Ok(key) = device.next_key() else { break };
                        assert_same(&key, &initial_key);
                    }
                }
            });
        }
    });
}

#[test]
fn an_aes_device_stops_after_its_last_counter_and_has_its_update_key() {
    for length in [16, 24, 32] {
        let initial_key = aes_initial_key(length);
        let nearly = aes::Counter::new(0xFFFE_8000).expect("sixteen bits");
        let mut device = aes_device_at(&initial_key, nearly);
        let mut counters = Vec::new();
        while let Ok(key) = device.next_key() {
            assert_same(&key, &initial_key);
            counters.push(key.ksn().counter());
        }
        assert_eq!(counters, [0xFFFE_8000, 0xFFFF_0000]);
        assert_eq!((device.next_ksn(), device.lost_registers()), (None, 0));
        let refusal = Err(Error::CounterExhausted { last: 0xFFFF_0000 });
        assert_eq!(device.next_key().map(|_| ()), refusal);
        assert_same_update_key(&device, &initial_key);

        let mut state = [0; aes::Device::SAVED_LENGTH];
        device.save(&mut state);
        let mut resumed = aes::Device::resume(&state).expect("its own state");
        assert_eq!(resumed.next_key().map(|_| ()), refusal);
        assert_same_update_key(&resumed, &initial_key);
        resumed.erase();
        let update_key = resumed.update_key(WorkingKeyType::Aes128).map(|_| ());
        assert_eq!(update_key, Err(Error::UpdateKeyLost));
    }
}

/// The counters on the way to the update key are those of transactions, too: before each of these,
/// its own register leads on, and after it the next one.
#[test]
fn the_update_key_is_there_around_each_counter_on_its_way() {
    let initial_key = aes_initial_key(32);
    for ones in 1..=16 {
        let counter = aes::Counter::new(!(u32::MAX >> ones)).expect("at most sixteen bits");
        let mut device = aes_device_at(&initial_key, counter);
        assert_same_update_key(&device, &initial_key);
        device.next_key().expect("a key");
        assert_same_update_key(&device, &initial_key);
    }
}

#[test]
fn an_erased_device_has_nothing_left() {
    let mut device = aes::Device::load(aes_initial_key(16));
    device.erase();
    assert_eq!(device.next_key().map(|_| ()).unwrap_err().code(), "CounterExhausted");
    let update_key = device.update_key(WorkingKeyType::Aes128).map(|_| ());
    assert_eq!(update_key.unwrap_err().code(), "UpdateKeyLost");
    let mut state = [0; aes::Device::SAVED_LENGTH];
    device.save(&mut state);
    assert!(state.iter().skip(14).all(|&byte| byte == 0));
    assert!(aes::Device::resume(&state).is_ok_and(|device| device.next_ksn().is_none()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_update_key_is_the_same_on_both_ends(counter: u32, length in 2usize..=4) {
        let initial_key = aes_initial_key(8 * length);
        let counter = aes::Counter::after_any(counter).unwrap_or(aes::Counter::LAST);
        let device = aes_device_at(&initial_key, counter);
        for key_type in WorkingKeyType::ALL {
            match (device.update_key(key_type), initial_key.update_key(key_type)) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(
                    ours.secret_key().expose_secret(),
                    theirs.secret_key().expose_secret()
                ),
                (ours, theirs) => prop_assert_eq!(ours.map(|_| ()), theirs.map(|_| ())),
            }
        }
    }

    #[test]
    fn keys_of_different_purposes_differ(counter in 1u32..0x1F_F800) {
        let key = tdes_initial_key().transaction_key_of_any_counter(counter);
        assert_all_differ(&[
            key.secret_key(),
            key.pin_key().secret_key(),
            key.mac_request_key().secret_key(),
            key.mac_response_key().secret_key(),
            key.data_request_key().secret_key(),
            key.data_response_key().secret_key(),
            key.data_request_key_without_one_way_step().secret_key(),
            key.data_response_key_without_one_way_step().secret_key(),
        ]);
        let key = aes_initial_key(32).transaction_key_of_any_counter(counter);
        for key_type in WorkingKeyType::ALL {
            assert_all_differ(&[
                key.secret_key(),
                key.pin_key(key_type)?.secret_key(),
                key.mac_request_key(key_type)?.secret_key(),
                key.mac_response_key(key_type)?.secret_key(),
                key.mac_both_ways_key(key_type)?.secret_key(),
                key.data_request_key(key_type)?.secret_key(),
                key.data_response_key(key_type)?.secret_key(),
                key.data_both_ways_key(key_type)?.secret_key(),
                key.key_encryption_key(key_type)?.secret_key(),
                key.key_derivation_key(key_type)?.secret_key(),
            ]);
        }
    }

    #[test]
    fn a_saved_device_goes_on_where_it_was(steps in 0usize..200) {
        let mut device = tdes::Device::load(tdes_initial_key());
        for _ in 0..steps {
            device.next_key()?;
        }
        let mut state = [0; tdes::Device::SAVED_LENGTH];
        device.save(&mut state);
        let mut resumed = tdes::Device::resume(&state)?;
        for _ in 0..3 {
            let (ours, theirs) = (device.next_key()?, resumed.next_key()?);
            prop_assert_eq!(ours.ksn(), theirs.ksn());
            let (ours, theirs) = (ours.secret_key(), theirs.secret_key());
            prop_assert_eq!(ours.expose_secret(), theirs.expose_secret());
        }
    }

}

fn assert_all_differ(keys: &[&SecretKey]) {
    for (number, key) in keys.iter().enumerate() {
        for other in keys.iter().take(number) {
            assert_ne!(key.expose_secret(), other.expose_secret());
        }
    }
}
