//! What the audit trail shows of a request or an answer.

use serde_json::{Map, Value};

/// What stands in place of a member that the API's model marks as sensitive.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Which side of an operation a value belongs to: the same name can be sensitive on one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Answer,
}

impl Side {
    /// Whether a member may not be shown.
    ///
    /// `KeyMaterial` is a union of parameters in requests and the wrapped key in answers. The
    /// optional blocks are hidden whole, since their ids are sensitive too.
    fn hides(self, member: &str) -> bool {
        match member {
            "KeyMaterial" => self == Self::Answer,
            "OptionalBlocks" | "WrappedKeyBlock" | "WrappedKeyCryptogram" => true,
            "CertificateSigningRequest" | "RequesterComment" => true,
            _ => false,
        }
    }
}

/// A value with sensitive members hidden and member names as CloudTrail writes them, with a
/// small first letter.
pub(crate) fn of(value: &Value, side: Side) -> Value {
    match value {
        Value::Object(members) => Value::Object(object(members, side)),
        Value::Array(items) => items.iter().map(|item| of(item, side)).collect(),
        other => other.clone(),
    }
}

fn object(members: &Map<String, Value>, side: Side) -> Map<String, Value> {
    let shown = |(name, value): (&String, &Value)| {
        let value =
            if side.hides(name) { Value::String(HIDDEN.to_owned()) } else { of(value, side) };
        (with_small_first_letter(name), value)
    };
    members.iter().map(shown).collect()
}

fn with_small_first_letter(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wrapped_keys_and_optional_blocks_are_hidden() {
        let request = json!({
            "KeyMaterial": {"Tr31KeyBlock": {
                "WrappingKeyIdentifier": "alias/kek",
                "KeyBlockHeaders": {"OptionalBlocks": {"KS": "00604B120F9292800000"}},
            }},
        });
        let shown = json!({
            "keyMaterial": {"tr31KeyBlock": {
                "wrappingKeyIdentifier": "alias/kek",
                "keyBlockHeaders": {"optionalBlocks": HIDDEN},
            }},
        });
        assert_eq!(of(&request, Side::Request), shown);

        let answer = json!({"WrappedKey": {"KeyMaterial": "D0112...", "KeyCheckValue": "0A1B2C"}});
        let shown = json!({"wrappedKey": {"keyMaterial": HIDDEN, "keyCheckValue": "0A1B2C"}});
        assert_eq!(of(&answer, Side::Answer), shown);
    }
}
