//! What a sender does not make, and what a receiver does not take, each with its own error.

use key_types::SecretKey;
use payment_pki::{Policy as PathPolicy, TrustAnchor, UnixTime, role, validate};
use tr34::{
    Binding, ContentCipher, CrlMark, CrlPlacement, Error, Kdh, KeyHeader, KeyTokenSpec, KtKdh,
    Layout, Nonce, Policy, Relaxation, UnsignedToken,
};

use crate::support::{NOW, Pattern, WORLD};

const AES: &[u8] = b"a key of 16 byte";
const TDES: &str = "D0112K0TB00E0000";

fn spec() -> KeyTokenSpec {
    KeyTokenSpec::two_pass(Nonce::new(&[0xA5; 8]).expect("a good one"))
}

fn wrap(
    bits: u64,
    (key, header): (&[u8], &str),
    spec: &KeyTokenSpec,
    at: UnixTime,
) -> Result<UnsignedToken, Error> {
    let key = SecretKey::copied_from(key).expect("a good one");
    let header = KeyHeader::parse(header)?;
    let recipient = WORLD.trusted_krd(bits);
    WORLD.sender().wrap(&key, &header, &recipient, spec, at, &mut Pattern::new())
}

fn refusal(bits: u64, key: (&[u8], &str), spec: &KeyTokenSpec) -> String {
    wrap(bits, key, spec, NOW).expect_err("a refusal").code().to_owned()
}

#[test]
fn a_sender_checks_key_and_header() {
    for (bits, key, header, code) in [
        (2048, AES, "D0112K0TB00E000", "TooShort"),
        (2048, &AES[..8], TDES, "KeyLengthForHeader"),
        (2048, &AES[..8], "D0112K0AB00E0000", "KeyLengthForHeader"),
        (2048, &[0x0B; 16], TDES, "PolicyViolation"),
        (2048, AES, "D0112K0AB00E0000", "PolicyViolation"),
        (4096, &[0x0B; 32], "D0144K0AB00E0000", "PolicyViolation"),
        (4096, &[0x0B; 32], "D0144M7HC00E0100HM0621", "PolicyViolation"),
        (4096, &[0x0B; 32], "D0144M7HC00E0200HM0621", "OptTruncated"),
    ] {
        assert_eq!(refusal(bits, (key, header), &spec()), code, "{bits} {header}");
    }
    let under_tdes = spec().with_content_cipher(ContentCipher::Tdes3KeyCbc);
    let error = wrap(3072, (AES, "D0112K0AB00E0000"), &under_tdes, NOW).unwrap_err();
    assert_eq!(error, Error::PolicyViolation(Relaxation::WeakerContentKey));
    let allowed = spec().allowing(Relaxation::WeakerRecipient);
    assert!(wrap(2048, (AES, "D0112K0AB00E0000"), &allowed, NOW).is_ok());
}

#[test]
fn a_sender_checks_itself_at_the_time() {
    let wrap_at = |at| wrap(2048, (AES, TDES), &spec(), UnixTime::from_seconds(at));
    assert!(wrap_at(NOW.seconds()).is_ok());
    // After 2049, and before the list of 2026.
    assert_eq!(wrap_at(2_600_000_000).unwrap_err(), Error::CertificateNotValid);
    assert_eq!(wrap_at(1_700_000_000).unwrap_err(), Error::CrlStale);

    let anchors = [TrustAnchor::<role::Kdh>::new(WORLD.kdh_authority.clone())];
    let strict = PathPolicy::strict();
    let trusted = || validate(&WORLD.kdh, &[], &anchors, &[], NOW, &strict).unwrap();
    let stale = Kdh::new(trusted(), Some(WORLD.stale_crl.clone()), NOW);
    assert_eq!(stale.unwrap_err(), Error::CrlStale);
    let mut der = WORLD.crl.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let forged = payment_pki::Crl::from_der(&der).unwrap();
    let forged = Kdh::new(trusted(), Some(forged), NOW);
    assert_eq!(forged.unwrap_err(), Error::CrlOfOtherAuthority);

    let without = Kdh::new(trusted(), None, NOW).unwrap();
    let cms = spec().with_layout(Layout::StrictCms);
    let (key, header) = (SecretKey::copied_from(AES).unwrap(), KeyHeader::parse(TDES).unwrap());
    let recipient = WORLD.trusted_krd(2048);
    let wrap = |spec: &KeyTokenSpec| {
        without.wrap(&key, &header, &recipient, spec, NOW, &mut Pattern::new())
    };
    assert_eq!(wrap(&cms).unwrap_err(), Error::MissingCrl);
    assert!(wrap(&spec()).is_ok());
    let one_pass =
        KeyTokenSpec::one_pass(NOW).with_layout(Layout::StrictCms).with_crl(CrlPlacement::Absent);
    let error = wrap(&one_pass).unwrap_err();
    assert_eq!(error, Error::PolicyViolation(Relaxation::OnePassWithoutCrl));
}

#[test]
fn a_signature_by_another_key_does_not_leave() {
    let unsigned = || wrap(2048, (AES, TDES), &spec(), NOW).unwrap();
    let other = WORLD.krd_signing_key(2048);
    let error = unsigned().signed_by(&other, &mut Pattern::new()).unwrap_err();
    assert_eq!(error, Error::SignatureInvalid);
    assert_eq!(unsigned().signed(&[0; 256]).unwrap_err(), Error::SignatureInvalid);
    assert_eq!(unsigned().signed(&[]).unwrap_err(), Error::SignatureInvalid);
}

#[test]
fn randomness_that_fails_is_an_error() {
    struct Failing;
    impl rand_core::TryRng for Failing {
        type Error = core::fmt::Error;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Err(core::fmt::Error)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Err(core::fmt::Error)
        }
        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
            Err(core::fmt::Error)
        }
    }
    impl rand_core::TryCryptoRng for Failing {}
    let key = SecretKey::copied_from(AES).unwrap();
    let (header, recipient) = (KeyHeader::parse(TDES).unwrap(), WORLD.trusted_krd(2048));
    let error = WORLD.sender().wrap(&key, &header, &recipient, &spec(), NOW, &mut Failing);
    assert_eq!(error.unwrap_err(), Error::RandomnessFailed);
    assert_eq!(Nonce::random(&mut Failing).unwrap_err(), Error::RandomnessFailed);
}

fn verify(der: &[u8], mut binding: Binding, at: UnixTime, policy: Policy) -> Result<(), Error> {
    let token = KtKdh::parse(der)?;
    WORLD.receiver(2048, policy).verify(&mut binding, &token, at).map(drop)
}

#[test]
fn a_receiver_takes_no_older_list_than_it_has_seen() {
    let cms = spec().with_layout(Layout::StrictCms);
    let der = WORLD.token(2048, (AES, TDES), &cms);
    let binding = || {
        let nonce = Nonce::new(&[0xA5; 8]).unwrap();
        Binding::to(WORLD.kdh.clone()).with_outstanding_nonce(nonce)
    };
    let verify = |binding| verify(&der, binding, NOW, Policy::strict());
    assert_eq!(verify(binding()), Ok(()));
    assert_eq!(verify(binding().with_last_crl(CrlMark::of(&WORLD.crl))), Ok(()));
    // Without a number, the older list is told by its time.
    assert_eq!(verify(binding().with_last_crl(CrlMark::of(&WORLD.stale_crl))), Ok(()));

    let mut krd_binding = binding();
    let token = KtKdh::parse(&der).unwrap();
    let krd = WORLD.receiver(2048, Policy::strict());
    krd.verify(&mut krd_binding, &token, NOW).unwrap();
    assert_eq!(krd_binding.last_crl(), Some(&CrlMark::of(&WORLD.crl)));

    // The same token with the list of 2021, at a time when that was fresh.
    let at = UnixTime::from_seconds(1_610_000_000);
    let old = tr34::danger::wrap_unvalidated(
        (&WORLD.kdh, Some(&WORLD.stale_crl)),
        (&SecretKey::copied_from(AES).unwrap(), &KeyHeader::parse(TDES).unwrap()),
        &WORLD.krd_certificate(2048),
        &spec().with_layout(Layout::StrictCms),
        &mut Pattern::new(),
    );
    let old = old.unwrap().signed_by(&WORLD.signing_key(), &mut Pattern::new()).unwrap();
    let token = KtKdh::parse(&old).unwrap();
    assert!(krd.verify(&mut binding(), &token, at).is_ok());
    let mut seen = binding().with_last_crl(CrlMark::of(&WORLD.crl));
    assert_eq!(krd.verify(&mut seen, &token, at).unwrap_err(), Error::CrlRollback);
    assert!(seen.outstanding_nonce().is_some());
}

#[test]
fn a_time_of_signing_is_neither_old_nor_in_the_future() {
    let der = WORLD.token(2048, (AES, TDES), &KeyTokenSpec::one_pass(NOW));
    let at = |seconds: i64| UnixTime::from_seconds(NOW.seconds().strict_add_signed(seconds));
    let bound = || Binding::to(WORLD.kdh.clone());
    let strict = Policy::strict;
    assert_eq!(verify(&der, bound(), at(0), strict()), Ok(()));
    assert_eq!(verify(&der, bound(), at(-1), strict()), Err(Error::TimeNotFresh));
    assert_eq!(verify(&der, bound(), at(-1), strict().with_clock_tolerance(1)), Ok(()));
    assert_eq!(
        verify(&der, bound(), at(61), strict().with_longest_age(60)),
        Err(Error::TimeNotFresh)
    );
    assert_eq!(verify(&der, bound(), at(60), strict().with_longest_age(60)), Ok(()));
    let after = |time| bound().with_last_accepted_time(time);
    assert_eq!(verify(&der, after(at(-1)), at(0), strict()), Ok(()));
    assert_eq!(verify(&der, after(at(0)), at(0), strict()), Err(Error::TimeNotFresh));
}

#[test]
fn a_key_too_strong_for_its_recipient_does_not_open() {
    // The header says AES, which may be AES-128; that it is AES-256 shows only inside.
    let strong =
        spec().allowing(Relaxation::WeakerRecipient).allowing(Relaxation::WeakerContentKey);
    let key: Vec<u8> = (0..32).collect();
    let der = WORLD.token(4096, (&key, "D0144K0AB00E0000"), &strong);
    let token = KtKdh::parse(&der).unwrap();
    let open = |policy| {
        let nonce = Nonce::new(&[0xA5; 8]).unwrap();
        let mut binding = Binding::to(WORLD.kdh.clone()).with_outstanding_nonce(nonce);
        let verified = WORLD.receiver(4096, policy).verify(&mut binding, &token, NOW)?;
        verified.open(&WORLD.private_key(4096), &mut Pattern::new())
    };
    let Error::OpenFailed(failure) = open(Policy::strict()).unwrap_err() else { panic!("opened") };
    assert_eq!(failure.for_audit(), tr34::Detail::TooStrong);
    let policy =
        Policy::strict().with(Relaxation::WeakerRecipient).with(Relaxation::WeakerContentKey);
    assert_eq!(open(policy).unwrap().algorithm(), key_types::KeyAlgorithm::Aes256);
}

#[test]
fn a_tdes_key_with_equal_parts_does_not_open() {
    let equal = spec().allowing(Relaxation::EqualTdesParts);
    let der = WORLD.token(2048, (&[0x0B; 16], TDES), &equal);
    let token = KtKdh::parse(&der).unwrap();
    let open = |policy| {
        let nonce = Nonce::new(&[0xA5; 8]).unwrap();
        let mut binding = Binding::to(WORLD.kdh.clone()).with_outstanding_nonce(nonce);
        let verified = WORLD.receiver(2048, policy).verify(&mut binding, &token, NOW)?;
        verified.open(&WORLD.private_key(2048), &mut Pattern::new())
    };
    let Error::OpenFailed(failure) = open(Policy::strict()).unwrap_err() else { panic!("opened") };
    assert_eq!(failure.for_audit(), tr34::Detail::EqualParts);
    assert!(open(Policy::strict().with(Relaxation::EqualTdesParts)).is_ok());
}

#[test]
fn another_private_key_opens_nothing_and_says_no_more() {
    let der = WORLD.token(2048, (AES, TDES), &spec());
    let token = KtKdh::parse(&der).unwrap();
    for bits in [3072, 2048] {
        let nonce = Nonce::new(&[0xA5; 8]).unwrap();
        let mut binding = Binding::to(WORLD.kdh.clone()).with_outstanding_nonce(nonce);
        let krd = WORLD.receiver(2048, Policy::strict());
        let verified = krd.verify(&mut binding, &token, NOW).unwrap();
        let opened = verified.open(&WORLD.private_key(bits), &mut Pattern::new());
        assert_eq!(opened.is_ok(), bits == 2048);
    }
}
