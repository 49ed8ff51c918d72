//! Keys that come back: between two endpoints with root keys of their own, and from a partner who
//! knows the standards only; and every import that must be refused.

use base64ct::{Base64, Encoding};
use getrandom::SysRng;
use key_types::{AlgorithmFamily, SecretKey};
use payment_pki::Certificate;
use rsa_wrap::{Recipient, WrappingSpec};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tr31::{Header, Kbpk};
use tr34::Layout;

use crate::races::together;
use crate::world::{BDK, KEK, WRAP, World, create_key, export};

const NONCE: &str = "0123456789ABCDEF";
const PIN: &str = "TR31_P0_PIN_ENCRYPTION_KEY";
/// Keys of a partner, for tests only.
const KNOWN_TDES: &[u8] = &[0x15; 24];
const KNOWN_AES: &[u8] = b"an example key..";

pub(crate) fn arn(answer: &Value) -> &str {
    answer["Key"]["KeyArn"].as_str().unwrap()
}

fn material(answer: &Value) -> &str {
    answer["WrappedKey"]["KeyMaterial"].as_str().unwrap()
}

pub(crate) async fn parameters(
    world: &World,
    direction: &str,
    kind: &str,
    algorithm: &str,
) -> Value {
    let request = parameters_request(direction, kind, algorithm);
    world.done(&format!("GetParametersFor{direction}"), request).await
}

pub(crate) fn parameters_request(direction: &str, kind: &str, algorithm: &str) -> Value {
    let member = if direction == "Export" { "SigningKeyAlgorithm" } else { "WrappingKeyAlgorithm" };
    let mut request = json!({"KeyMaterialType": kind});
    request[member] = json!(algorithm);
    request
}

/// Imports the root that a chain of another endpoint ends with.
pub(crate) async fn trust(world: &World, chain: &Value) -> String {
    arn(&world.done("ImportKey", trust_request(chain)).await).to_owned()
}

pub(crate) fn trust_request(chain: &Value) -> Value {
    json!({"KeyMaterial": {"RootCertificatePublicKey": {
        "KeyAttributes": {
            "KeyUsage": "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE",
            "KeyClass": "PUBLIC_KEY",
            "KeyAlgorithm": "RSA_4096",
            "KeyModesOfUse": {"Verify": true},
        },
        "PublicKeyCertificate": chain,
    }}})
}

pub(crate) fn import_tr31(kek: &str, block: &str) -> Value {
    json!({"KeyMaterial": {"Tr31KeyBlock": {
        "WrappingKeyIdentifier": kek,
        "WrappedKeyBlock": block,
    }}})
}

/// Two endpoints that know nothing of each other but certificates.
struct Partners {
    here: World,
    there: World,
    receivers: String,
    senders: String,
    export: Value,
    import: Value,
}

impl Partners {
    async fn new() -> Self {
        let (here, there) = (World::new(), World::new());
        let export = parameters(&here, "Export", "TR34_KEY_BLOCK", "RSA_2048").await;
        let import = parameters(&there, "Import", "TR34_KEY_BLOCK", "RSA_3072").await;
        let receivers = trust(&here, &import["WrappingKeyCertificateChain"]).await;
        let senders = trust(&there, &export["SigningKeyCertificateChain"]).await;
        Self { here, there, receivers, senders, export, import }
    }

    async fn send(&self, key: &str, nonce: Option<&str>) -> String {
        let mut request = json!({"ExportKeyIdentifier": key, "KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": self.receivers,
            "WrappingKeyCertificate": self.import["WrappingKeyCertificate"],
            "ExportToken": self.export["ExportToken"],
            "KeyBlockFormat": "X9_TR34_2012",
        }}});
        if let Some(nonce) = nonce {
            request["KeyMaterial"]["Tr34KeyBlock"]["RandomNonce"] = json!(nonce);
        }
        material(&self.here.done("ExportKey", request).await).to_owned()
    }

    fn receive(&self, token: &str, nonce: Option<&str>) -> Value {
        let mut request = json!({"KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": self.senders,
            "SigningKeyCertificate": self.export["SigningKeyCertificate"],
            "ImportToken": self.import["ImportToken"],
            "WrappedKeyBlock": token,
            "KeyBlockFormat": "X9_TR34_2012",
        }}});
        if let Some(nonce) = nonce {
            request["KeyMaterial"]["Tr34KeyBlock"]["RandomNonce"] = json!(nonce);
        }
        request
    }

    async fn move_key(&self, key: &str, nonce: Option<&str>) -> Value {
        let token = self.send(key, nonce).await;
        self.there.done("ImportKey", self.receive(&token, nonce)).await
    }
}

#[tokio::test]
async fn a_kek_goes_by_tr34_and_what_it_wraps_follows_and_comes_back() {
    let partners = Partners::new().await;
    let (here, there) = (&partners.here, &partners.there);
    let kek = here.key("kek", KEK, "AES_128", WRAP).await;
    let kek_there = partners.move_key(&kek, Some(NONCE)).await;
    let kek_there = arn(&kek_there).to_owned();
    for (usage, algorithm, modes) in [
        (BDK, "TDES_2KEY", &["DeriveKey"][..]),
        (BDK, "AES_128", &["DeriveKey"]),
        (PIN, "TDES_3KEY", &["Encrypt", "Wrap"]),
        ("TR31_M3_ISO_9797_3_MAC_KEY", "TDES_2KEY", &["Generate"]),
        ("TR31_C0_CARD_VERIFICATION_KEY", "TDES_2KEY", &["Generate", "Verify"]),
    ] {
        let made = here.done("CreateKey", create_key(usage, algorithm, modes)).await;
        let sent = here.done("ExportKey", export(arn(&made), &kek)).await;
        let request = import_tr31(&kek_there, material(&sent));
        let taken = there.done("ImportKey", request).await;
        // One pass, for the same key again.
        let twin = partners.move_key(arn(&made), None).await;
        let back = there.done("ExportKey", export(arn(&taken), &kek_there)).await;
        let again = here.done("ImportKey", import_tr31(&kek, material(&back))).await;
        for copy in [&taken, &twin, &again] {
            for member in ["KeyAttributes", "KeyCheckValue", "KeyCheckValueAlgorithm", "Exportable"]
            {
                assert_eq!(copy["Key"][member], made["Key"][member], "{usage} {member}");
            }
        }
    }
    // What came is there after a restart, with where it came from.
    let Partners { there, .. } = partners;
    let there = there.restarted().await;
    let shown = there.done("GetKey", json!({"KeyIdentifier": kek_there})).await;
    assert_eq!(shown["Key"]["KeyOrigin"], "EXTERNAL");
    let lines = there.audit_lines();
    let by_token =
        lines.iter().filter(|line| line["additionalEventData"]["tr34Layout"] == "E").count();
    assert_eq!(by_token, 6);
}

/// An endpoint, and a partner whose KEKs it has taken as RSA cryptograms.
struct Receiver {
    world: World,
    tdes: String,
    aes: String,
    wrapper: Value,
}

impl Receiver {
    async fn new() -> Self {
        let world = World::new();
        let wrapper = parameters(&world, "Import", "KEY_CRYPTOGRAM", "RSA_3072").await;
        let mut this = Self { world, tdes: String::new(), aes: String::new(), wrapper };
        for (algorithm, key) in [("TDES_3KEY", KNOWN_TDES), ("AES_128", KNOWN_AES)] {
            let cryptogram = this.cryptogram(key, WrappingSpec::RsaOaepSha256);
            let request = this.import_cryptogram(&cryptogram, KEK, algorithm, "RSA_OAEP_SHA_256");
            let taken = this.world.done("ImportKey", request).await;
            let slot = if algorithm == "AES_128" { &mut this.aes } else { &mut this.tdes };
            arn(&taken).clone_into(slot);
        }
        this
    }

    fn cryptogram(&self, key: &[u8], spec: WrappingSpec) -> String {
        cryptogram(&self.wrapper, key, spec)
    }

    fn import_cryptogram(
        &self,
        cryptogram: &str,
        usage: &str,
        algorithm: &str,
        spec: &str,
    ) -> Value {
        let attributes = &create_key(usage, algorithm, WRAP)["KeyAttributes"];
        import_cryptogram(&self.wrapper, cryptogram, attributes, spec)
    }

    /// Sends what must be refused, and sees that nothing at all was stored or recorded.
    async fn refused(&self, request: &Value) -> String {
        refused(&self.world, request).await
    }
}

/// A key under the public key of an import token.
pub(crate) fn cryptogram(parameters: &Value, key: &[u8], spec: WrappingSpec) -> String {
    let pem = Base64::decode_vec(parameters["WrappingKeyCertificate"].as_str().unwrap());
    let certificate = Certificate::from_pem(&String::from_utf8(pem.unwrap()).unwrap()).unwrap();
    let info = certificate.subject_public_key_info_der();
    let recipient = Recipient::from_subject_public_key_info(info).unwrap();
    let key = SecretKey::copied_from(key).unwrap();
    let wrapped = rsa_wrap::wrap(&recipient, spec, &key, &mut SysRng).unwrap();
    base16ct::upper::encode_string(&wrapped)
}

pub(crate) fn import_cryptogram(
    parameters: &Value,
    cryptogram: &str,
    attributes: &Value,
    spec: &str,
) -> Value {
    json!({"KeyMaterial": {"KeyCryptogram": {
        "KeyAttributes": attributes,
        "Exportable": true,
        "WrappedKeyCryptogram": cryptogram,
        "ImportToken": parameters["ImportToken"],
        "WrappingSpec": spec,
    }}})
}

/// How often the database was written, as another connection to it is told.
fn data_version(database: &Connection) -> i64 {
    database.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap()
}

async fn refused(world: &World, request: &Value) -> String {
    let path = world.directory.path().join("data").join("keys.sqlite3");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let before = (data_version(&database), world.state().await);
    let answer = world.call("ImportKey", request).await;
    assert_eq!(answer.code(), "ValidationException", "{}", answer.body);
    assert_eq!(answer.status, 400);
    assert!((data_version(&database), world.state().await) == before, "{}", answer.body);
    answer.message().to_owned()
}

pub(crate) fn block(kek: &[u8], header: &str, key: &[u8]) -> String {
    let header = Header::parse(header).unwrap();
    let kek = SecretKey::copied_from(kek).unwrap();
    let kbpk = match header.version().kbpk_family() {
        AlgorithmFamily::Aes => Kbpk::aes(&kek),
        _ => Kbpk::tdes(&kek),
    };
    let key = SecretKey::copied_from(key).unwrap();
    tr31::wrap(&header, &key, &kbpk.unwrap(), &mut SysRng).unwrap()
}

#[tokio::test]
async fn key_blocks_that_must_be_refused() {
    let receiver = Receiver::new().await;
    let (tdes, aes) = (receiver.tdes.as_str(), receiver.aes.as_str());
    let good = block(KNOWN_AES, "D0000P0AE00E0000", &[7; 16]);
    let member = "KeyMaterial.Tr31KeyBlock.WrappedKeyBlock: ";
    let does_not_open = format!("{member}the key block does not open under the wrapping key");

    // Tampered, or under another KEK of the same or of another family: nobody can tell which.
    let tampered = good.replacen("P0AE00E", "P0AN00E", 1);
    assert_eq!(receiver.refused(&import_tr31(aes, &tampered)).await, does_not_open);
    let mut body = good.clone().into_bytes();
    body[60] = if body[60] == b'0' { b'1' } else { b'0' };
    let tampered = String::from_utf8(body).unwrap();
    assert_eq!(receiver.refused(&import_tr31(aes, &tampered)).await, does_not_open);
    let other = receiver.world.key("other", KEK, "AES_128", WRAP).await;
    assert_eq!(receiver.refused(&import_tr31(&other, &good)).await, does_not_open);
    assert_eq!(receiver.refused(&import_tr31(tdes, &good)).await, does_not_open);

    for (kek, known, header, length, rule) in [
        (aes, KNOWN_AES, "D0000P0AE00E0000", 32, "AES_128, which is weaker"),
        (tdes, KNOWN_TDES, "B0000P0AE00E0000", 16, "TDES_3KEY, which is weaker"),
        (aes, KNOWN_AES, "D0000P0AC00E0000", 16, "KeyModesOfUse: usage TR31_P0"),
        (aes, KNOWN_AES, "D0000M3AG00E0000", 16, "KeyAlgorithm: usage TR31_M3"),
        (aes, KNOWN_AES, "D0000B1TX00E0000", 16, "has usage B1, which the API has no name for"),
        (aes, KNOWN_AES, "D0000D3AE00E0000", 16, "has usage D3, which the API has no name for"),
    ] {
        let key: Vec<u8> = (0_u8..length).collect();
        let refusal = receiver.refused(&import_tr31(kek, &block(known, header, &key))).await;
        assert!(refusal.contains(rule), "{header}: {refusal}");
    }
    let twice = "D0160D0AB00E0200LB08aaaaLB08bbbb4D509A4D3CC8EBBD9E04710E620A7F1AF63328F3C4032D10\
                 9CA1CC94EA774438F715";
    let twice = format!("{twice:0<160}");
    let refusal = receiver.refused(&import_tr31(aes, &twice)).await;
    assert_eq!(refusal, format!("{member}the key block is malformed (OptDuplicate)"));

    let taken = receiver.world.done("ImportKey", import_tr31(aes, &good)).await;
    assert_eq!(taken["Key"]["Exportable"], json!(true));
}

#[tokio::test]
async fn cryptograms_that_must_be_refused() {
    let receiver = Receiver::new().await;
    let cryptogram = receiver.cryptogram(&[7; 16], WrappingSpec::RsaOaepSha256);
    let with = |algorithm, spec| receiver.import_cryptogram(&cryptogram, PIN, algorithm, spec);
    let refusal = receiver.refused(&with("TDES_3KEY", "RSA_OAEP_SHA_256")).await;
    assert!(refusal.contains("mismatching"), "{refusal}");
    let wrong_hash = receiver.refused(&with("AES_128", "RSA_OAEP_SHA_512")).await;
    assert!(wrong_hash.ends_with("does not decrypt under the key of the token"), "{wrong_hash}");
    let mut tampered = cryptogram.clone();
    tampered.replace_range(100..101, if cryptogram[100..].starts_with('0') { "1" } else { "0" });
    let request = receiver.import_cryptogram(&tampered, PIN, "AES_128", "RSA_OAEP_SHA_256");
    assert_eq!(receiver.refused(&request).await, wrong_hash);
    let refusal = receiver.refused(&with("AES_256", "RSA_OAEP_SHA_256")).await;
    assert!(refusal.contains("goes under no RSA key"), "{refusal}");

    receiver.world.wait(30 * 86_400_000);
    let refusal = receiver.refused(&with("AES_128", "RSA_OAEP_SHA_256")).await;
    assert!(refusal.contains("or has ended"), "{refusal}");
}

#[tokio::test]
async fn tokens_that_must_be_refused() {
    let partners = Partners::new().await;
    let key = partners.here.key("key", PIN, "TDES_2KEY", WRAP).await;
    let token = partners.send(&key, Some(NONCE)).await;
    let there = &partners.there;
    let member = "KeyMaterial.Tr34KeyBlock.WrappedKeyBlock: the key token";
    for (nonce, reason) in [(Some("0123456789ABCDEE"), "NonceMismatch"), (None, "NonceMismatch")] {
        let refusal = refused(there, &partners.receive(&token, nonce)).await;
        assert_eq!(refusal, format!("{member} is refused ({reason})"));
    }
    let last = if token.ends_with('0') { "1" } else { "0" };
    let tampered = format!("{}{last}", &token[..token.len() - 1]);
    let refusal = refused(there, &partners.receive(&tampered, Some(NONCE))).await;
    assert_eq!(refusal, format!("{member} is refused (SignatureInvalid)"));

    let request = partners.receive(&token, Some(NONCE));
    there.done("ImportKey", request.clone()).await;
    assert_eq!(refused(there, &request).await, format!("{member} was taken before"));

    let fresh = partners.send(&key, Some(NONCE)).await;
    there.wait(30 * 86_400_000);
    let refusal = refused(there, &partners.receive(&fresh, Some(NONCE))).await;
    assert!(refusal.contains("or has ended"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_who_bring_the_same_token_is_heard() {
    let partners = Partners::new().await;
    let key = partners.here.key("key", PIN, "TDES_2KEY", WRAP).await;
    let token = partners.send(&key, Some(NONCE)).await;
    let request = partners.receive(&token, Some(NONCE));
    let answers = together(&partners.there, "ImportKey", |_| request.clone()).await;
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(taken, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        let late = answer.message().ends_with("the key token was taken before");
        assert!(late || answer.code() == "ConflictException", "{}", answer.body);
    }
}

#[tokio::test]
async fn a_layout_is_taken_where_the_setting_says_so() {
    for (allowed, taken) in [(vec![Layout::X9Tr34_2012], true), (vec![Layout::StrictCms], false)] {
        let partners = Partners::new().await;
        let key = partners.here.key("key", PIN, "TDES_2KEY", WRAP).await;
        let token = partners.send(&key, Some(NONCE)).await;
        let Partners { there, .. } = &partners;
        let there = there.with_layouts(allowed);
        let answer = there.call("ImportKey", &partners.receive(&token, Some(NONCE))).await;
        assert_eq!(answer.status == 200, taken, "{}", answer.body);
        if !taken {
            assert!(answer.message().contains("has layout E"), "{}", answer.message());
        }
    }
}
