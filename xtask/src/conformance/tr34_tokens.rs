//! `tr34/tokens`: credentials, random numbers, unbind and rebind tokens, read.
//!
//! A case that names the certificate of the signer has a signature that holds by it: then the token
//! is verified too, as a receiver does.

use payment_pki::Certificate;
use serde::Deserialize;
use serde_json::{Value, json};
use test_vectors::Hex;
use tr34::{ContentForm, CtKdh, CtKrd, Error, Identity, RbtCa, RbtKdh, RtKrd, UbtCa, UbtKdh};

use super::operation::{Answer, Members, Operation, inputs};
use super::tr34_open::{certificate, text};

pub(super) const OPERATION: Operation = Operation {
    name: "tr34/tokens",
    outputs: &[
        "form",
        "nonce",
        "certificatePem",
        "crl",
        "krdId",
        "kdhId",
        "newKdhCertPem",
        "signingTime",
    ],
    remarks: &[],
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    kind: String,
    token: Hex,
    signer_cert_pem: Option<String>,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(read(&inputs)))
}

fn read(inputs: &Inputs) -> Result<Answer, &'static str> {
    let signer = inputs.signer_cert_pem.as_deref().map(certificate).transpose()?;
    let answer = members(&inputs.kind, inputs.token.as_bytes(), signer.as_ref());
    Ok(Answer::Gave(answer?.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

type Named = Vec<(&'static str, Value)>;

fn members(kind: &str, der: &[u8], signer: Option<&Certificate>) -> Result<Named, &'static str> {
    let verified = |result: Result<(), Error>| result.map_err(|error| error.code());
    let signed = |verify: &dyn Fn(&Certificate) -> Result<(), Error>| {
        verified(verify(signer.ok_or("SignerMissing")?))
    };
    let code = |error: Error| error.code();
    Ok(match kind {
        "RT_KRD" => {
            let token = RtKrd::parse(der).map_err(code)?;
            vec![("form", "attribute".into()), ("nonce", hex(token.nonce().as_bytes()))]
        }
        "CT_KRD" => {
            let token = CtKrd::parse(der).map_err(code)?;
            vec![
                ("form", content(token.has_empty_content())),
                ("certificatePem", token.certificate().to_pem().into()),
                ("crl", Value::Null),
            ]
        }
        "CT_KDH" => {
            let token = CtKdh::parse(der).map_err(code)?;
            vec![
                ("form", content(token.has_empty_content())),
                ("certificatePem", token.certificate().to_pem().into()),
                ("crl", hex(token.crl().as_der())),
            ]
        }
        "UBT_KDH" => {
            let token = UbtKdh::parse(der).map_err(code)?;
            signed(&|signer| token.verify_signature(signer))?;
            vec![
                ("form", "signedAttributes".into()),
                ("krdId", identity(token.unverified_receiver())),
                ("nonce", hex(token.unverified_nonce())),
                ("crl", token.crl().map_or(Value::Null, |crl| hex(crl.as_der()))),
            ]
        }
        "UBT_CA" => {
            let token = UbtCa::parse(der).map_err(code)?;
            signed(&|signer| token.verify_signature(signer))?;
            let has_attributes = token.has_signed_attributes();
            vec![
                ("form", if has_attributes { "signedAttributes" } else { "noAttributes" }.into()),
                ("krdId", identity(token.unverified_receiver())),
                ("kdhId", identity(token.unverified_sender())),
            ]
        }
        "RBT_KDH" => {
            let token = RbtKdh::parse(der).map_err(code)?;
            signed(&|signer| token.verify_signature(signer))?;
            vec![
                ("form", form(token.form())),
                ("krdId", identity(token.unverified_receiver())),
                ("newKdhCertPem", token.unverified_new_sender().to_pem().into()),
                ("nonce", hex(token.unverified_nonce())),
                ("crl", token.crl().map_or(Value::Null, |crl| hex(crl.as_der()))),
            ]
        }
        "RBT_CA" => {
            let token = RbtCa::parse(der).map_err(code)?;
            signed(&|signer| token.verify_signature(signer))?;
            vec![
                ("form", form(token.form())),
                ("krdId", identity(token.unverified_receiver())),
                ("kdhId", identity(token.unverified_sender())),
                ("newKdhCertPem", token.unverified_new_sender().to_pem().into()),
                ("signingTime", text(token.unverified_signing_time())),
            ]
        }
        _ => return Err("KindUnknown"),
    })
}

fn hex(bytes: &[u8]) -> Value {
    Hex::from(bytes).to_string().into()
}

fn identity(identity: &Identity) -> Value {
    json!({"issuer": hex(identity.issuer_der()), "serial": hex(identity.serial_number())})
}

fn content(is_empty: bool) -> Value {
    if is_empty { "contentEmpty" } else { "contentAbsent" }.into()
}

fn form(form: ContentForm) -> Value {
    match form {
        ContentForm::ContentsOnly => "contentsOnly",
        _ => "sequence",
    }
    .into()
}
