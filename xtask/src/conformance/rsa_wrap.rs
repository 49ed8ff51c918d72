//! `rsa-wrap/wrap` and `rsa-wrap/unwrap`: keys under RSA public keys with a given seed, and back.

use key_types::{KeyAlgorithm, SecretKey};
use rsa_wrap::{OaepDecrypt, PrivateKey, Recipient, WrappingSpec};
use serde::Deserialize;
use test_vectors::Hex;
use x509_cert::der::pem;

use super::operation::{Answer, Members, Operation, hex, inputs};
use super::randomness::Given;

pub(super) const WRAP: Operation = Operation {
    name: "rsa-wrap/wrap",
    outputs: &["ciphertext", "strengthAllowed", "rsaBits"],
    remarks: &[],
    answer: answer_wrap,
};

pub(super) const UNWRAP: Operation = Operation {
    name: "rsa-wrap/unwrap",
    outputs: &["key", "rsaBits"],
    remarks: &[],
    answer: answer_unwrap,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrapInputs {
    wrapping_spec: String,
    key_algorithm: String,
    public_key_pem: String,
    certificate_pem: String,
    key: Hex,
    seed: Hex,
}

fn answer_wrap(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: WrapInputs = inputs(members)?;
    Ok(Answer::from_result(wrap(&inputs)))
}

fn wrap(inputs: &WrapInputs) -> Result<Answer, &'static str> {
    let (spec, algorithm) = names(&inputs.wrapping_spec, &inputs.key_algorithm)?;
    let key = secret(inputs.key.as_bytes())?;
    let wrap = |recipient: &Recipient| {
        let mut seed = Given::new(&[&inputs.seed]);
        rsa_wrap::wrap(recipient, spec, &key, &mut seed).map_err(|error| error.code())
    };
    let public = Recipient::from_subject_public_key_info(&der(&inputs.public_key_pem)?);
    let public = public.map_err(|error| error.code())?;
    let certified = Recipient::from_certificate(&der(&inputs.certificate_pem)?);
    let cryptogram = wrap(&public)?;
    if wrap(&certified.map_err(|error| error.code())?)? != cryptogram {
        return Err("CertificateOfOtherKey");
    }
    Ok(Answer::gave([
        ("ciphertext", Hex::from(cryptogram.as_slice()).to_string().into()),
        ("strengthAllowed", rsa_wrap::may_carry(public.algorithm(), algorithm).into()),
        ("rsaBits", public.modulus_length().saturating_mul(8).into()),
    ]))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UnwrapInputs {
    wrapping_spec: String,
    key_algorithm: String,
    private_key_pem: String,
    ciphertext: Hex,
}

fn answer_unwrap(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: UnwrapInputs = inputs(members)?;
    Ok(Answer::from_result(unwrap(&inputs)))
}

fn unwrap(inputs: &UnwrapInputs) -> Result<Answer, &'static str> {
    let (spec, algorithm) = names(&inputs.wrapping_spec, &inputs.key_algorithm)?;
    let private = PrivateKey::from_pkcs8(&secret(&der(&inputs.private_key_pem)?)?);
    let private = private.map_err(|error| error.code())?;
    let cryptogram = inputs.ciphertext.as_bytes();
    let key = rsa_wrap::unwrap(&private, spec, algorithm, cryptogram, &mut Given::new(&[]));
    let bits = private.modulus_length().saturating_mul(8);
    Ok(Answer::gave([("key", hex(&key.map_err(|error| error.code())?)), ("rsaBits", bits.into())]))
}

fn names(spec: &str, algorithm: &str) -> Result<(WrappingSpec, KeyAlgorithm), &'static str> {
    let spec = WrappingSpec::from_code(spec).ok_or("WrappingSpecUnknown")?;
    Ok((spec, KeyAlgorithm::from_code(algorithm).ok_or("AlgorithmUnknown")?))
}

fn der(pem: &str) -> Result<Vec<u8>, &'static str> {
    pem::decode_vec(pem.as_bytes()).map(|(_, der)| der).map_err(|_| "PemMalformed")
}

fn secret(bytes: &[u8]) -> Result<SecretKey, &'static str> {
    SecretKey::copied_from(bytes).map_err(|_| "KeyLength")
}
