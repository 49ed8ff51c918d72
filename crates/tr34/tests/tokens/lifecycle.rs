//! A receiver's life: bound, keyed, handed over, let go; by its sender and by its authority.

use payment_pki::UnixTime;
use tr34::{
    Binding, ContentForm, CtKdh, CtKrd, Error, Identity, KeyTokenSpec, KtKdh, Nonce, Policy, RbtCa,
    RbtKdh, RtKrd, Token, UbtCa, UbtKdh,
};

use crate::support::{NOW, Pattern, WORLD};

const KEY: (&[u8], &str) = (b"a key of 16 byte", "D0112K0TB00E0000");

fn own() -> Identity {
    Identity::of(&WORLD.krd_certificate(2048))
}

/// The tokens of an authority are signed by whom the device knows as such; here, one whose private
/// key is among the vectors.
const AUTHORITY: u64 = 3072;

#[test]
fn a_receiver_is_bound_keyed_handed_over_and_let_go() {
    let (krd, sender) = (WORLD.receiver(2048, Policy::strict()), WORLD.sender());
    let (key, mut random) = (WORLD.signing_key(), Pattern::new());
    let mut binding = Binding::unbound();
    assert_eq!(krd.identity(), &own());

    // Nothing goes before there is a sender.
    let early = WORLD.token(2048, KEY, &KeyTokenSpec::one_pass(NOW));
    let early = KtKdh::parse(&early).unwrap();
    assert_eq!(krd.verify(&mut binding, &early, NOW).unwrap_err(), Error::NotBound);

    let credential = CtKdh::new(sender.certificate().clone(), WORLD.crl.clone()).unwrap().to_der();
    assert_eq!(Token::parse(&credential).unwrap().kind(), "CT_KDH");
    let credential = CtKdh::parse(&credential).unwrap();
    krd.bind(&mut binding, &credential, NOW).unwrap();
    assert_eq!(krd.bind(&mut binding, &credential, NOW).unwrap_err(), Error::AlreadyBound);

    // Two passes.
    let request = binding.request_token(&mut random).unwrap().to_der();
    let spec = KeyTokenSpec::two_pass(RtKrd::parse(&request).unwrap().into_nonce());
    let der = WORLD.token(2048, KEY, &spec);
    let verified = krd.verify(&mut binding, &KtKdh::parse(&der).unwrap(), NOW).unwrap();
    let received = verified.open(&WORLD.private_key(2048), &mut random).unwrap();
    assert_eq!(received.key().expose_secret(), KEY.0);

    // Handed over, in both forms.
    for form in [ContentForm::Sequence, ContentForm::ContentsOnly] {
        let mut binding = Binding::to(WORLD.kdh.clone());
        let nonce = binding.request_token(&mut random).unwrap().into_nonce();
        let unsigned = RbtKdh::unsigned(&sender, &own(), &WORLD.kdh_2, &nonce, form);
        let der = unsigned.signed_by(&key, &mut random).unwrap();
        assert_eq!(Token::parse(&der).unwrap().kind(), "RBT_KDH");
        let token = RbtKdh::parse(&der).unwrap();
        assert_eq!(token.form(), form);
        krd.rebind(&mut binding, &token, NOW).unwrap();
        assert_eq!(binding.sender(), Some(&WORLD.kdh_2));
        assert_eq!(krd.rebind(&mut binding, &token, NOW).unwrap_err(), Error::SignerMismatch);
    }

    // Let go.
    let nonce = binding.request_token(&mut random).unwrap().into_nonce();
    let der = UbtKdh::unsigned(&sender, &own(), &nonce).signed_by(&key, &mut random).unwrap();
    assert_eq!(Token::parse(&der).unwrap().kind(), "UBT_KDH");
    let token = UbtKdh::parse(&der).unwrap();
    krd.unbind(&mut binding, &token, NOW).unwrap();
    assert!(binding.sender().is_none());
    assert_eq!(krd.unbind(&mut binding, &token, NOW).unwrap_err(), Error::NotBound);
    krd.bind(&mut binding, &credential, NOW).unwrap();
    assert_eq!(krd.unbind(&mut binding, &token, NOW).unwrap_err(), Error::NonceMismatch);
}

#[test]
fn an_authority_lets_go_and_hands_over_once() {
    let authority = WORLD.krd_certificate(AUTHORITY);
    let krd = WORLD.receiver(2048, Policy::strict()).with_authority(authority.clone());
    let (key, mut random) = (WORLD.krd_signing_key(AUTHORITY), Pattern::new());
    let (first, second) = (Identity::of(&WORLD.kdh), Identity::of(&WORLD.kdh_2));

    let unbind = UbtCa::unsigned(&authority, &own(), &first);
    assert_eq!(unbind.message().len(), own().issuer_der().len() * 2 + 2 * (2 + 5 + 2));
    let unbind = unbind.signed_by(&key, &mut random).unwrap();
    assert_eq!(Token::parse(&unbind).unwrap().kind(), "UBT_CA");
    let unbind = UbtCa::parse(&unbind).unwrap();
    assert!(!unbind.has_signed_attributes());
    let mut binding = Binding::to(WORLD.kdh.clone());
    krd.unbind_by_authority(&mut binding, &unbind, NOW).unwrap();
    assert!(binding.sender().is_none());

    // Bound again, the same token is of no use; nor is it elsewhere.
    let credential = CtKdh::new(WORLD.kdh.clone(), WORLD.crl.clone()).unwrap();
    krd.bind(&mut binding, &credential, NOW).unwrap();
    let again = krd.unbind_by_authority(&mut binding, &unbind, NOW).unwrap_err();
    assert_eq!(again, Error::Replayed);
    let other = krd.unbind_by_authority(&mut Binding::to(WORLD.kdh_2.clone()), &unbind, NOW);
    assert_eq!(other.unwrap_err(), Error::SenderMismatch);
    let stranger = WORLD.receiver(2048, Policy::strict());
    let error = stranger.unbind_by_authority(&mut binding, &unbind, NOW).unwrap_err();
    assert_eq!(error, Error::SignerMismatch);
    let for_another = WORLD.receiver(4096, Policy::strict()).with_authority(authority.clone());
    let error = for_another.unbind_by_authority(&mut binding, &unbind, NOW).unwrap_err();
    assert_eq!(error, Error::RecipientMismatch);

    let rebind = |from: &Identity, to, at| {
        let form = ContentForm::Sequence;
        let unsigned = RbtCa::unsigned(&authority, &own(), from, to, at, form).unwrap();
        unsigned.signed_by(&key, &mut Pattern::new()).unwrap()
    };
    let over = rebind(&first, &WORLD.kdh_2, NOW);
    assert_eq!(Token::parse(&over).unwrap().kind(), "RBT_CA");
    krd.rebind_by_authority(&mut binding, &RbtCa::parse(&over).unwrap(), NOW).unwrap();
    assert_eq!(binding.sender(), Some(&WORLD.kdh_2));
    // A way back that was signed no later, then one that was.
    for (at, code) in [(NOW, "TimeNotFresh"), (NOW.plus_seconds(1), "")] {
        let back = rebind(&second, &WORLD.kdh, at);
        let back = RbtCa::parse(&back).unwrap();
        let result = krd.rebind_by_authority(&mut binding, &back, NOW.plus_seconds(1));
        assert_eq!(result.err().map_or("", |error| error.code()), code);
    }
    let to_a_receiver = rebind(&first, &WORLD.krd_certificate(4096), NOW.plus_seconds(2));
    let to_a_receiver = RbtCa::parse(&to_a_receiver).unwrap();
    let error = krd.rebind_by_authority(&mut binding, &to_a_receiver, NOW.plus_seconds(2));
    assert_eq!(error.unwrap_err().code(), "UntrustedSigner");
    assert_eq!(binding.sender(), Some(&WORLD.kdh));
}

#[test]
fn a_receiver_is_not_bound_to_who_is_no_sender() {
    let krd = WORLD.receiver(2048, Policy::strict());
    let mut binding = Binding::unbound();
    // The list of the senders' authority says nothing of a receiver.
    let mixed = CtKdh::new(WORLD.krd_certificate(3072), WORLD.crl.clone()).unwrap_err();
    assert_eq!(mixed, Error::CrlOfOtherAuthority);
    let stale = CtKdh::new(WORLD.kdh.clone(), WORLD.stale_crl.clone()).unwrap();
    assert_eq!(krd.bind(&mut binding, &stale, NOW).unwrap_err(), Error::CrlStale);
    let early = UnixTime::from_seconds(1_500_000_000);
    let good = CtKdh::new(WORLD.kdh.clone(), WORLD.crl.clone()).unwrap();
    assert_eq!(krd.bind(&mut binding, &good, early).unwrap_err().code(), "UntrustedSigner");
    assert!(binding.sender().is_none() && binding.last_crl().is_none());
}

#[test]
fn credentials_are_told_apart_by_the_list() {
    let krd = CtKrd::new(WORLD.krd_certificate(2048)).to_der();
    assert_eq!(CtKrd::parse(&krd).unwrap().identity(), own());
    assert_eq!(CtKdh::parse(&krd).unwrap_err(), Error::MissingCrl);
    let kdh = CtKdh::new(WORLD.kdh.clone(), WORLD.crl.clone()).unwrap().to_der();
    assert_eq!(CtKrd::parse(&kdh).unwrap_err(), Error::UnexpectedCrl);
    assert_eq!(CtKdh::parse(&kdh).unwrap().identity(), Identity::of(&WORLD.kdh));
    assert_eq!(Token::parse(&krd).unwrap().kind(), "CT_KRD");
}

#[test]
fn a_nonce_is_of_8_to_16_bytes() {
    for length in 0..=20 {
        let nonce = Nonce::new(&vec![1; length]);
        assert_eq!(nonce.is_ok(), (8..=16).contains(&length));
    }
}
