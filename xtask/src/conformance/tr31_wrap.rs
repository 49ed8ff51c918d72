//! `tr31/wrap`: key blocks made with given padding, equal character for character.

use key_types::SecretKey;
use serde::Deserialize;
use test_vectors::Hex;
use tr31::danger;

use super::operation::{Answer, Members, Operation, inputs};
use super::tr31_header::{HeaderFields, KbpkAlgorithm, kbpk};

pub(super) const OPERATION: Operation =
    Operation { name: "tr31/wrap", outputs: &["keyBlock"], remarks: &[], answer };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    kbpk: Hex,
    kbpk_algorithm: KbpkAlgorithm,
    header: HeaderFields,
    key: Hex,
    padding: Hex,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(wrap(&inputs)))
}

fn wrap(inputs: &Inputs) -> Result<Answer, &'static str> {
    let header = inputs.header.to_header()?;
    let kbpk = kbpk(&inputs.kbpk, inputs.kbpk_algorithm)?;
    let key = SecretKey::copied_from(inputs.key.as_bytes()).map_err(|_| "KeyLengthForAlgorithm")?;
    let text = danger::wrap_exact(&header, &key, &kbpk, inputs.padding.as_bytes());
    text.map(|text| Answer::gave([("keyBlock", text.into())])).map_err(|error| error.code())
}
