//! `kcv/components`: components with their check values, and the key they make.

use key_types::{KeyAlgorithm, SecretKey};
use serde::Deserialize;
use test_vectors::Hex;

use super::kcv_kcv::method;
use super::operation::{Answer, Members, Operation, hex, inputs};

pub(super) const OPERATION: Operation = Operation {
    name: "kcv/components",
    outputs: &["key", "kcv", "parityAdjustedKey"],
    remarks: &[],
    answer,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    key_algorithm: String,
    method: String,
    components: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    value: Hex,
    kcv: String,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(combine(&inputs)))
}

fn combine(inputs: &Inputs) -> Result<Answer, &'static str> {
    let algorithm = KeyAlgorithm::from_code(&inputs.key_algorithm).ok_or("MethodNotAllowed")?;
    let method = method(&inputs.method, &inputs.key_algorithm, None).ok_or("MethodNotAllowed")?;
    let value = |component: &Component| SecretKey::copied_from(component.value.as_bytes());
    let components = inputs.components.iter().map(value).collect::<Result<Vec<_>, _>>();
    let components = components.map_err(|_| "ComponentLength")?;
    let answer = || {
        let key = kcv::combine(algorithm, &components)?;
        for (component, stated) in components.iter().zip(&inputs.components) {
            kcv::verify(component, algorithm, method, &stated.kcv)?;
        }
        let kcv = kcv::compute(&key, algorithm, method, method.max_length())?;
        let key_and_kcv = [("key", hex(&key)), ("kcv", kcv.to_string().into())];
        Ok(match kcv::with_odd_parity(&key, algorithm) {
            Ok(adjusted) => {
                let [key, kcv] = key_and_kcv;
                Answer::gave([key, kcv, ("parityAdjustedKey", hex(&adjusted))])
            }
            Err(_) => Answer::gave(key_and_kcv),
        })
    };
    answer().map_err(|error: kcv::Error| error.code())
}
