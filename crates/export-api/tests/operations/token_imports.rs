//! TR-34 key tokens taken back: of every layout that is allowed, once, and for whom they are.

use key_types::SecretKey;
use payment_pki::{Certificate, CertificateProfile, Trusted, UnixTime, role, validate};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tr34::{Kdh, KeyHeader, KeyTokenSpec, Layout, Nonce, Relaxation, UnsignedToken};

use crate::imports::arn;
use crate::pki::{DAY, NOW, anchors, base64, certificates, issued, root, signing_key, spec, trust};
use crate::world::{World, create_pair};

const NONCE: &str = "0123456789ABCDEF";
const KEY: &[u8] = b"a key of 16 byte";

/// An endpoint that takes tokens, and a sender that it trusts.
struct Setting {
    world: World,
    authority: String,
    sender: Certificate,
    parameters: Value,
}

impl Setting {
    fn new(layouts: &[Layout]) -> Self {
        let world = World::new();
        let service = world.service.with_import_layouts(layouts.to_vec());
        let world = World { service };
        let root = root("Sender root");
        let authority = trust(&world, &root);
        let year = (NOW - DAY, NOW + 365 * DAY);
        let sender = issued(&root, 4096, &spec("KDH", CertificateProfile::Sender, year), 2048);
        let request =
            json!({"KeyMaterialType": "TR34_KEY_BLOCK", "WrappingKeyAlgorithm": "RSA_2048"});
        let parameters = world.call("GetParametersForImport", &request).unwrap();
        Self { world, authority, sender, parameters }
    }

    /// The receiver as the sender trusts it.
    fn receiver(&self) -> Trusted<role::Krd> {
        let [own] = certificates(&self.parameters["WrappingKeyCertificate"]).try_into().unwrap();
        let [chain] =
            certificates(&self.parameters["WrappingKeyCertificateChain"]).try_into().unwrap();
        let now = UnixTime::from_seconds(NOW);
        let policy = payment_pki::Policy::strict();
        validate(&own, &[], &anchors(&chain), &[], now, &policy).unwrap()
    }

    fn token(&self, header: &str, key: &[u8], spec: &KeyTokenSpec) -> String {
        let now = UnixTime::from_seconds(NOW);
        let kdh = Kdh::judged_by_others(self.sender.clone(), now).unwrap();
        let key = SecretKey::copied_from(key).unwrap();
        let header = KeyHeader::parse(header).unwrap();
        let mut random = getrandom::SysRng;
        let unsigned = kdh.wrap(&key, &header, &self.receiver(), spec, now, &mut random);
        signed(unsigned.unwrap())
    }

    fn import(&self, token: &str, nonce: Option<&str>) -> Value {
        let mut request = json!({"KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": self.authority,
            "SigningKeyCertificate": base64(&self.sender),
            "ImportToken": self.parameters["ImportToken"],
            "WrappedKeyBlock": token,
            "KeyBlockFormat": "X9_TR34_2012",
        }}});
        if let Some(nonce) = nonce {
            request["KeyMaterial"]["Tr34KeyBlock"]["RandomNonce"] = json!(nonce);
        }
        request
    }

    fn refused(&self, request: &Value) -> String {
        let refusal = self.world.refusal("ImportKey", request);
        assert_eq!(refusal.code, "ValidationException", "{}", refusal.message);
        refusal.message
    }
}

fn signed(unsigned: UnsignedToken) -> String {
    let token = unsigned.signed_by(&signing_key(2048), &mut getrandom::SysRng).unwrap();
    base16ct::upper::encode_string(&token)
}

fn two_pass() -> KeyTokenSpec {
    KeyTokenSpec::two_pass(Nonce::new(&base16ct::upper::decode_vec(NONCE).unwrap()).unwrap())
}

#[test]
fn tokens_of_every_layout_are_taken_where_it_is_allowed() {
    let setting = Setting::new(Layout::ALL);
    for &layout in Layout::ALL {
        let make = |spec: KeyTokenSpec| {
            let spec = spec
                .with_layout(layout)
                .with_crl(tr34::CrlPlacement::Absent)
                .allowing(Relaxation::OnePassWithoutCrl);
            setting.token("D0112P0TE07S0000", KEY, &spec)
        };
        let token = make(two_pass());
        let taken = setting.world.call("ImportKey", &setting.import(&token, Some(NONCE))).unwrap();
        assert_eq!(taken["Key"]["KeyAttributes"]["KeyAlgorithm"], "TDES_2KEY");
        assert_eq!(taken["Key"]["KeyAttributes"]["KeyUsage"], "TR31_P0_PIN_ENCRYPTION_KEY");
        assert_eq!(taken["Key"]["Exportable"], json!(true));
        let key = SecretKey::copied_from(KEY).unwrap();
        assert!(bool::from(setting.world.secret(arn(&taken)).ct_eq(&key)));
        let remarks = setting.world.service.audit().last().remarks;
        assert_eq!(remarks, json!({"tr34Layout": layout.code().to_string()}));
        // Of one pass, where the layout goes without a list.
        if layout == Layout::X9Tr34_2012 {
            let token = make(KeyTokenSpec::one_pass(UnixTime::from_seconds(NOW)));
            assert!(setting.world.call("ImportKey", &setting.import(&token, None)).is_ok());
        }
    }
    let strict = Setting::new(&[Layout::X9Tr34_2012]);
    let spec = two_pass().with_layout(Layout::StrictCms).with_crl(tr34::CrlPlacement::Absent);
    let token = strict.token("D0112P0TE07S0000", KEY, &spec);
    let refusal = strict.refused(&strict.import(&token, Some(NONCE)));
    assert!(refusal.ends_with("has layout A, which this endpoint was not told to take"));
}

#[test]
fn a_token_is_taken_once_whatever_becomes_of_the_key() {
    let setting = Setting::new(&[Layout::X9Tr34_2012]);
    let token = setting.token("D0112P0TE00S0000", KEY, &two_pass());
    let request = setting.import(&token, Some(NONCE));
    let taken = setting.world.call("ImportKey", &request).unwrap();
    let again = "KeyMaterial.Tr34KeyBlock.WrappedKeyBlock: the key token was taken before";
    assert_eq!(setting.refused(&request), again);
    setting.world.call("DeleteKey", &json!({"KeyIdentifier": arn(&taken)})).unwrap();
    assert_eq!(setting.refused(&request), again);
    // Of one pass too.
    let spec = KeyTokenSpec::one_pass(UnixTime::from_seconds(NOW));
    let request = setting.import(&setting.token("D0112P0TE00S0000", KEY, &spec), None);
    assert!(setting.world.call("ImportKey", &request).is_ok());
    assert_eq!(setting.refused(&request), again);
}

#[test]
fn tokens_are_refused_by_name() {
    let setting = Setting::new(&[Layout::X9Tr34_2012]);
    let token = setting.token("D0112P0TE00S0000", KEY, &two_pass());
    let at = "KeyMaterial.Tr34KeyBlock.WrappedKeyBlock: the key token is refused";
    let refused = |token: &str, nonce| setting.refused(&setting.import(token, nonce));
    for nonce in [Some("0123456789ABCDEE"), None] {
        assert_eq!(refused(&token, nonce), format!("{at} (NonceMismatch)"));
    }
    let one_pass = KeyTokenSpec::one_pass(UnixTime::from_seconds(NOW));
    let one_pass = setting.token("D0112P0TE00S0000", KEY, &one_pass);
    assert_eq!(refused(&one_pass, Some(NONCE)), format!("{at} (NonceMismatch)"));
    let early = KeyTokenSpec::one_pass(UnixTime::from_seconds(NOW + 301));
    let early = setting.token("D0112P0TE00S0000", KEY, &early);
    assert_eq!(refused(&early, None), format!("{at} (TimeNotFresh)"));
    assert_eq!(refused(&token[..token.len() - 2], Some(NONCE)), format!("{at} (Malformed)"));
    let last = token.len() - 1;
    let flipped = if token.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{flipped}", &token[..last]);
    assert_eq!(refused(&forged, Some(NONCE)), format!("{at} (SignatureInvalid)"));
    let usage = setting.token("D0112B1TX00S0000", KEY, &two_pass());
    let usage = refused(&usage, Some(NONCE));
    assert!(usage.ends_with("the key has usage B1, which the API has no name for"), "{usage}");

    // Another sender than the one whose certificate is shown; one that is not trusted.
    let year = (NOW - DAY, NOW + 365 * DAY);
    let with_signer = |signer: &Certificate| {
        let mut request = setting.import(&token, Some(NONCE));
        request["KeyMaterial"]["Tr34KeyBlock"]["SigningKeyCertificate"] = json!(base64(signer));
        setting.refused(&request)
    };
    let same_root = root("Sender root");
    let other = issued(&same_root, 4096, &spec("KDH", CertificateProfile::Sender, year), 3072);
    assert!(with_signer(&other).ends_with("(SignatureInvalid)"));
    let stranger =
        issued(&root("Nobody"), 4096, &spec("KDH", CertificateProfile::Sender, year), 2048);
    assert!(with_signer(&stranger).ends_with("issued by none of those that are trusted"));
    let receiver = issued(&same_root, 4096, &spec("KDH", CertificateProfile::Receiver, year), 2048);
    assert!(with_signer(&receiver).ends_with("does not allow this use"));

    setting.world.days_pass(30);
    let ended = setting.refused(&setting.import(&token, Some(NONCE)));
    assert!(ended.ends_with("for this form, or has ended"), "{ended}");
}

#[test]
fn a_key_pair_with_a_certificate_of_ones_own_receives() {
    let setting = Setting::new(&[Layout::X9Tr34_2012]);
    let world = &setting.world;
    let request = create_pair("TR31_K2_TR34_ASYMMETRIC_KEY", "RSA_2048", &["Decrypt", "Unwrap"]);
    let pair = world.call("CreateKey", &request).unwrap();
    let pair = arn(&pair).to_owned();
    let shown = world.call("GetPublicKeyCertificate", &json!({"KeyIdentifier": pair})).unwrap();
    let [own] = certificates(&shown["KeyCertificate"]).try_into().unwrap();
    let [chain] = certificates(&shown["KeyCertificateChain"]).try_into().unwrap();
    let now = UnixTime::from_seconds(NOW);
    let policy = payment_pki::Policy::strict();
    let trusted: Trusted<role::Krd> =
        validate(&own, &[], &anchors(&chain), &[], now, &policy).unwrap();
    let kdh = Kdh::judged_by_others(setting.sender.clone(), now).unwrap();
    let key = SecretKey::copied_from(KEY).unwrap();
    let header = KeyHeader::parse("D0112P0TE00S0000").unwrap();
    let unsigned =
        kdh.wrap(&key, &header, &trusted, &two_pass(), now, &mut getrandom::SysRng).unwrap();
    let token = signed(unsigned);
    let with = |pair: &str, certificate: &Value| {
        let mut request = setting.import(&token, Some(NONCE));
        let form = request["KeyMaterial"]["Tr34KeyBlock"].as_object_mut().unwrap();
        form.remove("ImportToken");
        form.insert("WrappingKeyIdentifier".into(), json!(pair));
        form.insert("WrappingKeyCertificate".into(), certificate.clone());
        request
    };
    let other = setting.refused(&with(&pair, &setting.parameters["WrappingKeyCertificate"]));
    assert!(other.ends_with("the certificate is not one of the key pair"), "{other}");
    let mut both = with(&pair, &shown["KeyCertificate"]);
    both["KeyMaterial"]["Tr34KeyBlock"]["ImportToken"] = setting.parameters["ImportToken"].clone();
    assert!(setting.refused(&both).contains("must have either ImportToken, or"));
    let taken = world.call("ImportKey", &with(&pair, &shown["KeyCertificate"])).unwrap();
    assert!(bool::from(world.secret(arn(&taken)).ct_eq(&key)));
    // For another receiver.
    let elsewhere = setting.refused(&setting.import(&token, Some(NONCE)));
    assert!(elsewhere.ends_with("(RecipientMismatch)"), "{elsewhere}");
}
