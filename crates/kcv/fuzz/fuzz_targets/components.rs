//! Bytes that claim to be components, or a key: none panics, and the XOR of a key and all its
//! components but one is that one.

#![no_main]

use key_types::{KcvMethod, KeyAlgorithm, SecretKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[algorithm, length], bytes)) = bytes.split_first_chunk() else { return };
    let algorithms = KeyAlgorithm::ALL;
    let algorithm = algorithms[usize::from(algorithm) % algorithms.len()];
    // Mostly the length that is asked for, since no fuzzer has much luck with three at once.
    let length = match length {
        0..64 => usize::from(length) + 1,
        _ => algorithm.key_length().unwrap_or(16),
    };
    let components: Vec<_> =
        bytes.chunks(length).map(|bytes| SecretKey::copied_from(bytes).expect("bytes")).collect();
    for key in &components {
        for method in [KcvMethod::AnsiX924, KcvMethod::Cmac, KcvMethod::AesEcbZeros] {
            if let Ok(value) = kcv::compute(key, algorithm, method, 3) {
                assert_eq!(kcv::verify(key, algorithm, method, &value.to_string()), Ok(()));
            }
        }
        assert!(kcv::findings(key, algorithm).count() <= 8);
        if let Ok(odd) = kcv::with_odd_parity(key, algorithm) {
            assert_eq!(kcv::has_odd_parity(&odd, algorithm), Ok(true));
        }
    }
    let Ok(key) = kcv::combine(algorithm, &components) else { return };
    let [first, others @ ..] = components.as_slice() else { return };
    let mut sum = key.expose_secret().to_vec();
    for component in others {
        sum.iter_mut().zip(component.expose_secret()).for_each(|(sum, byte)| *sum ^= byte);
    }
    assert_eq!(sum, first.expose_secret());
});
