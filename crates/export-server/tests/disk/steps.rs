//! A run of operations of all kinds that write, in an order that follows from nothing but their number.

use serde_json::{Value, json};

/// An operation, and where its effect would be seen.
pub(crate) struct Step {
    pub(crate) operation: &'static str,
    pub(crate) body: Value,
    /// Reads that answer otherwise after it.
    pub(crate) seen_by: Vec<(&'static str, Value)>,
}

/// What the steps work with.
pub(crate) struct Run {
    /// Keys that may be changed at will.
    pub(crate) keys: [String; 2],
    /// A key that is exported, the one that wraps it, and the block that comes of it.
    pub(crate) exported: String,
    pub(crate) kek: String,
    pub(crate) block: String,
    /// Counts what is made anew, so that no name is used twice.
    pub(crate) turn: usize,
    /// Aliases that are there.
    pub(crate) aliases: Vec<String>,
    is_stopped: bool,
    is_deleted: bool,
}

/// How many kinds there are that take no time to speak of; the one after them makes an RSA key.
pub(crate) const KINDS: usize = 10;

pub(crate) fn create_key(usage: &str, modes: &Value) -> Value {
    json!({
        "KeyAttributes": {
            "KeyUsage": usage, "KeyClass": "SYMMETRIC_KEY", "KeyAlgorithm": "AES_128",
            "KeyModesOfUse": modes,
        },
        "Exportable": true,
    })
}

impl Run {
    pub(crate) fn new(keys: [String; 2], exported: String, kek: String, block: String) -> Self {
        let (turn, aliases) = (0, Vec::new());
        Self { keys, exported, kek, block, turn, aliases, is_stopped: false, is_deleted: false }
    }

    /// The next step of a kind.
    pub(crate) fn step(&mut self, kind: usize) -> Step {
        self.turn += 1;
        let turn = self.turn;
        let [key, other] = &self.keys;
        let key_read = |arn: &str| ("GetKey", json!({"KeyIdentifier": arn}));
        let labels = |arn: &str| ("ListTagsForResource", json!({"ResourceArn": arn}));
        let alias_read = |name: &str| ("GetAlias", json!({"AliasName": name}));
        let (operation, body, seen_by) = match kind {
            0 => {
                let mut body = create_key(
                    "TR31_P0_PIN_ENCRYPTION_KEY",
                    &json!({"Encrypt": true, "Wrap": true}),
                );
                body["Tags"] = json!([{"Key": "turn", "Value": turn.to_string()}]);
                ("CreateKey", body, vec![])
            }
            1 | 2 | 9 if kind == 1 || self.aliases.is_empty() => {
                let name = format!("alias/{turn}");
                let body = json!({"AliasName": name, "KeyArn": key});
                ("CreateAlias", body, vec![alias_read(&name)])
            }
            2 => {
                let name = &self.aliases[turn % self.aliases.len()];
                // Another target than before, whichever that is.
                let target =
                    if turn.is_multiple_of(2) { json!({"KeyArn": other}) } else { json!({}) };
                let mut body = json!({"AliasName": name});
                body.as_object_mut().unwrap().extend(target.as_object().unwrap().clone());
                ("UpdateAlias", body, vec![alias_read(name)])
            }
            3 => {
                let tags = json!([{"Key": "label", "Value": turn.to_string()}]);
                ("TagResource", json!({"ResourceArn": key, "Tags": tags}), vec![labels(key)])
            }
            4 => {
                let body = json!({"ResourceArn": key, "TagKeys": ["label"]});
                ("UntagResource", body, vec![labels(key)])
            }
            5 => {
                let material = json!({"Tr31KeyBlock": {"WrappingKeyIdentifier": self.kek}});
                let body = json!({"ExportKeyIdentifier": self.exported, "KeyMaterial": material});
                ("ExportKey", body, vec![])
            }
            6 => {
                let material = json!({"Tr31KeyBlock": {
                    "WrappingKeyIdentifier": self.kek, "WrappedKeyBlock": self.block}});
                ("ImportKey", json!({"KeyMaterial": material}), vec![])
            }
            7 => {
                let operation = if self.is_stopped { "StartKeyUsage" } else { "StopKeyUsage" };
                (operation, json!({"KeyIdentifier": key}), vec![key_read(key)])
            }
            8 if self.is_deleted => {
                ("RestoreKey", json!({"KeyIdentifier": other}), vec![key_read(other)])
            }
            8 => {
                let body = json!({"KeyIdentifier": other, "DeleteKeyInDays": 7});
                ("DeleteKey", body, vec![key_read(other)])
            }
            9 => {
                let name = &self.aliases[0];
                ("DeleteAlias", json!({"AliasName": name}), vec![alias_read(name)])
            }
            _ => {
                let body = json!({
                    "KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048",
                });
                ("GetParametersForExport", body, vec![])
            }
        };
        Step { operation, body, seen_by }
    }

    /// Takes note of a step that was carried out.
    pub(crate) fn carried_out(&mut self, step: &Step) {
        let alias = step.body["AliasName"].as_str().map(str::to_owned);
        match (step.operation, alias) {
            ("CreateAlias", Some(name)) => self.aliases.push(name),
            ("DeleteAlias", _) => drop(self.aliases.remove(0)),
            ("StopKeyUsage", _) => self.is_stopped = true,
            ("StartKeyUsage", _) => self.is_stopped = false,
            ("DeleteKey", _) => self.is_deleted = true,
            ("RestoreKey", _) => self.is_deleted = false,
            _ => (),
        }
    }
}
