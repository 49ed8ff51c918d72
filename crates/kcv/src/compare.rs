//! Whether two check values are those of one key.

use key_types::{Kcv, KcvMethod, KeyAlgorithm, SecretKey};
use subtle::ConstantTimeEq;

use crate::digits::{Letters, read};
use crate::{Error, compute};

/// Reads a check value as people write it: hex digits of either case, two for each byte.
///
/// ```
/// use key_types::KcvMethod;
///
/// let kcv = kcv::parse(KcvMethod::Cmac, "0a1b2c3d4e")?;
/// assert_eq!(kcv.to_string(), "0A1B2C3D4E");
/// # Ok::<(), kcv::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::KcvLength`] if there are fewer than 4 digits, an odd number or more than the method
/// allows, [`Error::KcvNotHex`] if a character is no digit.
pub fn parse(method: KcvMethod, digits: &str) -> Result<Kcv, Error> {
    read(method, digits, Letters::EitherCase)
}

/// Compares two check values, in constant time, over as many bytes as both have.
///
/// ```
/// use key_types::KcvMethod::{AnsiX924, Cmac};
///
/// let ours = kcv::parse(AnsiX924, "5C9405")?;
/// assert_eq!(kcv::compare(&ours, &kcv::parse(AnsiX924, "5c94")?), Ok(()));
/// assert!(kcv::compare(&ours, &kcv::parse(Cmac, "5C9405")?).is_err(), "by another method");
/// # Ok::<(), kcv::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::MethodsDiffer`] if they come from different methods, [`Error::KcvMismatch`] if they
/// are not equal.
pub fn compare(ours: &Kcv, theirs: &Kcv) -> Result<(), Error> {
    if ours.method() != theirs.method() {
        return Err(Error::MethodsDiffer { ours: ours.method(), theirs: theirs.method() });
    }
    let pairs = ours.as_bytes().iter().zip(theirs.as_bytes());
    let equal = pairs.fold(subtle::Choice::from(1), |equal, (a, b)| equal & a.ct_eq(b));
    if bool::from(equal) { Ok(()) } else { Err(Error::KcvMismatch) }
}

/// Compares the check value of a key with one that came from elsewhere, as hex digits of either
/// case.
///
/// ```
/// use key_types::{KcvMethod, KeyAlgorithm, SecretKey};
///
/// let key = SecretKey::copied_from(b"\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10")?;
/// let (algorithm, method) = (KeyAlgorithm::Tdes2Key, KcvMethod::AnsiX924);
/// assert_eq!(kcv::verify(&key, algorithm, method, "08d7b4"), Ok(()));
/// assert_eq!(kcv::verify(&key, algorithm, method, "08D7B5"), Err(kcv::Error::KcvMismatch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`parse`] for the digits and [`compute`](fn@compute) for the key; [`Error::KcvMismatch`] if
/// the key has another check value.
pub fn verify(
    key: &SecretKey,
    algorithm: KeyAlgorithm,
    method: KcvMethod,
    candidate: &str,
) -> Result<(), Error> {
    let theirs = parse(method, candidate)?;
    let ours = compute(key, algorithm, method, theirs.as_bytes().len())?;
    compare(&ours, &theirs)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refusals_name_their_rule() {
        let code = |digits| parse(KcvMethod::AnsiX924, digits).map_err(|error| error.code());
        assert_eq!(code(""), Err("KcvLength"));
        assert_eq!(code("5C"), Err("KcvLength"));
        assert_eq!(code("5C940"), Err("KcvLength"));
        assert_eq!(code("5C940500"), Err("KcvLength"));
        assert_eq!(code("5C94g5"), Err("KcvNotHex"));
        assert_eq!(code("5C94é"), Err("KcvNotHex"));
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(bytes: [u8; 5], length in 2usize..=5) {
            let kcv = Kcv::new(KcvMethod::Cmac, &bytes[..length]).unwrap();
            prop_assert_eq!(parse(KcvMethod::Cmac, &kcv.to_string()), Ok(kcv));
            prop_assert_eq!(parse(KcvMethod::Cmac, &kcv.to_string().to_lowercase()), Ok(kcv));
        }

        #[test]
        fn one_bit_makes_the_difference(bytes: [u8; 16], bit in 0usize..24) {
            let key = SecretKey::copied_from(&bytes).unwrap();
            let (algorithm, method) = (KeyAlgorithm::Tdes2Key, KcvMethod::AnsiX924);
            let kcv = compute(&key, algorithm, method, 3).unwrap();
            prop_assert_eq!(verify(&key, algorithm, method, &kcv.to_string()), Ok(()));
            let mut other = [0; 3];
            other.copy_from_slice(kcv.as_bytes());
            other[bit / 8] ^= 1 << (bit % 8);
            let other = Kcv::new(method, &other).unwrap();
            prop_assert_eq!(compare(&kcv, &other), Err(Error::KcvMismatch));
        }
    }
}
