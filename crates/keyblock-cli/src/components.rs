//! A key in components whose XOR it is.

use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use key_types::SecretKey;

use crate::failure::Failure;

/// Splits a key into components: all but the last are random. Parity bits are random too.
pub(crate) fn split(key: &SecretKey, count: u8) -> Result<Vec<SecretKey>, Failure> {
    let failed = || Failure::refused("RandomnessFailed", "the source of randomness failed");
    let same_length = |fill: &mut dyn FnMut(&mut [u8])| {
        SecretKey::filled_by(key.length(), fill).map_err(|_| failed())
    };
    let mut last = same_length(&mut |bytes| bytes.copy_from_slice(key.expose_secret()))?;
    let mut components = Vec::new();
    for _ in 1..count {
        let mut drawn = Ok(());
        let component = same_length(&mut |bytes| drawn = SysRng.try_fill_bytes(bytes))?;
        drawn.map_err(|_| failed())?;
        last = same_length(&mut |bytes| {
            let pairs = last.expose_secret().iter().zip(component.expose_secret());
            for (byte, (one, other)) in bytes.iter_mut().zip(pairs) {
                *byte = one ^ other;
            }
        })?;
        components.push(component);
    }
    components.push(last);
    Ok(components)
}

#[cfg(test)]
mod tests {
    use key_types::KeyAlgorithm;

    use super::*;

    #[test]
    fn components_combine_to_their_key() {
        let key = SecretKey::filled_by(24, |bytes| bytes.fill(0x51)).unwrap();
        for count in 2..=5 {
            let components = split(&key, count).unwrap();
            assert_eq!(components.len(), usize::from(count));
            let whole = kcv::combine(KeyAlgorithm::Aes192, &components).unwrap();
            assert_eq!(whole.expose_secret(), key.expose_secret());
        }
    }
}
