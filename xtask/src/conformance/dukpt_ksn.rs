//! `dukpt/ksn_advance` and `dukpt/ksn_compat`: key serial numbers and nothing else.

use dukpt::{Error, aes, tdes};
use key_types::{AesKeySerialNumber, TdesKeySerialNumber};
use serde::Deserialize;

use super::operation::{Answer, Members, Operation, inputs};

pub(super) const ADVANCE: Operation =
    Operation { name: "dukpt/ksn_advance", outputs: &["nextKsn"], remarks: &[], answer: advance };

pub(super) const COMPATIBILITY: Operation = Operation {
    name: "dukpt/ksn_compat",
    outputs: &["initialKeyId", "counter"],
    remarks: &[],
    answer: compatibility,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceInputs {
    scheme: Scheme,
    ksn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Scheme {
    Tdes,
    Aes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompatibilityInputs {
    ksn: String,
}

fn advance(members: Members) -> Result<Answer, serde_json::Error> {
    let AdvanceInputs { scheme, ksn } = inputs(members)?;
    let next = match scheme {
        Scheme::Tdes => next_tdes(&ksn),
        Scheme::Aes => next_aes(&ksn),
    };
    let next = next.map(|ksn| Answer::gave([("nextKsn", ksn.into())]));
    Ok(Answer::from_result(next.map_err(|error| error.code())))
}

fn next_tdes(ksn: &str) -> Result<String, Error> {
    Ok(tdes::next_ksn(&ksn.parse::<TdesKeySerialNumber>()?)?.to_string())
}

fn next_aes(ksn: &str) -> Result<String, Error> {
    Ok(aes::next_ksn(&ksn.parse::<AesKeySerialNumber>()?)?.to_string())
}

fn compatibility(members: Members) -> Result<Answer, serde_json::Error> {
    let CompatibilityInputs { ksn } = inputs(members)?;
    let ksn = ksn.parse::<TdesKeySerialNumber>().map_err(|error| Error::from(error).code());
    Ok(Answer::from_result(ksn.map(|ksn| {
        let ksn = aes::ksn_of_compatibility_mode(&ksn);
        Answer::gave([
            ("initialKeyId", ksn.initial_key_id().to_string().into()),
            ("counter", ksn.counter().into()),
        ])
    })))
}
