//! Every layout, made and read: both passes, short and long nonces, both ciphers, all sizes.

use payment_pki::UnixTime;
use tr34::{
    Binding, ContentCipher, CrlPlacement, Finding, KeyTokenSpec, KtKdh, Layout, Nonce, Policy,
    Relaxation, Token,
};

use crate::support::{NOW, Pattern, WORLD};

/// A key whose parts differ.
fn tdes_key(length: u8) -> Vec<u8> {
    (0..length).map(|byte| byte.wrapping_mul(37).wrapping_add(11)).collect()
}

fn specs(layout: Layout) -> Vec<(&'static str, KeyTokenSpec)> {
    let two_pass =
        |length| KeyTokenSpec::two_pass(Nonce::new(&vec![0xA5; length]).expect("a good one"));
    vec![
        ("8", two_pass(8).with_layout(layout)),
        ("12", two_pass(12).with_layout(layout)),
        ("16", two_pass(16).with_layout(layout)),
        ("one", KeyTokenSpec::one_pass(NOW).with_layout(layout)),
    ]
}

fn binding_for(passes: &str) -> Binding {
    let binding = Binding::to(WORLD.kdh.clone());
    match passes.parse() {
        Ok(length) => {
            binding.with_outstanding_nonce(Nonce::new(&vec![0xA5; length]).expect("a good one"))
        }
        Err(_) => binding.with_last_accepted_time(UnixTime::from_seconds(NOW.seconds() - 1)),
    }
}

#[test]
fn what_is_made_is_read_and_opened_with_nothing_to_find() {
    for &layout in Layout::ALL {
        for (bits, length, header) in [
            (2048, 16, "D0112K0TB00E0000"),
            (2048, 24, "D0112B0TX00S0000"),
            (3072, 16, "D0144P0AE00N0000"),
            (4096, 16, "D0144K1AB00E0100LB0Cterminal"),
        ] {
            for (passes, spec) in specs(layout) {
                let key = tdes_key(length);
                let der = WORLD.token(bits, (&key, header), &spec);
                let token = KtKdh::parse(&der).unwrap();
                let shown = if layout == Layout::AnnexD { Layout::StrictCms } else { layout };
                assert_eq!(token.layout(), shown);
                assert_eq!(token.findings(), [], "{layout:?} {passes}");
                assert_eq!(token.crl().is_some(), layout != Layout::X9Tr34_2012);

                let krd = WORLD.receiver(bits, Policy::strict());
                let verified = krd.verify(&mut binding_for(passes), &token, NOW).unwrap();
                let opened = verified.open(&WORLD.private_key(bits), &mut Pattern::new()).unwrap();
                assert_eq!(opened.key().expose_secret(), key);
                assert_eq!(opened.header().text(), header);
                assert_eq!(opened.layout(), layout);
                assert_eq!(opened.signing_time().is_some(), passes == "one");
                let text = Token::parse(&der).unwrap().to_string();
                assert!(text.starts_with("KT_KDH\nlayout: "), "{text}");
            }
        }
    }
}

#[test]
fn a_device_that_answers_later_makes_the_same_token_and_opens_it() {
    let nonce = || Nonce::new(&[7; 16]).unwrap();
    let der =
        WORLD.token(2048, (&tdes_key(16), "D0112K0TB00E0000"), &KeyTokenSpec::two_pass(nonce()));
    let token = KtKdh::parse(&der).unwrap();
    let krd = WORLD.receiver(2048, Policy::strict());
    let mut binding = Binding::to(WORLD.kdh.clone()).with_outstanding_nonce(nonce());
    let verified = krd.verify(&mut binding, &token, NOW).unwrap();

    let (spec, encrypted) = (verified.wrapping_spec().unwrap(), verified.encrypted_content_key());
    let content_key = WORLD.private_key(2048).decrypt(spec, encrypted, &mut Pattern::new());
    let opened = verified.open_with_content_key(content_key.ok()).unwrap();
    assert_eq!(opened.key().length(), 16);
}

#[test]
fn departures_of_a_layout_are_found_where_they_are() {
    let nonce = || Nonce::new(&[0xA5; 16]).unwrap();
    let key = tdes_key(16);
    let token = |spec: KeyTokenSpec| WORLD.token(2048, (&key, "D0112K0TB00E0000"), &spec);

    let with_crl = token(KeyTokenSpec::two_pass(nonce()).with_crl(CrlPlacement::Inside));
    let findings = KtKdh::parse(&with_crl).unwrap().findings().to_vec();
    let [Finding::CrlInside { at }] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(with_crl.get(*at..).unwrap().get(..4), WORLD.crl.as_der().get(..4));

    let without = KeyTokenSpec::two_pass(nonce())
        .with_layout(Layout::StrictCms)
        .with_crl(CrlPlacement::Absent);
    assert_eq!(KtKdh::parse(&token(without)).unwrap().findings(), [Finding::CrlAbsent]);

    let sorted = KeyTokenSpec::two_pass(nonce())
        .with_attribute_order(tr34::AttributeOrder::Der)
        .with_content_cipher(ContentCipher::Aes128Cbc);
    let sorted = token(sorted);
    let findings = KtKdh::parse(&sorted).unwrap().findings().to_vec();
    let [Finding::AttributeOrder { at }] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(sorted.get(*at), Some(&0xA0));

    // With 8 bytes both orders are the same.
    let short = KeyTokenSpec::two_pass(Nonce::new(&[0xA5; 8]).unwrap())
        .with_attribute_order(tr34::AttributeOrder::Der);
    assert_eq!(KtKdh::parse(&token(short)).unwrap().findings(), []);
}

#[test]
fn one_pass_without_a_list_is_refused_where_its_layout_has_one() {
    let spec = || {
        KeyTokenSpec::one_pass(NOW)
            .with_layout(Layout::StrictCms)
            .with_crl(CrlPlacement::Absent)
            .allowing(Relaxation::OnePassWithoutCrl)
    };
    let der = WORLD.token(2048, (&tdes_key(16), "D0112K0TB00E0000"), &spec());
    let token = KtKdh::parse(&der).unwrap();
    let verify = |policy| {
        let mut binding = Binding::to(WORLD.kdh.clone());
        WORLD.receiver(2048, policy).verify(&mut binding, &token, NOW).map(|_| ())
    };
    assert_eq!(verify(Policy::strict()).unwrap_err().code(), "MissingCrl");
    assert_eq!(verify(Policy::strict().with(Relaxation::OnePassWithoutCrl)), Ok(()));
}
