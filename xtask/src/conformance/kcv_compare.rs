//! `kcv/compare`: a candidate check value against a key.

use key_types::{KeyAlgorithm, SecretKey};
use serde::Deserialize;
use test_vectors::Hex;

use super::kcv_kcv::{computed, method};
use super::operation::{Answer, Members, Operation, inputs};

pub(super) const OPERATION: Operation =
    Operation { name: "kcv/compare", outputs: &[], remarks: &[], answer };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    key: Hex,
    key_algorithm: String,
    method: String,
    candidate: String,
}

fn answer(members: Members) -> Result<Answer, serde_json::Error> {
    let inputs: Inputs = inputs(members)?;
    Ok(Answer::from_result(compare(&inputs).map(|()| Answer::gave([]))))
}

fn compare(inputs: &Inputs) -> Result<(), &'static str> {
    let key = SecretKey::copied_from(inputs.key.as_bytes()).map_err(|_| "KeyLength")?;
    let name = &inputs.key_algorithm;
    let method = method(&inputs.method, name, None).ok_or("MethodNotAllowed")?;
    let compared = || match KeyAlgorithm::from_code(name) {
        Some(algorithm) => kcv::verify(&key, algorithm, method, &inputs.candidate),
        None => {
            let theirs = kcv::parse(method, &inputs.candidate)?;
            kcv::compare(&computed(&key, name, method, theirs.as_bytes().len())?, &theirs)
        }
    };
    compared().map_err(|error: kcv::Error| error.code())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use test_vectors::{Expected, data_directory, load};

    use super::*;

    /// Every check value that a vector gives is one that its key has, with every kind of key.
    #[test]
    fn every_published_value_compares_equal_and_its_neighbour_does_not() {
        let file = load(&data_directory().join("kcv/kcv.json")).expect("a file of vectors");
        let mut compared = 0;
        for test in file.test_groups.into_iter().flat_map(|group| group.tests) {
            let member = |name: &str| test.members.get(name).cloned().unwrap_or_default();
            let Some(kcv) = member("kcv").as_str().map(str::to_owned) else { continue };
            if test.result != Expected::Valid {
                continue;
            }
            let other = format!("{}{}", &kcv[..3], if &kcv[3..4] == "0" { '1' } else { '0' });
            for (candidate, is_equal) in
                [(&kcv, true), (&kcv.to_lowercase(), true), (&other, false)]
            {
                let members = json!({
                    "key": member("key"),
                    "keyAlgorithm": member("keyAlgorithm"),
                    "method": member("method"),
                    "candidate": candidate,
                });
                let members = members.as_object().expect("an object").clone();
                let given = answer(members).expect("inputs of the operation");
                let expected = match is_equal {
                    true => Answer::gave([]),
                    false => Answer::Refused("KcvMismatch".into()),
                };
                assert_eq!(given, expected, "{} {candidate}", test.id);
                compared += 1;
            }
        }
        assert!(compared >= 3 * 65, "{compared} comparisons of those that there were at least");
    }
}
