//! Who verifies: each signature of a path goes through the verifier, and nothing else does.

use std::cell::RefCell;

use payment_pki::{
    Error, Policy, PublicKey, RustCrypto, SignatureAlgorithm, TrustAnchor, UnixTime, Verify, role,
    validate_with,
};

use crate::chains::{Chain, NOW, chains};

type Answer = fn(&PublicKey, SignatureAlgorithm, &[u8], &[u8]) -> Result<(), Error>;

/// Says of each signature what it is told to say, and remembers whose it was asked about.
struct Told {
    answer: Answer,
    asked: RefCell<Vec<PublicKey>>,
}

impl Verify for Told {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.asked.borrow_mut().push(key.clone());
        (self.answer)(key, algorithm, message, signature)
    }
}

fn judge<V: Verify>(chain: &Chain, verifier: &V) -> Result<(), Error> {
    let anchors = [TrustAnchor::<role::Signer>::new(chain.anchor.clone())];
    let (now, policy) = (UnixTime::from_seconds(NOW), Policy::strict());
    let Chain { leaf, intermediates, crls, .. } = chain;
    validate_with(verifier, leaf, intermediates, &anchors, crls, now, &policy).map(drop)
}

#[test]
fn a_verifier_is_asked_about_every_signature_and_believed() {
    let told = |answer: Answer| Told { answer, asked: RefCell::default() };
    let chains = chains();
    let chain = |name| chains.iter().find(|chain| chain.name == name).expect("a chain");
    let (good, listed) = (chain("good"), chain("not revoked"));

    // The leaf, the authority; then both lists.
    for (chain, number) in [(good, 2), (listed, 4)] {
        let honest = told(PublicKey::verify);
        assert_eq!(judge(chain, &honest), Ok(()));
        assert_eq!(judge(chain, &RustCrypto), Ok(()));
        let asked = honest.asked.into_inner();
        assert_eq!(asked.len(), number);
        let authority = chain.intermediates[0].public_key();
        let of_anchor = chain.anchor.public_key();
        assert!(asked.iter().all(|key| key == authority || key == of_anchor));
    }

    let refusing = told(|_, _, _, _| Err(Error::SignatureInvalid));
    assert_eq!(judge(good, &refusing), Err(Error::CertificateSignatureInvalid { index: 0 }));

    // One that takes everything changes nothing but signatures.
    let taking = told(|_, _, _, _| Ok(()));
    assert_eq!(judge(chain("bad signature"), &taking), Ok(()));
    for chain in &chains {
        if chain.name != "bad signature" {
            let here = judge(chain, &RustCrypto);
            let is_signature = matches!(here, Err(Error::CrlInvalid { .. }));
            assert!(is_signature || judge(chain, &taking) == here, "{}", chain.name);
        }
    }
}
