//! Tokens of the parts that an HSM returns.

use payment_pki::Sign;
use sha2::{Digest, Sha256};
use tr34::{Error, KeyTokenSpec, KtKdh, Layout, Nonce, Parts};

use crate::support::{Pattern, WORLD};

fn token(layout: Layout) -> Vec<u8> {
    let nonce = Nonce::new(&[0xA5; 16]).expect("a good one");
    let spec = KeyTokenSpec::two_pass(nonce).with_layout(layout);
    WORLD.token(2048, (b"a key of 16 byte", "D0112K0TB00E0000"), &spec)
}

#[test]
fn what_is_taken_apart_goes_together_again() {
    for &layout in Layout::ALL {
        let der = token(layout);
        let token = KtKdh::parse(&der).unwrap();
        let parts = Parts::of(&token).unwrap();
        assert_eq!(parts.assemble(&WORLD.kdh, token.crl()).unwrap(), der);
    }
}

#[test]
fn parts_come_in_either_form() {
    let der = token(Layout::X9Tr34_2012);
    let token = KtKdh::parse(&der).unwrap();
    let parts = Parts::of(&token).unwrap();
    // Attributes as SET, the EnvelopedData with its header, as payShield returns it.
    let set = [&[0x31], &parts.attributes()[1..]].concat();
    let length = u16::try_from(parts.enveloped_data().len()).unwrap().to_be_bytes();
    let enveloped = [&[0x30, 0x82], &length[..], parts.enveloped_data()].concat();
    let again = Parts::new(&set, &enveloped, parts.signature());
    assert_eq!(again.assemble(&WORLD.kdh, None).unwrap(), der);
}

#[test]
fn parts_that_do_not_belong_together_make_no_token() {
    let (first, second) = (token(Layout::X9Tr34_2012), token(Layout::AnnexB2019));
    let (first, second) = (KtKdh::parse(&first).unwrap(), KtKdh::parse(&second).unwrap());
    let (one, two) = (Parts::of(&first).unwrap(), Parts::of(&second).unwrap());
    let assemble = |attributes, enveloped, signature| {
        Parts::new(attributes, enveloped, signature).assemble(&WORLD.kdh, None).unwrap_err()
    };
    let (attributes, enveloped, signature) =
        (one.attributes(), one.enveloped_data(), one.signature());
    // Both were made with the same randomness, so that only the header of the SEQUENCE differs.
    assert_eq!(assemble(two.attributes(), enveloped, signature), Error::SignatureInvalid);
    assert_eq!(assemble(attributes, enveloped, two.signature()), Error::SignatureInvalid);
    assert_eq!(assemble(attributes, &enveloped[1..], signature), Error::DigestMismatch);
    assert_eq!(assemble(attributes, &[], signature), Error::Part { part: "enveloped_data" });
    let part = Error::Part { part: "attributes" };
    assert_eq!(assemble(&attributes[1..], enveloped, signature), part);
    let other = Parts::new(attributes, enveloped, signature).assemble(&WORLD.kdh_2, None);
    assert_eq!(other.unwrap_err(), Error::SignatureInvalid);
}

/// An HSM that signs what is no token: the assembler reads what it makes.
#[test]
fn what_is_assembled_is_read_before_it_leaves() {
    let content = b"\x02\x01\x00nothing of an envelope";
    let digest = Sha256::digest(content);
    let digest =
        [&b"\x30\x2F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04\x31\x22\x04\x20"[..], &digest];
    let digest = digest.concat();
    let length = u8::try_from(digest.len()).unwrap();
    let attributes = [&[0xA0, length], digest.as_slice()].concat();
    let message = [&[0x31], &attributes[1..]].concat();
    let signature = WORLD.signing_key().sign(&message, &mut Pattern::new()).unwrap();
    let parts = Parts::new(&attributes, content, &signature);
    let error = parts.assemble(&WORLD.kdh, None).unwrap_err();
    assert_eq!(error, Error::Part { part: "enveloped_data" });
}
