//! A partner who sends known keys to the program in every form, and takes them back.

use dukpt::{aes, tdes};
use key_types::SecretKey;
use rsa_wrap::WrappingSpec;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tr31::{Kbpk, Version};

use crate::imports::{
    arn, block, cryptogram, import_cryptogram, import_tr31, parameters, parameters_request, trust,
    trust_request,
};
use crate::program::Running;
use crate::world::{KEK, WRAP, World, create_key, export};

const DATA: &str = "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY";
const TDES_KSN: &str = "FFFF9876543210E00001";
const AES_KSN: &str = "123456789012345600000001";

/// A key that nobody else has, with odd parity.
pub(crate) fn canary(name: &str, length: usize) -> Vec<u8> {
    let hash = Sha256::digest(name);
    let odd = |byte: &u8| (byte & 0xFE) | u8::from((byte >> 1).count_ones().is_multiple_of(2));
    hash[..length].iter().map(odd).collect()
}

/// A text that nobody else has.
pub(super) fn distinctive_text(name: &str) -> String {
    base16ct::lower::encode_string(&canary(name, 16))
}

impl Running {
    /// Carries out an operation that must be.
    pub(crate) fn done(&self, operation: &str, body: &Value) -> Value {
        let answer = self.call(operation, &body.to_string());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{operation}: {answer}");
        serde_json::from_str(body).unwrap()
    }
}

/// What the program was given, and how it is asked for it.
pub(crate) struct Traffic {
    /// The keys by name, among them those that follow from them.
    pub(crate) canaries: Vec<(&'static str, Vec<u8>)>,
    /// One export in each form of each key.
    pub(crate) exports: Vec<Value>,
    /// The tokens of its key pairs.
    pub(crate) tokens: Vec<String>,
}

impl Traffic {
    /// Brings the keys into the program.
    pub(crate) async fn begin(server: &Running) -> Self {
        let partner = World::new();
        partner.now_as_the_machine();
        let request = |kind, algorithm| parameters_request("Import", kind, algorithm);
        let wrapper = server.done("GetParametersForImport", &request("KEY_CRYPTOGRAM", "RSA_3072"));
        let receiver =
            server.done("GetParametersForImport", &request("TR34_KEY_BLOCK", "RSA_2048"));
        let sender = server.done(
            "GetParametersForExport",
            &parameters_request("Export", "TR34_KEY_BLOCK", "RSA_2048"),
        );
        let taker = parameters(&partner, "Import", "TR34_KEY_BLOCK", "RSA_3072").await;
        let takers =
            server.done("ImportKey", &trust_request(&taker["WrappingKeyCertificateChain"]));

        let mut canaries = Vec::new();
        let mut known = |name, length| {
            canaries.push((name, canary(name, length)));
            canaries.last().unwrap().1.clone()
        };
        let by_cryptogram = |key: &[u8], usage, algorithm| {
            let wrapped = cryptogram(&wrapper, key, WrappingSpec::RsaOaepSha256);
            let attributes = &create_key(usage, algorithm, WRAP)["KeyAttributes"];
            let request = import_cryptogram(&wrapper, &wrapped, attributes, "RSA_OAEP_SHA_256");
            arn(&server.done("ImportKey", &request)).to_owned()
        };
        let (aes_kek, tdes_kek) = (known("AES KEK", 16), known("TDES KEK", 24));
        let aes = by_cryptogram(&aes_kek, KEK, "AES_128");
        let tdes = by_cryptogram(&tdes_kek, KEK, "TDES_3KEY");
        let data = by_cryptogram(&known("data key", 16), DATA, "AES_128");
        let by_block = |kek: &str, block: &str| {
            arn(&server.done("ImportKey", &import_tr31(kek, block))).to_owned()
        };
        let pin = by_block(&aes, &block(&aes_kek, "D0000P0AE00E0000", &known("PIN key", 16)));
        let tdes_bdk = known("TDES BDK", 16);
        let bdk = by_block(&tdes, &block(&tdes_kek, "B0000B0TX00E0000", &tdes_bdk));
        let aes_bdk = known("AES BDK", 16);
        let bdk_aes = by_block(&aes, &block(&aes_kek, "D0000B0AX00E0000", &aes_bdk));
        let sent = known("sent key", 24);
        let mut request = tr34_import(&partner, &receiver, &sent).await;
        // What the partner shows ends in one authority, whatever it is for.
        request["KeyMaterial"]["Tr34KeyBlock"]["CertificateAuthorityPublicKeyIdentifier"] =
            json!(arn(&takers));
        let mac = arn(&server.done("ImportKey", &request)).to_owned();
        canaries.extend(initial_keys(&tdes_bdk, &aes_bdk));
        canaries.extend(derived_keys(&aes_kek, &tdes_kek));

        let mut exports = Vec::new();
        let certified = |key: &str, form: &str, members: Value| {
            let mut request = json!({"ExportKeyIdentifier": key});
            request["KeyMaterial"][form] = members;
            request["KeyMaterial"][form]["CertificateAuthorityPublicKeyIdentifier"] =
                json!(arn(&takers));
            request["KeyMaterial"][form]["WrappingKeyCertificate"] =
                taker["WrappingKeyCertificate"].clone();
            request
        };
        let token = |nonce| {
            json!({
                "ExportToken": sender["ExportToken"], "KeyBlockFormat": "X9_TR34_2012",
                "RandomNonce": nonce,
            })
        };
        for key in [&aes, &tdes, &data, &pin, &bdk, &bdk_aes, &mac] {
            exports.push(export(key, &aes));
            exports.push(certified(key, "Tr34KeyBlock", token(json!("0123456789ABCDEF"))));
            exports.push(certified(key, "Tr34KeyBlock", token(Value::Null)));
        }
        for key in [&tdes, &bdk, &mac] {
            exports.push(export(key, &tdes));
        }
        for (key, spec) in [(&data, "RSA_OAEP_SHA_256"), (&mac, "RSA_OAEP_SHA_512")] {
            exports.push(certified(key, "KeyCryptogram", json!({"WrappingSpec": spec})));
        }
        for (key, ksn) in [(&bdk, TDES_KSN), (&bdk_aes, AES_KSN)] {
            let initial = json!({"ExportDukptInitialKey": {"KeySerialNumber": ksn}});
            for mut request in
                [export(key, &aes), certified(key, "Tr34KeyBlock", token(Value::Null))]
            {
                request["ExportAttributes"] = initial.clone();
                exports.push(request);
            }
        }
        let names = [&wrapper["ImportToken"], &receiver["ImportToken"], &sender["ExportToken"]];
        let tokens = names.map(|name| name.as_str().unwrap().to_owned()).to_vec();
        Self { canaries, exports, tokens }
    }
}

/// A key of the partner as an import under a token of the program, but for who vouches for it.
async fn tr34_import(partner: &World, receiver: &Value, key: &[u8]) -> Value {
    let own = parameters(partner, "Import", "KEY_CRYPTOGRAM", "RSA_3072").await;
    let wrapped = cryptogram(&own, key, WrappingSpec::RsaOaepSha256);
    let attributes = &create_key("TR31_M3_ISO_9797_3_MAC_KEY", "TDES_3KEY", &["Generate"]);
    let request =
        import_cryptogram(&own, &wrapped, &attributes["KeyAttributes"], "RSA_OAEP_SHA_256");
    let key = partner.done("ImportKey", request).await;
    let signer = parameters(partner, "Export", "TR34_KEY_BLOCK", "RSA_2048").await;
    let receivers = trust(partner, &receiver["WrappingKeyCertificateChain"]).await;
    let request = json!({"ExportKeyIdentifier": arn(&key), "KeyMaterial": {"Tr34KeyBlock": {
        "CertificateAuthorityPublicKeyIdentifier": receivers,
        "WrappingKeyCertificate": receiver["WrappingKeyCertificate"],
        "ExportToken": signer["ExportToken"],
        "KeyBlockFormat": "X9_TR34_2012",
    }}});
    let exported = partner.done("ExportKey", request).await;
    json!({"KeyMaterial": {"Tr34KeyBlock": {
        "SigningKeyCertificate": signer["SigningKeyCertificate"],
        "ImportToken": receiver["ImportToken"],
        "WrappedKeyBlock": exported["WrappedKey"]["KeyMaterial"],
        "KeyBlockFormat": "X9_TR34_2012",
    }}})
}

/// The keys that key blocks are encrypted and authenticated with.
fn derived_keys(aes_kek: &[u8], tdes_kek: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    let secret = |bytes| SecretKey::copied_from(bytes).unwrap();
    let (aes, tdes) =
        (Kbpk::aes(&secret(aes_kek)).unwrap(), Kbpk::tdes(&secret(tdes_kek)).unwrap());
    let [aes, tdes] = [(Version::D, aes), (Version::B, tdes)]
        .map(|(version, kbpk)| tr31::danger::derived_keys(version, &kbpk).unwrap());
    let bytes = |key: SecretKey| key.expose_secret().to_vec();
    [
        ("AES KBEK", bytes(aes.0)),
        ("AES KBAK", bytes(aes.1)),
        ("TDES KBEK", bytes(tdes.0)),
        ("TDES KBAK", bytes(tdes.1)),
    ]
}

/// The initial keys that leave in place of the base derivation keys.
fn initial_keys(tdes_bdk: &[u8], aes_bdk: &[u8]) -> [(&'static str, Vec<u8>); 2] {
    let secret = |bytes| SecretKey::copied_from(bytes).unwrap();
    let ksn = TDES_KSN.parse().unwrap();
    let tdes = tdes::Bdk::new(&secret(tdes_bdk)).unwrap().initial_key(&ksn);
    let ksn: key_types::AesKeySerialNumber = AES_KSN.parse().unwrap();
    let aes = aes::Bdk::new(&secret(aes_bdk)).unwrap().initial_key(&ksn.initial_key_id());
    [
        ("TDES initial key", tdes.secret_key().expose_secret().to_vec()),
        ("AES initial key", aes.secret_key().expose_secret().to_vec()),
    ]
}
