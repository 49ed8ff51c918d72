//! Tokens that someone has changed: never accepted, never a panic.

use payment_pki::Sign;
use tr34::{
    Binding, Error, Finding, KeyTokenSpec, KtKdh, Layout, Nonce, Parts, Policy, Relaxation,
};

use crate::support::{NOW, Pattern, WORLD};

fn token(layout: Layout) -> Vec<u8> {
    let spec =
        KeyTokenSpec::two_pass(Nonce::new(&[0xA5; 16]).expect("a good one")).with_layout(layout);
    WORLD.token(2048, (b"a key of 16 byte", "D0112K0TB00E0000"), &spec)
}

fn verify(der: &[u8], policy: Policy) -> Result<Vec<Finding>, Error> {
    let token = KtKdh::parse(der)?;
    let nonce = Nonce::new(&[0xA5; 16]).expect("a good one");
    let mut binding = Binding::to(WORLD.kdh.clone()).with_outstanding_nonce(nonce);
    WORLD.receiver(2048, policy).verify(&mut binding, &token, NOW)?;
    Ok(token.findings().to_vec())
}

#[test]
fn no_flipped_bit_is_accepted() {
    for &layout in Layout::ALL {
        let good = token(layout);
        assert_eq!(verify(&good, Policy::strict()).unwrap(), []);
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let findings = verify(&bad, Policy::strict());
                assert!(findings.is_err(), "{layout:?}, byte {at}, bit {bit}: {findings:?}");
            }
        }
    }
}

#[test]
fn a_version_of_another_layout_is_let_pass_by_name_only() {
    let mut der = token(Layout::X9Tr34_2012);
    let at = 23;
    assert_eq!(der[at..at + 3], [2, 1, 1]);
    der[at + 2] = 3;
    let relaxation = Relaxation::SignedDataVersion;
    let error = verify(&der, Policy::strict()).unwrap_err();
    assert_eq!(error, Error::PolicyViolation(relaxation));
    let findings = verify(&der, Policy::strict().with(relaxation)).unwrap();
    assert_eq!(findings, [Finding::SignedDataVersion { at, found: 3 }]);
}

#[test]
fn no_part_of_a_token_is_one() {
    for &layout in Layout::ALL {
        let good = token(layout);
        for end in 0..good.len() {
            assert!(KtKdh::parse(&good[..end]).is_err(), "{layout:?} {end}");
        }
        let longer = [good.as_slice(), &[0]].concat();
        assert_eq!(KtKdh::parse(&longer).unwrap_err(), Error::Malformed { at: good.len() });
    }
}

#[test]
fn indefinite_lengths_are_refused_where_they_stand() {
    let good = token(Layout::StrictCms);
    // The outermost element with an end of contents in place of its length.
    let mut ber = good.clone();
    ber.splice(1..4, [0x80]);
    ber.extend([0, 0]);
    assert_eq!(KtKdh::parse(&ber).unwrap_err(), Error::Malformed { at: 0 });
    // The content in two pieces.
    let at = good.windows(2).position(|pair| pair == [0x04, 0x82]).unwrap();
    let mut pieces = good;
    pieces[at] = 0x24;
    assert_eq!(KtKdh::parse(&pieces).unwrap_err().code(), "Malformed");
}

#[test]
fn a_token_has_a_greatest_length() {
    let long = vec![0x30; 65_537];
    assert_eq!(KtKdh::parse(&long).unwrap_err(), Error::TooLong { limit: 65_536, found: 65_537 });
}

/// Signed attributes of a token, one by one.
fn attributes(parts: &Parts<'_>) -> Vec<Vec<u8>> {
    let mut rest = match parts.attributes() {
        [_, 0..=0x7F, rest @ ..] | [_, _, _, rest @ ..] => rest,
        short => panic!("{short:?}"),
    };
    let mut attributes = Vec::new();
    while let [_, length, ..] = rest {
        let (first, behind) = rest.split_at(2 + usize::from(*length));
        attributes.push(first.to_vec());
        rest = behind;
    }
    attributes
}

/// The same envelope with other signed attributes, signed by the sender: what a sender could send
/// that means well, or ill.
fn signed_again(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Result<Vec<u8>, Error> {
    let der = token(Layout::X9Tr34_2012);
    let token = KtKdh::parse(&der).expect("a good one");
    let parts = Parts::of(&token).expect("a good one");
    let mut list = attributes(&parts);
    assert_eq!(list.len(), 4);
    change(&mut list);
    let contents = list.concat();
    let length = u8::try_from(contents.len()).expect("a short set");
    let header = if length < 0x80 { vec![0x31, length] } else { vec![0x31, 0x81, length] };
    let set = [header, contents].concat();
    let signature = WORLD.signing_key().sign(&set, &mut Pattern::new()).expect("a good one");
    Parts::new(&set, parts.enveloped_data(), &signature).assemble(&WORLD.kdh, None)
}

#[test]
fn attributes_in_any_order_hold_as_they_were_signed() {
    let reversed = signed_again(|list| list.reverse()).unwrap();
    let findings = verify(&reversed, Policy::strict()).unwrap();
    let [Finding::AttributeOrder { at }] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(reversed[*at], 0xA0);

    // Not signed in that order, they do not.
    let der = token(Layout::X9Tr34_2012);
    let parsed = KtKdh::parse(&der).unwrap();
    let parts = Parts::of(&parsed).unwrap();
    let at = der.windows(parts.attributes().len()).position(|it| it == parts.attributes()).unwrap();
    let mut list = attributes(&parts);
    list.swap(1, 2);
    let header = parts.attributes().len() - list.concat().len();
    let mut swapped = der.clone();
    swapped.splice(at + header..at + parts.attributes().len(), list.concat());
    assert_eq!(verify(&swapped, Policy::strict()).unwrap_err(), Error::SignatureInvalid);
}

#[test]
fn attributes_are_complete_single_and_known() {
    let twice = signed_again(|list| list.push(list[0].clone())).unwrap_err();
    assert_eq!(twice.code(), "RepeatedAttribute");
    let missing = |index: usize| {
        signed_again(|list| drop(list.remove(index))).and_then(|der| verify(&der, Policy::strict()))
    };
    assert_eq!(missing(0).unwrap_err(), Error::ContentTypeMismatch);
    assert_eq!(
        missing(1).unwrap_err(),
        Error::Attribute { attribute: "randomNonce or signingTime" }
    );
    assert_eq!(missing(2).unwrap_err(), Error::Attribute { attribute: "header" });
    assert_eq!(missing(3).unwrap_err(), Error::Attribute { attribute: "messageDigest" });
    let other = signed_again(|list| *list[0].last_mut().unwrap() = 1).unwrap_err();
    assert_eq!(other, Error::ContentTypeMismatch);

    // 1.2.3.4 with an empty set as value.
    let unknown =
        || signed_again(|list| list.push(b"\x30\x07\x06\x03\x2A\x03\x04\x31\x00".to_vec()));
    let unknown = unknown().unwrap();
    assert_eq!(verify(&unknown, Policy::strict()).unwrap_err().code(), "UnknownAttribute");
    assert!(verify(&unknown, Policy::strict().with(Relaxation::UnknownAttributes)).is_ok());
}

#[test]
fn what_attributes_repeat_is_compared() {
    use sha2::{Digest, Sha256};

    const SHA256: &[u8] = b"\x30\x0B\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    const RSA: &[u8] = b"\xA1\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00";
    let wrap = |tag: u8, contents: &[u8]| {
        [&[tag, u8::try_from(contents.len()).unwrap()], contents].concat()
    };
    let protection = |signature: &[u8]| {
        let value = wrap(0x31, &wrap(0x30, &[SHA256, signature].concat()));
        let identifier = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x34";
        wrap(0x30, &[&identifier[..], &value].concat())
    };
    let good = signed_again(|list| list.push(protection(RSA))).unwrap();
    let findings = verify(&good, Policy::strict()).unwrap();
    assert!(matches!(
        findings.as_slice(),
        [Finding::OtherAttribute { .. }, Finding::AttributeOrder { .. }]
    ));
    let mut other = RSA.to_vec();
    other[12] = 0x0B;
    let error = signed_again(|list| list.push(protection(&other))).unwrap_err();
    assert_eq!(error.code(), "AttributeMismatch");

    let certificate = |hash: &[u8]| {
        let id = wrap(0x30, &wrap(0x04, hash));
        let value = wrap(0x31, &wrap(0x30, &wrap(0x30, &id)));
        let identifier = b"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x2F";
        wrap(0x30, &[&identifier[..], &value].concat())
    };
    let own = Sha256::digest(WORLD.kdh.as_der());
    // The nonce makes room: a set of attributes here has at most 255 bytes.
    assert!(signed_again(|list| list.push(certificate(&own))).is_ok());
    let other = Sha256::digest(WORLD.kdh_2.as_der());
    let error = signed_again(|list| list.push(certificate(&other))).unwrap_err();
    assert_eq!(error.code(), "AttributeMismatch");
}
