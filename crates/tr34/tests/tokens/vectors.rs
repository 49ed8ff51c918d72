//! The open vectors: tokens byte for byte, and each refusal with its reason.

use serde::Deserialize;
use test_vectors::{Expected, Hex};
use tr34::{
    AttributeOrder, Binding, ContentCipher, CrlPlacement, Detail, Error, KeyHeader, KeyTokenSpec,
    Krd, KtKdh, Layout, Nonce, Policy, Relaxation, danger,
};

use crate::support::{NOW, Pattern, WORLD, for_each, relaxed};

use key_types::SecretKey;
use payment_pki::{Certificate, Crl, SigningKey, TrustAnchor, UnixTime};
use rsa_wrap::PrivateKey;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    layout: char,
    key: Hex,
    header: String,
    nonce: Option<Hex>,
    content_cipher: String,
    cek: Hex,
    iv: Hex,
    oaep_seed: Hex,
    oaep: String,
    attribute_order: String,
    krd_cert_pem: String,
    crl: Option<Hex>,
    token: Hex,
}

#[test]
fn each_layout_is_built_byte_for_byte() {
    let mut layouts = Vec::new();
    for_each("tr34/build", |test, case: Build| {
        if case.oaep == "SHA256_HYBRID" {
            return;
        }
        let layout = Layout::from_code(case.layout).unwrap();
        let cipher = if case.content_cipher == "AES_128_CBC" {
            ContentCipher::Aes128Cbc
        } else {
            ContentCipher::Tdes3KeyCbc
        };
        let spec = match case.nonce {
            Some(nonce) => KeyTokenSpec::two_pass(Nonce::new(nonce.as_bytes()).unwrap()),
            None => KeyTokenSpec::one_pass(NOW),
        };
        let order =
            if case.attribute_order == "der" { AttributeOrder::Der } else { AttributeOrder::Fixed };
        let crl = case.crl.map(|crl| Crl::from_der(crl.as_bytes()).unwrap());
        let placement = if crl.is_some() { CrlPlacement::Inside } else { CrlPlacement::Absent };
        let spec = spec
            .with_layout(layout)
            .with_content_cipher(cipher)
            .with_attribute_order(order)
            .with_crl(placement)
            .allowing(Relaxation::WeakerRecipient);
        let given = [case.cek.as_bytes(), case.iv.as_bytes(), case.oaep_seed.as_bytes()].concat();
        let mut random = Pattern::after(&given);
        let (key, header) = (
            SecretKey::copied_from(case.key.as_bytes()).unwrap(),
            KeyHeader::parse(&case.header).unwrap(),
        );
        let recipient = Certificate::from_pem(&case.krd_cert_pem).unwrap();
        let unsigned = danger::wrap_unvalidated(
            (&WORLD.kdh, crl.as_ref()),
            (&key, &header),
            &recipient,
            &spec,
            &mut random,
        );
        assert!(random.is_used_up(), "{}", test.id);
        let unsigned = unsigned.unwrap();
        let token = unsigned.signed_by(&WORLD.signing_key(), &mut Pattern::new()).unwrap();
        assert_eq!(Hex::from(token.as_slice()), case.token, "{}", test.id);
        layouts.push(layout);
    });
    assert_eq!(layouts.len(), 6);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Open {
    token: Hex,
    krd_key_pem: String,
    krd_cert_pem: String,
    kdh_cert_pem: String,
    trust_anchors_pem: Vec<String>,
    now: String,
    expected_nonce: Option<Hex>,
    last_accepted_time: Option<String>,
    key: Option<Hex>,
    detail: Option<String>,
}

fn seconds(time: &str) -> UnixTime {
    let time: der::DateTime = time.parse().expect("a good one");
    UnixTime::from_seconds(time.unix_duration().as_secs())
}

impl Open {
    fn krd(&self, policy: Policy) -> Krd {
        let anchors = self.trust_anchors_pem.iter();
        let anchors =
            anchors.map(|pem| TrustAnchor::new(Certificate::from_pem(pem).expect("a good one")));
        let own = Certificate::from_pem(&self.krd_cert_pem).expect("a good one");
        Krd::new(own, anchors.collect(), policy).expect("a good one")
    }

    fn binding(&self) -> Binding {
        let mut binding =
            Binding::to(Certificate::from_pem(&self.kdh_cert_pem).expect("a good one"));
        if let Some(nonce) = &self.expected_nonce {
            binding =
                binding.with_outstanding_nonce(Nonce::new(nonce.as_bytes()).expect("a good one"));
        }
        if let Some(last) = &self.last_accepted_time {
            binding = binding.with_last_accepted_time(seconds(last));
        }
        binding
    }

    fn private_key(&self) -> PrivateKey {
        PrivateKey::from_pkcs8(&SigningKey::der_from_pem(&self.krd_key_pem).expect("a good one"))
            .expect("a good one")
    }

    fn opened(&self, policy: Policy, is_hybrid: bool) -> Result<SecretKey, Error> {
        let token = KtKdh::parse(self.token.as_bytes())?;
        let mut binding = self.binding();
        let verified = self.krd(policy).verify(&mut binding, &token, seconds(&self.now))?;
        let (key, mut random) = (self.private_key(), Pattern::new());
        let received = if is_hybrid {
            danger::open_hybrid(verified, &key, &mut random)?
        } else {
            verified.open(&key, &mut random)?
        };
        Ok(received.into_key())
    }
}

#[test]
fn what_is_acceptable_opens_once_it_is_asked_for_by_name() {
    let mut opened = 0;
    for_each("tr34/open", |test, case: Open| {
        let Some(key) = &case.key else { return };
        let is_hybrid = test.flags.iter().any(|flag| flag == "HybridOaep");
        let strictly = case.opened(Policy::strict(), false);
        assert_eq!(strictly.is_ok(), test.result == Expected::Valid, "{}", test.id);
        let code = match (&strictly, is_hybrid) {
            (Err(error), true) => ("OpenFailed", error.code()),
            (Err(error), false) => ("PolicyViolation", error.code()),
            _ => ("", ""),
        };
        assert_eq!(code.0, code.1, "{}", test.id);
        let found = case.opened(relaxed(), is_hybrid).expect("a good one");
        assert_eq!(found.expose_secret(), key.as_bytes(), "{}", test.id);
        opened += 1;
    });
    assert_eq!(opened, 7);
}

#[test]
fn a_token_that_does_not_open_says_why_to_an_audit_only() {
    let mut details = Vec::new();
    for_each("tr34/open", |test, case: Open| {
        let Some(detail) = &case.detail else { return };
        let error = case.opened(Policy::strict(), false).unwrap_err();
        assert_eq!(error.to_string(), "the token does not open");
        assert_eq!(format!("{error:?}"), "OpenFailed(OpenFailure)");
        let Error::OpenFailed(failure) = error else { panic!("{}", test.id) };
        assert_eq!(failure.for_audit().code(), detail, "{}", test.id);
        details.push(failure.for_audit());
    });
    assert_eq!(details, [Detail::HeaderMismatch, Detail::SenderIdMismatch]);
}

#[test]
fn a_refused_token_changes_nothing_and_an_accepted_one_uses_its_nonce_up() {
    for_each("tr34/open", |test, case: Open| {
        let Ok(token) = KtKdh::parse(case.token.as_bytes()) else { return };
        let (krd, mut binding) = (case.krd(relaxed()), case.binding());
        let before = format!("{binding:?}");
        match krd.verify(&mut binding, &token, seconds(&case.now)) {
            Ok(_) => {
                assert!(binding.outstanding_nonce().is_none(), "{}", test.id);
                let again = krd.verify(&mut binding, &token, seconds(&case.now)).unwrap_err();
                assert!(matches!(again, Error::NonceMismatch | Error::TimeNotFresh), "{again}");
            }
            Err(_) => assert_eq!(format!("{binding:?}"), before, "{}", test.id),
        }
    });
}
