//! `tr31/open`: key blocks opened, and bad ones refused.

use key_types::{AlgorithmFamily, KcvMethod};
use serde::Deserialize;
use test_vectors::Hex;
use tr31::{KeyBlock, Opened};

use super::operation::{Answer, Members, Operation, hex, inputs};
use super::tr31_header::{KbpkAlgorithm, kbpk, to_json};

pub(super) const OPERATION: Operation =
    Operation { name: "tr31/open", outputs: &["header", "key", "kcv"], remarks: &[], answer };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    kbpk: Hex,
    kbpk_algorithm: KbpkAlgorithm,
    key_block: String,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(open(&inputs)))
}

fn open(inputs: &Inputs) -> Result<Answer, &'static str> {
    // The text is read before the key is looked at, as the order of the error kinds wants it.
    let block = KeyBlock::parse(&inputs.key_block).map_err(|error| error.code())?;
    let kbpk = kbpk(&inputs.kbpk, inputs.kbpk_algorithm)?;
    let opened = block.open(&kbpk).map_err(|error| error.code())?;
    let mut answer =
        Answer::gave([("header", to_json(opened.header())), ("key", hex(opened.key()))]);
    if let (Answer::Gave(outputs), Some(kcv)) = (&mut answer, check_value(&opened)?) {
        outputs.insert("kcv".into(), kcv.into());
    }
    Ok(answer)
}

/// The check value in the form sources of key blocks give it: legacy for TDES, CMAC for AES.
fn check_value(opened: &Opened) -> Result<Option<String>, &'static str> {
    let family = opened.header().algorithm();
    let (method, length) = match family {
        AlgorithmFamily::Tdes => (KcvMethod::AnsiX924, 3),
        AlgorithmFamily::Aes => (KcvMethod::Cmac, 5),
        _ => return Ok(None),
    };
    let kcv = kcv::compute_for_family(opened.key(), family, method, length);
    kcv.map(|kcv| Some(kcv.to_string())).map_err(|error| error.code())
}
