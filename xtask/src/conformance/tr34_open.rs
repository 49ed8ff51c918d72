//! `tr34/open`: key tokens as a bound receiver takes them.

use key_types::SecretKey;
use payment_pki::{Certificate, SigningKey, TrustAnchor, UnixTime};
use rsa_wrap::PrivateKey;
use serde::Deserialize;
use serde_json::Value;
use test_vectors::Hex;
use tr34::{Binding, Error, Krd, KtKdh, Layout, Nonce, Policy};
use x509_cert::der::DateTime;

use super::operation::{Answer, Members, Operation, hex, inputs};
use super::randomness::Given;

pub(super) const OPERATION: Operation = Operation {
    name: "tr34/open",
    outputs: &["header", "key", "signingTime"],
    // The root stands above the authority that is the anchor, and is not asked. The detail is
    // compared by the tests of the crate: an error does not show it.
    remarks: &["rootCertPem", "detail"],
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    layout: char,
    passes: u8,
    token: Hex,
    krd_key_pem: String,
    krd_cert_pem: String,
    kdh_cert_pem: String,
    trust_anchors_pem: Vec<String>,
    crl: Option<Hex>,
    now: String,
    expected_nonce: Option<Hex>,
    last_accepted_time: Option<String>,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(open(&inputs)))
}

fn open(inputs: &Inputs) -> Result<Answer, &'static str> {
    let code = |error: Error| error.code();
    let anchors = inputs.trust_anchors_pem.iter();
    let anchors = anchors.map(|pem| certificate(pem).map(TrustAnchor::new));
    let krd = Krd::new(
        certificate(&inputs.krd_cert_pem)?,
        anchors.collect::<Result<_, _>>()?,
        Policy::strict(),
    );
    let krd = krd.map_err(code)?;
    let mut binding = Binding::to(certificate(&inputs.kdh_cert_pem)?);
    if let Some(nonce) = &inputs.expected_nonce {
        binding = binding.with_outstanding_nonce(Nonce::new(nonce.as_bytes()).map_err(code)?);
    }
    if let Some(last) = &inputs.last_accepted_time {
        binding = binding.with_last_accepted_time(time(last)?);
    }

    let token = KtKdh::parse(inputs.token.as_bytes()).map_err(code)?;
    let verified = krd.verify(&mut binding, &token, time(&inputs.now)?).map_err(code)?;
    let private = SigningKey::der_from_pem(&inputs.krd_key_pem).map_err(|error| error.code())?;
    let private = PrivateKey::from_pkcs8(&private).map_err(|error| error.code())?;
    let received = verified.open(&private, &mut Given::new(&[])).map_err(code)?;

    let list = inputs.crl.as_ref().map(Hex::as_bytes);
    if token.crl().map(payment_pki::Crl::as_der) != list {
        return Err("CrlOfCaseNotInToken");
    }
    let is_two_pass = token.unverified_nonce().is_some();
    if Some(received.layout()) != Layout::from_code(inputs.layout)
        || is_two_pass != (inputs.passes == 2)
    {
        return Err("LayoutOrPassesDiffer");
    }
    let mut answer = Members::new();
    answer.insert("header".into(), received.header().text().into());
    answer.insert("key".into(), hex(received.key()));
    if let Some(time) = received.signing_time() {
        answer.insert("signingTime".into(), text(time));
    }
    Ok(Answer::Gave(answer))
}

pub(super) fn certificate(pem: &str) -> Result<Certificate, &'static str> {
    Certificate::from_pem(pem).map_err(|error| error.code())
}

pub(super) fn secret(bytes: &[u8]) -> Result<SecretKey, &'static str> {
    SecretKey::copied_from(bytes).map_err(|_| "KeyLength")
}

/// A time as vectors have it.
pub(super) fn time(text: &str) -> Result<UnixTime, &'static str> {
    let time: DateTime = text.parse().map_err(|_| "TimeMalformed")?;
    Ok(UnixTime::from_seconds(time.unix_duration().as_secs()))
}

/// A time as vectors have it.
pub(super) fn text(time: UnixTime) -> Value {
    let time = DateTime::from_unix_duration(std::time::Duration::from_secs(time.seconds()));
    time.map_or(Value::Null, |time| time.to_string().into())
}
