//! Exports under certificates, and what they do to those under a KEK.

use std::fs;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use base64ct::{Base64, Encoding};
use export_api::ports::{NewKeyPair, RsaKeys};
use export_server::rsa_keys::LocalRsaKeys;
use getrandom::SysRng;
use key_types::{HashAlgorithm, KeyAlgorithm};
use payment_pki::{
    Certificate, CertificateProfile, CertificateSpec, Name, NameAttribute, Sign, SigningKey,
    UnixTime, UnsignedCertificate,
};
use serde_json::{Value, json};

use crate::client::Client;

/// Measures TR-34 against bare signatures, then TR-31 alone and beside TR-34.
pub(super) async fn measure(
    client: &Client,
    span: Duration,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (signatures, of_signature) = with_processor_time(signatures_per_second(span)).await?;
    let of_signature = of_signature / (signatures * span.as_secs_f64());
    writeln!(out, "  {:<40}{signatures:>8.0}/s", "bare RSA-2048 signatures, all cores")?;

    let kek = client.create("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", &["Encrypt", "Wrap"]).await?;
    let key = client.create("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]).await?;
    let tr34 = client.signed("ExportKey", &tr34(client, &key).await?)?;
    let tr31 = client.signed(
        "ExportKey",
        &json!({
            "ExportKeyIdentifier": key,
            "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
        }),
    )?;
    let (exports, of_export) = with_processor_time(client.load(tr34.clone(), span)).await?;
    let of_export = of_export / (exports.per_second() * span.as_secs_f64());
    exports.print(out, "ExportKey TR-34, RSA_2048", None)?;
    let ratio = exports.per_second() / signatures;
    writeln!(out, "  {:<40}{ratio:>8.2}", "ratio to bare signatures")?;
    let (signature, export) = (of_signature * 1e3, of_export * 1e3);
    let ratio = signature / export;
    let title = "by processor time, with the client";
    writeln!(out, "  {title:<40}{ratio:>8.2}    {signature:.3} ms of {export:.3} ms")?;

    let alone = client.load(tr31.clone(), span).await?;
    alone.print(out, "TR-31 alone", None)?;
    let [nine, one] = client.load_nine_to_one(tr31, tr34, span).await?;
    nine.print(out, "TR-31, nine of ten requests", None)?;
    one.print(out, "TR-34, one of ten requests", None)?;
    let ratio = nine.percentile(99).as_secs_f64() / alone.percentile(99).as_secs_f64();
    Ok(writeln!(out, "  {:<40}{ratio:>8.2}", "p99 of TR-31, ratio to alone")?)
}

/// How many seconds of all cores this process took for something, which a machine that does other
/// things as well changes less than the time on the clock.
async fn with_processor_time<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(T, f64)> {
    let before = processor_seconds()?;
    let done = work.await?;
    Ok((done, processor_seconds()? - before))
}

/// What this process took so far, in user mode and in the kernel, to a hundredth of a second.
fn processor_seconds() -> anyhow::Result<f64> {
    let line = fs::read_to_string("/proc/self/stat")?;
    let (_, behind_name) = line.rsplit_once(')').context("no name in /proc/self/stat")?;
    let ticks = behind_name.split_ascii_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// Signs a message of the length of signed attributes on every core, with AWS-LC alone.
async fn signatures_per_second(span: Duration) -> anyhow::Result<f64> {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeyPair;
    use aws_lc_rs::signature::RSA_PKCS1_SHA256;

    let NewKeyPair { private_key, .. } =
        LocalRsaKeys::new().generate(KeyAlgorithm::Rsa2048).await?;
    let sign_for = |span: Duration, pair: KeyPair| {
        let (start, mut count) = (Instant::now(), 0_u32);
        let mut signature = vec![0; pair.public_modulus_len()];
        while start.elapsed() < span {
            let random = SystemRandom::new();
            pair.sign(&RSA_PKCS1_SHA256, &random, &[0x5A; 150], &mut signature)
                .map_err(|_| anyhow!("no signature"))?;
            count += 1;
        }
        anyhow::Ok(f64::from(count) / start.elapsed().as_secs_f64())
    };
    let mut workers = Vec::new();
    for _ in 0..thread::available_parallelism()?.get() {
        let pair =
            KeyPair::from_pkcs8(private_key.expose_secret()).map_err(|_| anyhow!("no key"))?;
        workers.push(thread::spawn(move || sign_for(span, pair)));
    }
    let mut total = 0.0;
    for worker in workers {
        total += worker.join().ok().context("a worker panicked")??;
    }
    Ok(total)
}

/// A request for a TR-34 export in one pass to a receiver with an RSA-2048 key.
async fn tr34(client: &Client, key: &str) -> anyhow::Result<Value> {
    let keys = LocalRsaKeys::new();
    let NewKeyPair { private_key: root_key, .. } = keys.generate(KeyAlgorithm::Rsa2048).await?;
    let root_key = SigningKey::from_pkcs8(&root_key, HashAlgorithm::Sha256)?;
    let authority = CertificateProfile::Authority { path_length: None };
    let root = UnsignedCertificate::self_signed(&spec("Root")?.with_profile(authority), &root_key)?;
    let root = root.signed_by(&root_key, &mut SysRng)?;
    let NewKeyPair { public_key, .. } = keys.generate(KeyAlgorithm::Rsa2048).await?;
    let receiver = spec("KRD")?.with_profile(CertificateProfile::Receiver);
    let algorithm = root_key.signature_algorithm();
    let receiver = UnsignedCertificate::issued_by(&root, &receiver, &public_key, algorithm)?;
    let receiver = receiver.signed_by(&root_key, &mut SysRng)?;

    let import = json!({"KeyMaterial": {"RootCertificatePublicKey": {
        "KeyAttributes": {
            "KeyUsage": "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE",
            "KeyClass": "PUBLIC_KEY",
            "KeyAlgorithm": "RSA_2048",
            "KeyModesOfUse": {"Verify": true},
        },
        "PublicKeyCertificate": encoded(&root),
    }}});
    let root = client.call("ImportKey", &import).await?;
    let request = json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048"});
    let parameters = client.call("GetParametersForExport", &request).await?;
    Ok(json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"Tr34KeyBlock": {
            "CertificateAuthorityPublicKeyIdentifier": root.pointer("/Key/KeyArn"),
            "WrappingKeyCertificate": encoded(&receiver),
            "ExportToken": parameters.get("ExportToken"),
            "KeyBlockFormat": "X9_TR34_2012",
        }},
    }))
}

/// A hundred requests: 80 for TR-31, 5 for TR-34, 5 for RSA cryptograms, and 10 that read a key.
pub(super) async fn mixture(client: &Client) -> anyhow::Result<Vec<Vec<u8>>> {
    let kek = client.create("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", &["Encrypt", "Wrap"]).await?;
    let key = client.create("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]).await?;
    let tr34 = tr34(client, &key).await?;
    let receiver = |member: &str| tr34.pointer(&format!("/KeyMaterial/Tr34KeyBlock/{member}"));
    let cryptogram = json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"KeyCryptogram": {
            "CertificateAuthorityPublicKeyIdentifier":
                receiver("CertificateAuthorityPublicKeyIdentifier"),
            "WrappingKeyCertificate": receiver("WrappingKeyCertificate"),
        }},
    });
    let tr31 = json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
    });
    let get = json!({"KeyIdentifier": key});
    let mut requests = Vec::new();
    for (count, operation, body) in [
        (80, "ExportKey", &tr31),
        (5, "ExportKey", &tr34),
        (5, "ExportKey", &cryptogram),
        (10, "GetKey", &get),
    ] {
        let request = client.signed(operation, body)?;
        requests.extend(std::iter::repeat_n(request, count));
    }
    Ok(requests)
}

fn spec(name: &str) -> anyhow::Result<CertificateSpec> {
    let name = Name::new(&[(NameAttribute::CommonName, name)])?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let times = (UnixTime::from_seconds(now - 60), UnixTime::from_seconds(now + 86_400));
    Ok(CertificateSpec::new(name, times, &[7])?)
}

fn encoded(certificate: &Certificate) -> String {
    Base64::encode_string(certificate.to_pem().as_bytes())
}
