//! A receiver with a certificate, and its authority: what a terminal vendor has.

use anyhow::{Context, anyhow};
use base64ct::{Base64, Encoding};
use export_api::ports::{Clock, NewKeyPair, RsaKeys};
use getrandom::SysRng;
use key_types::{AlgorithmFamily, HashAlgorithm, KeyAlgorithm, SecretKey};
use payment_pki::{
    Certificate, CertificateProfile, CertificateSpec, Name, NameAttribute, Sign, SigningKey,
    TrustAnchor, UnixTime, UnsignedCertificate,
};
use rsa_wrap::{PrivateKey, WrappingSpec};
use serde_json::{Value, json};
use tr34::{Binding, Krd, KtKdh, Policy};

use super::receiver::{Received, check_value};
use super::story::text_at;
use crate::clock::SystemClock;
use crate::rsa_keys::LocalRsaKeys;

/// A key receiving device, which trusts the authority of a sender.
pub(super) struct CertifiedReceiver {
    root: Certificate,
    certificate: Certificate,
    private_key: PrivateKey,
    binding: Binding,
    sender_authority: Option<Certificate>,
}

const DAY: u64 = 86_400;

impl CertifiedReceiver {
    /// Makes the device: a root, and under it the certificate of an RSA-3072 key.
    pub(super) async fn make() -> anyhow::Result<Self> {
        let keys = LocalRsaKeys::new();
        let NewKeyPair { private_key: root_key, .. } = keys.generate(KeyAlgorithm::Rsa3072).await?;
        let root_key = SigningKey::from_pkcs8(&root_key, HashAlgorithm::Sha256)?;
        let spec = spec("Terminal vendor root", &[1])?
            .with_profile(CertificateProfile::Authority { path_length: None });
        let root = UnsignedCertificate::self_signed(&spec, &root_key)?;
        let root = root.signed_by(&root_key, &mut SysRng)?;

        let NewKeyPair { private_key, public_key } = keys.generate(KeyAlgorithm::Rsa3072).await?;
        let spec = spec_of_device()?;
        let algorithm = root_key.signature_algorithm();
        let certificate = UnsignedCertificate::issued_by(&root, &spec, &public_key, algorithm)?;
        let certificate = certificate.signed_by(&root_key, &mut SysRng)?;
        let private_key = PrivateKey::from_pkcs8(&private_key)?;
        let binding = Binding::unbound();
        Ok(Self { root, certificate, private_key, binding, sender_authority: None })
    }

    /// The request that imports the root.
    pub(super) fn import(&self) -> Value {
        json!({"KeyMaterial": {"RootCertificatePublicKey": {
            "KeyAttributes": {
                "KeyUsage": "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE",
                "KeyClass": "PUBLIC_KEY",
                "KeyAlgorithm": "RSA_3072",
                "KeyModesOfUse": {"Verify": true},
            },
            "PublicKeyCertificate": encoded(&self.root),
        }}})
    }

    /// The certificate as requests carry it.
    pub(super) fn certificate(&self) -> String {
        encoded(&self.certificate)
    }

    /// Binds to the sender whose parameters these are.
    pub(super) fn bind(&mut self, parameters: &Value) -> anyhow::Result<()> {
        let certificate =
            |at| Certificate::from_base64_pem(text_at(parameters, at)?).context("PEM");
        self.binding = Binding::to(certificate("/SigningKeyCertificate")?);
        self.sender_authority = Some(certificate("/SigningKeyCertificateChain")?);
        Ok(())
    }

    /// The random number that the next token is to have, in hex.
    pub(super) fn nonce(&mut self) -> anyhow::Result<String> {
        let request = self.binding.request_token(&mut SysRng)?;
        Ok(base16ct::upper::encode_string(request.nonce().as_bytes()))
    }

    /// Verifies and opens a TR-34 key token, under a strict policy.
    pub(super) fn open_token(&mut self, hex: &str) -> anyhow::Result<Received> {
        let der = base16ct::upper::decode_vec(hex).map_err(|_| anyhow!("no hex"))?;
        let token = KtKdh::parse(&der)?;
        let anchor = self.sender_authority.clone().context("not bound")?;
        let anchors = vec![TrustAnchor::new(anchor)];
        let krd = Krd::new(self.certificate.clone(), anchors, Policy::strict())?;
        let verified = krd.verify(&mut self.binding, &token, now())?;
        let received = verified.open(&self.private_key, &mut SysRng)?;
        Received::of(received.header().header(), received.key())
    }

    /// Unwraps an RSA cryptogram; nothing in it says what the key is.
    pub(super) fn unwrap(&self, hex: &str, algorithm: KeyAlgorithm) -> anyhow::Result<Received> {
        let cryptogram = base16ct::upper::decode_vec(hex).map_err(|_| anyhow!("no hex"))?;
        let spec = WrappingSpec::RsaOaepSha256;
        let key = rsa_wrap::unwrap(&self.private_key, spec, algorithm, &cryptogram, &mut SysRng)?;
        Received::without_header(&key, algorithm.family())
    }
}

impl Received {
    /// A key that came alone.
    fn without_header(key: &SecretKey, family: AlgorithmFamily) -> anyhow::Result<Self> {
        Ok(Self {
            header: vec![("key", format!("{} bytes, and nothing with it", key.length()))],
            usage: String::new(),
            check_value: check_value(key, family)?,
        })
    }
}

fn spec_of_device() -> anyhow::Result<CertificateSpec> {
    Ok(spec("Terminal 1", &[2])?.with_profile(CertificateProfile::Receiver))
}

fn spec(name: &str, serial_number: &[u8]) -> anyhow::Result<CertificateSpec> {
    let name = Name::new(&[(NameAttribute::CommonName, name)])?;
    let from = now();
    Ok(CertificateSpec::new(name, (from, from.plus_seconds(365 * DAY)), serial_number)?)
}

fn now() -> UnixTime {
    UnixTime::from_seconds(SystemClock.now().milliseconds() / 1000)
}

fn encoded(certificate: &Certificate) -> String {
    Base64::encode_string(certificate.to_pem().as_bytes())
}
