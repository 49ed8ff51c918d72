//! `tr31/derive`: the encryption and the authentication key that a KBPK has for a version.

use serde::Deserialize;
use test_vectors::Hex;
use tr31::danger;

use super::operation::{Answer, Members, Operation, hex, inputs};
use super::tr31_header::{KbpkAlgorithm, kbpk, version};

pub(super) const OPERATION: Operation =
    Operation { name: "tr31/derive", outputs: &["kbek", "kbak"], remarks: &[], answer };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    version: String,
    kbpk: Hex,
    kbpk_algorithm: KbpkAlgorithm,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(derive(&inputs)))
}

fn derive(inputs: &Inputs) -> Result<Answer, &'static str> {
    let version = version(&inputs.version)?;
    let kbpk = kbpk(&inputs.kbpk, inputs.kbpk_algorithm)?;
    let (kbek, kbak) = danger::derived_keys(version, &kbpk).map_err(|error| error.code())?;
    Ok(Answer::gave([("kbek", hex(&kbek)), ("kbak", hex(&kbak))]))
}
