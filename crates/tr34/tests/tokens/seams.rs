//! Who encrypts content keys and who vouches for signatures, where it is not this crate.

use key_types::SecretKey;
use rand_core::TryCryptoRng;
use rsa_wrap::{EncryptionFailed, OaepEncrypt, Recipient, RustCrypto, WrappingSpec};
use tr34::{Binding, Error, KeyHeader, KeyTokenSpec, KtKdh, Policy};

use crate::support::{NOW, Pattern, WORLD};

/// Encrypts by the crate, or not at all.
struct Device {
    is_there: bool,
}

impl OaepEncrypt for Device {
    fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        recipient: &Recipient,
        spec: WrappingSpec,
        key: &SecretKey,
        random: &mut R,
    ) -> Result<Vec<u8>, EncryptionFailed> {
        if !self.is_there {
            return Err(EncryptionFailed);
        }
        // A device has randomness of its own.
        let _ = random;
        RustCrypto.encrypt(recipient, spec, key, &mut Pattern::after(b"of its own"))
    }
}

#[test]
fn a_token_whose_content_key_a_device_encrypted_opens() {
    let key = SecretKey::copied_from(b"a key of 16 byte").unwrap();
    let header = KeyHeader::parse("D0112K0TB00E0000").unwrap();
    let (host, receiver) = (WORLD.sender(), WORLD.trusted_krd(2048));
    let spec = KeyTokenSpec::one_pass(NOW);
    let wrap = |is_there| {
        let device = Device { is_there };
        let host = host.encrypting_by(&device);
        host.wrap(&key, &header, &receiver, &spec, NOW, &mut Pattern::new())
    };
    let failed = Error::Recipient(rsa_wrap::Error::RandomnessFailed);
    assert_eq!(wrap(false).unwrap_err(), failed);

    let token = wrap(true).unwrap().signed_by(&WORLD.signing_key(), &mut Pattern::new()).unwrap();
    let usual = host.wrap(&key, &header, &receiver, &spec, NOW, &mut Pattern::new()).unwrap();
    let usual = usual.signed_by(&WORLD.signing_key(), &mut Pattern::new()).unwrap();
    assert_ne!(token, usual, "the seed is another");

    let krd = WORLD.receiver(2048, Policy::strict());
    let mut binding = Binding::to(WORLD.kdh.clone());
    let verified = krd.verify(&mut binding, &KtKdh::parse(&token).unwrap(), NOW).unwrap();
    let received = verified.open(&WORLD.private_key(2048), &mut Pattern::new()).unwrap();
    assert_eq!(received.key().expose_secret(), key.expose_secret());
}

#[test]
fn a_signature_that_nobody_verifies_is_taken_as_it_is() {
    let key = SecretKey::copied_from(b"a key of 16 byte").unwrap();
    let header = KeyHeader::parse("D0112K0TB00E0000").unwrap();
    let spec = KeyTokenSpec::one_pass(NOW);
    let receiver = WORLD.trusted_krd(2048);
    let unsigned =
        WORLD.sender().wrap(&key, &header, &receiver, &spec, NOW, &mut Pattern::new()).unwrap();
    let token = unsigned.clone().signed_by(&WORLD.signing_key(), &mut Pattern::new()).unwrap();
    let signature = token[token.len() - 256..].to_vec();
    assert_eq!(unsigned.clone().with_unverified_signature(&signature), token);

    let faulty = [&signature[..255], &[signature[255] ^ 1]].concat();
    assert_eq!(unsigned.clone().signed(&faulty).unwrap_err(), Error::SignatureInvalid);
    let token = unsigned.with_unverified_signature(&faulty);
    let krd = WORLD.receiver(2048, Policy::strict());
    let mut binding = Binding::to(WORLD.kdh.clone());
    let refused = krd.verify(&mut binding, &KtKdh::parse(&token).unwrap(), NOW).map(drop);
    assert_eq!(refused.unwrap_err(), Error::SignatureInvalid);
}
