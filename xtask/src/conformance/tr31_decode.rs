//! `tr31/decode`: the header of a key block, read without a key.

use serde::Deserialize;
use tr31::KeyBlock;

use super::operation::{Answer, Members, Operation, inputs};
use super::tr31_header::to_json;

pub(super) const OPERATION: Operation =
    Operation { name: "tr31/decode", outputs: &["header"], remarks: &[], answer };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    key_block: String,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    let read = KeyBlock::parse(&inputs.key_block)
        .map(|block| Answer::gave([("header", to_json(block.unverified_header()))]))
        .map_err(|error| error.code());
    Ok(Answer::from_result(read))
}
