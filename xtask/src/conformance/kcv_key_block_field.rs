//! `kcv/key_block_field`: check values in the optional blocks KC, KP and PK.

use kcv::{Error, KeyBlockField};
use key_types::{KcvMethod, KeyAlgorithm, SecretKey};
use serde::Deserialize;
use test_vectors::Hex;

use super::operation::{Answer, Members, Operation, inputs};

pub(super) const OPERATION: Operation = Operation {
    name: "kcv/key_block_field",
    outputs: &["blockId", "kcvAlgorithm", "method", "kcv"],
    remarks: &[],
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    block: String,
    /// The key that the check value is of, where the case has it.
    key: Option<Hex>,
    key_algorithm: Option<String>,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(read(&inputs).map_err(|error| error.code())))
}

fn read(inputs: &Inputs) -> Result<Answer, Error> {
    let field: KeyBlockField = inputs.block.parse()?;
    let kcv = field.check_value();
    let key = inputs.key.as_ref().and_then(|key| SecretKey::copied_from(key.as_bytes()).ok());
    let algorithm = inputs.key_algorithm.as_deref().and_then(KeyAlgorithm::from_code);
    if let (Some(key), Some(algorithm)) = (key, algorithm) {
        kcv::verify(&key, algorithm, kcv.method(), &kcv.to_string())?;
    }
    // What is written is what was read, so the number of the algorithm stands where it stood.
    let written = field.to_string();
    let number = written.get(4..6).unwrap_or_default();
    let method = match kcv.method() {
        KcvMethod::Cmac => "CMAC_ZERO_BLOCK",
        _ => "ANSI_X9_24",
    };
    Ok(Answer::gave([
        ("blockId", field.id().code().into()),
        ("kcvAlgorithm", number.into()),
        ("method", method.into()),
        ("kcv", kcv.to_string().into()),
    ]))
}
