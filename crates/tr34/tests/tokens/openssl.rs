//! The same structures by OpenSSL and by `cms`, both ways. The program `openssl` is needed.

use std::fs;
use std::path::Path;
use std::process::Command;

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Decode, Encode};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tr34::{
    Binding, ContentCipher, Identity, KeyTokenSpec, KtKdh, Layout, Nonce, Parts, Policy,
    Relaxation, UbtCa,
};

use crate::support::{NOW, Pattern, WORLD};

const KEY: &[u8] = b"a key of 16 byte";

fn openssl(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new("openssl");
    let output = command.current_dir(directory).args(arguments).output();
    let output = output.expect("the program openssl is needed for this test");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
}

fn directory() -> TempDir {
    let directory = tempfile::tempdir().expect("a good one");
    for (name, text) in [
        ("kdh.pem", WORLD.kdh.to_pem()),
        ("anchor.pem", WORLD.kdh_authority.to_pem()),
        ("krd.pem", WORLD.krd_certificate(2048).to_pem()),
        ("krd.key", WORLD.private_key_pem(2048).to_owned()),
        ("kdh.key", WORLD.kdh_key.clone()),
        ("authority.pem", WORLD.krd_certificate(3072).to_pem()),
        ("authority.key", WORLD.private_key_pem(3072).to_owned()),
    ] {
        fs::write(directory.path().join(name), text).expect("a good one");
    }
    directory
}

fn verify(directory: &Path) {
    let at = NOW.seconds().to_string();
    let arguments = [
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "token",
        "-out",
        "content",
        "-certfile",
        "kdh.pem",
        "-CAfile",
        "anchor.pem",
        "-partial_chain",
        "-purpose",
        "any",
        "-attime",
        &at,
    ];
    openssl(directory, &arguments);
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(contents.len()).expect("a short element").to_be_bytes();
    let header = match (high, low) {
        (0, 0..=0x7F) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [header.as_slice(), contents].concat()
}

/// A ContentInfo of an EnvelopedData.
fn content_info(enveloped: &[u8]) -> Vec<u8> {
    let identifier = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03";
    element(0x30, &[&identifier[..], &element(0xA0, enveloped)].concat())
}

#[test]
fn openssl_verifies_every_layout_and_decrypts_what_is_cms() {
    for &layout in Layout::ALL {
        for cipher in [ContentCipher::Tdes3KeyCbc, ContentCipher::Aes128Cbc] {
            for nonce in [Some(8), Some(16), None] {
                let spec = match nonce {
                    Some(length) => {
                        KeyTokenSpec::two_pass(Nonce::new(&vec![0xA5; length]).unwrap())
                    }
                    None => KeyTokenSpec::one_pass(NOW),
                };
                let spec = spec.with_layout(layout).with_content_cipher(cipher);
                let der = WORLD.token(2048, (KEY, "D0112K0TB00E0000"), &spec);
                let directory = directory();
                let directory = directory.path();
                fs::write(directory.join("token"), &der).unwrap();
                verify(directory);
                let content = fs::read(directory.join("content")).unwrap();
                let token = KtKdh::parse(&der).unwrap();
                assert_eq!(content, Parts::of(&token).unwrap().enveloped_data());
                // Where OAEP parameters have no tags, OpenSSL does not read them.
                if matches!(layout, Layout::StrictCms | Layout::AnnexD) {
                    decrypt(directory, &content, b"D0112K0TB00E0000");
                }
            }
        }
    }
}

/// Decrypts content by OpenSSL and finds key and header in it.
fn decrypt(directory: &Path, content: &[u8], header: &[u8]) {
    fs::write(directory.join("envelope"), content_info(content)).expect("a good one");
    let arguments = [
        "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "envelope", "-out", "clear",
        "-recip", "krd.pem", "-inkey", "krd.key",
    ];
    openssl(directory, &arguments);
    let clear = fs::read(directory.join("clear")).expect("a good one");
    for part in [KEY, header] {
        assert!(clear.windows(part.len()).any(|window| window == part));
    }
}

/// Layout D but for its OAEP parameters is what OpenSSL reads: with the tags put in, it decrypts.
#[test]
fn openssl_decrypts_the_corrigendum_once_the_tags_are_there() {
    const UNTAGGED: &[u8] = b"\x30\x38\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\
        \x30\x18\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08\x30\x0B\x06\x09\x60\x86\x48\x01\x65\x03\
        \x04\x02\x01\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x09\x04\x00";
    // As long as the others, so that no other length changes: NULL stands in for what is left out.
    const TAGGED: &[u8] = b"\x30\x2F\xA0\x0F\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\
        \x00\xA1\x1C\x30\x1A\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08\x30\x0D\x06\x09\x60\x86\x48\
        \x01\x65\x03\x04\x02\x01\x05\x00";
    let nonce = Nonce::new(&[0xA5; 16]).unwrap();
    let spec = KeyTokenSpec::two_pass(nonce).with_layout(Layout::Corrigendum2019);
    let der = WORLD.token(2048, (KEY, "D0112K0TB00E0000"), &spec);
    let token = KtKdh::parse(&der).unwrap();
    let content = Parts::of(&token).unwrap().enveloped_data().to_vec();
    let at = content.windows(UNTAGGED.len()).position(|window| window == UNTAGGED).unwrap();
    let difference = u8::try_from(UNTAGGED.len() - TAGGED.len()).unwrap();

    // SEQUENCE, INTEGER 0, SET, SEQUENCE of the recipient, and the algorithm around the parameters.
    let mut tagged = content;
    tagged.splice(at..at + UNTAGGED.len(), TAGGED.iter().copied());
    tagged[at - 12] -= difference;
    for place in [2, 2 + 2 + 3 + 2, 2 + 2 + 3 + 2 + 4] {
        let length = u16::from_be_bytes([tagged[place], tagged[place + 1]]);
        let length = (length - u16::from(difference)).to_be_bytes();
        tagged[place..place + 2].copy_from_slice(&length);
    }
    let directory = directory();
    decrypt(directory.path(), &tagged, b"D0112K0TB00E0000");
}

#[test]
fn we_open_what_openssl_encrypts_and_signs() {
    let signer = Identity::of(&WORLD.kdh);
    let serial = [&[0x02, 0x05], signer.serial_number()].concat();
    let identity = element(0x30, &[signer.issuer_der(), &serial].concat());
    let header =
        b"\x30\x1F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01\x31\x12\x04\x10D0112K0TB00E0000";
    let key = [&[0x04, 0x10], KEY].concat();
    let block = element(0x30, &[&b"\x02\x01\x01"[..], &identity, &key, header].concat());
    for cipher in ["-aes128", "-des3"] {
        let directory = directory();
        let directory = directory.path();
        fs::write(directory.join("block"), &block).unwrap();
        let arguments = [
            "cms",
            "-encrypt",
            "-binary",
            "-outform",
            "DER",
            "-in",
            "block",
            "-out",
            "envelope",
            cipher,
            "-recip",
            "krd.pem",
            "-keyopt",
            "rsa_padding_mode:oaep",
            "-keyopt",
            "rsa_oaep_md:sha256",
            "-keyopt",
            "rsa_mgf1_md:sha256",
        ];
        openssl(directory, &arguments);
        let envelope = fs::read(directory.join("envelope")).unwrap();
        let info = ContentInfo::from_der(&envelope).unwrap();
        let enveloped = info.content.to_der().unwrap();

        let digest = Sha256::digest(&enveloped);
        let nonce = [0xA5; 8];
        let attributes = [
            &b"\x30\x18\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03\x31\x0B"[..],
            b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03",
            b"\x30\x18\x06\x0A\x2A\x86\x48\x86\xF7\x0D\x01\x09\x19\x03\x31\x0A\x04\x08",
            &nonce,
            header,
            b"\x30\x2F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04\x31\x22\x04\x20",
            &digest,
        ]
        .concat();
        let attributes =
            [&[0x31, 0x81, u8::try_from(attributes.len()).unwrap()], attributes.as_slice()]
                .concat();
        fs::write(directory.join("attributes"), &attributes).unwrap();
        let arguments = ["dgst", "-sha256", "-sign", "kdh.key", "-out", "signature", "attributes"];
        openssl(directory, &arguments);
        let signature = fs::read(directory.join("signature")).unwrap();
        let der = Parts::new(&attributes, &enveloped, &signature).assemble(&WORLD.kdh, None);
        let der = der.unwrap();
        fs::write(directory.join("token"), &der).unwrap();
        verify(directory);

        let token = KtKdh::parse(&der).unwrap();
        assert_eq!(token.layout(), Layout::StrictCms);
        let binding = Binding::to(WORLD.kdh.clone());
        let mut binding = binding.with_outstanding_nonce(Nonce::new(&nonce).unwrap());
        let krd = WORLD.receiver(2048, Policy::strict().with(Relaxation::WeakerRecipient));
        let verified = krd.verify(&mut binding, &token, NOW).unwrap();
        let opened = verified.open(&WORLD.private_key(2048), &mut Pattern::new()).unwrap();
        assert_eq!(opened.key().expose_secret(), KEY);
    }
}

/// The `cms` crate reads what is CMS, and writes it again as it was.
#[test]
fn another_library_reads_the_same_in_what_is_cms() {
    for layout in [Layout::StrictCms, Layout::AnnexD] {
        let nonce = Nonce::new(&[0xA5; 16]).unwrap();
        let spec = KeyTokenSpec::two_pass(nonce).with_layout(layout);
        let der = WORLD.token(2048, (KEY, "D0112K0TB00E0000"), &spec);
        let info = ContentInfo::from_der(&der).unwrap();
        let signed: SignedData = info.content.decode_as().unwrap();
        assert_eq!(signed.signer_infos.0.len(), 1);
        assert_eq!(signed.crls.as_ref().unwrap().0.len(), 1);
        let again = ContentInfo {
            content_type: info.content_type,
            content: der::Any::encode_from(&signed).unwrap(),
        };
        assert_eq!(again.to_der().unwrap(), der);
    }
}

/// What `openssl cms -sign` makes of two identities, without attributes, is an UBT_CA.
#[test]
fn we_take_what_openssl_signs() {
    let (receiver, sender) = (Identity::of(&WORLD.krd_certificate(2048)), Identity::of(&WORLD.kdh));
    let identity = |of: &Identity| {
        let serial = element(0x02, of.serial_number());
        element(0x30, &[of.issuer_der(), &serial].concat())
    };
    let directory = directory();
    let directory = directory.path();
    let content = [identity(&receiver), identity(&sender)].concat();
    fs::write(directory.join("identities"), content).unwrap();
    let arguments = [
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-noattr",
        "-nocerts",
        "-md",
        "sha256",
        "-outform",
        "DER",
        "-in",
        "identities",
        "-out",
        "token",
        "-signer",
        "authority.pem",
        "-inkey",
        "authority.key",
    ];
    openssl(directory, &arguments);
    let der = fs::read(directory.join("token")).unwrap();
    let token = UbtCa::parse(&der).unwrap();
    assert!(!token.has_signed_attributes());
    let krd = WORLD.receiver(2048, Policy::strict()).with_authority(WORLD.krd_certificate(3072));
    let mut binding = Binding::to(WORLD.kdh.clone());
    krd.unbind_by_authority(&mut binding, &token, NOW).unwrap();
    assert!(binding.sender().is_none());
}
