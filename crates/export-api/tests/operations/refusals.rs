//! What is refused, with the code, the member and the rule; nothing changes by it.

use serde_json::{Value, json};

use crate::world::{World, create_key};

const B: &[&str] = &["Encrypt", "Decrypt", "Wrap", "Unwrap"];

/// A KEK and a BDK, and an export of one under the other to be spoilt.
struct Exchange {
    world: World,
    kek: String,
    bdk: String,
}

impl Exchange {
    fn new() -> Self {
        let world = World::new();
        let kek = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", B);
        let bdk = world.key("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]);
        Self { world, kek, bdk }
    }

    fn request(&self) -> Value {
        json!({
            "ExportKeyIdentifier": self.bdk,
            "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": self.kek}},
        })
    }

    /// Sends the export after `spoil` changed it, and answers code and message.
    fn refusal(&self, spoil: impl FnOnce(&mut Value)) -> (&'static str, String) {
        let mut request = self.request();
        spoil(&mut request);
        let refusal = self.world.refusal("ExportKey", &request);
        (refusal.code, refusal.message)
    }

    fn header_refusal(&self, headers: &Value) -> (&'static str, String) {
        self.refusal(|request| {
            request["KeyMaterial"]["Tr31KeyBlock"]["KeyBlockHeaders"] = headers.clone();
        })
    }

    fn initial_key_refusal(&self, key: &str, serial_number: &str) -> (&'static str, String) {
        self.refusal(|request| {
            request["ExportKeyIdentifier"] = json!(key);
            request["ExportAttributes"] =
                json!({"ExportDukptInitialKey": {"KeySerialNumber": serial_number}});
        })
    }
}

#[track_caller]
fn is((code, message): (&str, String), expected_code: &str, expected_message: &str) {
    assert_eq!(code, expected_code, "{message}");
    assert!(message.starts_with(expected_message), "{message}");
}

const INVALID: &str = "ValidationException";
const CONFLICT: &str = "ConflictException";
const HEADERS: &str = "KeyMaterial.Tr31KeyBlock.KeyBlockHeaders";

#[test]
fn bodies_that_are_no_json_object() {
    let world = World::new();
    for body in ["", "{", "[]", "7", "\"x\"", "{\"a\":1}}", "{\"a\":\u{0}}"] {
        let refusal = world.call_bytes("ListKeys", body.as_bytes()).unwrap_err();
        assert_eq!(refusal.code, "SerializationException", "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let refusal = world.call_bytes("ListKeys", deep.as_bytes()).unwrap_err();
    assert_eq!(refusal.code, "SerializationException");
    assert_eq!(world.service.audit().length(), 0);
}

#[test]
fn members_of_an_export_that_break_their_form() {
    let exchange = Exchange::new();
    let refusal = |spoil: fn(&mut Value)| exchange.refusal(spoil);
    let union = "KeyMaterial: must have exactly one of Tr31KeyBlock, Tr34KeyBlock, ";

    is(
        refusal(|r| r["ExportKeyIdentifier"] = json!(null)),
        INVALID,
        "ExportKeyIdentifier: this member is required",
    );
    is(refusal(|r| r["Surprise"] = json!(1)), INVALID, "Surprise: there is no such member");
    is(
        refusal(|r| r["ExportKeyIdentifier"] = json!(7)),
        INVALID,
        "ExportKeyIdentifier: must be a string",
    );
    is(
        refusal(|r| r["ExportKeyIdentifier"] = json!("alias/".to_owned() + &"x".repeat(317))),
        INVALID,
        "ExportKeyIdentifier: must have 7 to 322 characters",
    );
    is(
        refusal(|r| r["ExportKeyIdentifier"] = json!("alias/a b")),
        INVALID,
        "ExportKeyIdentifier: must match ",
    );
    is(refusal(|r| r["KeyMaterial"]["Tr34KeyBlock"] = json!({})), INVALID, union);
    is(refusal(|r| r["KeyMaterial"] = json!({})), INVALID, union);
    is(
        refusal(|r| r["KeyMaterial"] = json!({"As2805KeyCryptogram": {}})),
        INVALID,
        "KeyMaterial.As2805KeyCryptogram: is not offered by this endpoint; offered: Tr31KeyBlock, \
         Tr34KeyBlock, KeyCryptogram",
    );
    is(
        refusal(|r| r["KeyMaterial"]["Other"] = json!({})),
        INVALID,
        "KeyMaterial.Other: there is no such member",
    );
    is(
        refusal(|r| r["KeyMaterial"]["Tr31KeyBlock"] = json!({})),
        INVALID,
        "KeyMaterial.Tr31KeyBlock.WrappingKeyIdentifier: this member is required",
    );
}

#[test]
fn header_wishes_that_break_their_form_or_widen() {
    let exchange = Exchange::new();
    for (headers, member, rule) in [
        (json!({"KeyModesOfUse": {"Derive": true}}), "KeyModesOfUse.Derive", "there is no such"),
        (json!({"KeyModesOfUse": {"Encrypt": true}}), "KeyModesOfUse", "the flags must be one of"),
        (json!({"KeyModesOfUse": {"NoRestrictions": true}}), "KeyModesOfUse", "allows more than"),
        (json!({"KeyExportability": "SENSITIVE"}), "KeyExportability", "allows more than"),
        (json!({"KeyExportability": "YES"}), "KeyExportability", "must be one of EXPORTABLE, "),
        (json!({"KeyVersion": "a1"}), "KeyVersion", "must match ^[0-9A-Z]{2}$"),
        (json!({"KeyVersion": "A12"}), "KeyVersion", "must have 2 to 2 characters"),
        (json!({"OptionalBlocks": {"HM": "21"}}), "OptionalBlocks", "the blocks HM and PB are"),
        (json!({"OptionalBlocks": {"PB": "00"}}), "OptionalBlocks", "the blocks HM and PB are"),
        (json!({"OptionalBlocks": {"lb": "x"}}), "OptionalBlocks", "must match ^[0-9A-Z]{2}$ in"),
        (json!({"OptionalBlocks": {"LB": "a b"}}), "OptionalBlocks", "must match ^[0-9a-zA-Z]+$"),
        (
            json!({"OptionalBlocks": {"KP": "010123456789"}}),
            "OptionalBlocks",
            "the key block format refuses this optional block (KcvMismatch)",
        ),
        (json!({"OptionalBlocks": {"LB": ""}}), "OptionalBlocks", "must have 1 to 108 characters"),
        (
            json!({"OptionalBlocks": {"LB": "x".repeat(60), "10": "y".repeat(45)}}),
            "OptionalBlocks",
            "the optional blocks have 113 characters, with 4 for each block's id and length; the \
             limit is 112",
        ),
    ] {
        is(exchange.header_refusal(&headers), INVALID, &format!("{HEADERS}.{member}: {rule}"));
    }
}

#[test]
fn names_of_keys_that_are_not_here() {
    let exchange = Exchange::new();
    let missing = exchange.kek.replace(":key/", ":key/0");
    let elsewhere = exchange.kek.replace("us-east-1", "us-east-2");
    for name in [missing.as_str(), elsewhere.as_str(), "alias/none"] {
        for member in ["ExportKeyIdentifier", "WrappingKeyIdentifier"] {
            let mut request = exchange.request();
            if member == "ExportKeyIdentifier" {
                request[member] = json!(name);
            } else {
                request["KeyMaterial"]["Tr31KeyBlock"][member] = json!(name);
            }
            let refusal = exchange.world.refusal("ExportKey", &request);
            assert_eq!(refusal.code, "ResourceNotFoundException");
            assert_eq!(refusal.resource.as_deref(), Some(name));
            assert_eq!(refusal.message, format!("there is no resource {name} here"));
        }
    }
    let foreign = exchange.kek.replace("111122223333", "444455556666");
    is(
        exchange.refusal(|request| request["ExportKeyIdentifier"] = json!(foreign)),
        "AccessDeniedException",
        "ExportKeyIdentifier: the resource belongs to another account",
    );
}

#[test]
fn keys_that_may_not_leave_or_may_not_wrap() {
    let exchange = Exchange::new();
    let world = &exchange.world;
    let wrapping = "KeyMaterial.Tr31KeyBlock.WrappingKeyIdentifier";
    let under = |kek: String| {
        exchange.refusal(|r| r["KeyMaterial"]["Tr31KeyBlock"]["WrappingKeyIdentifier"] = json!(kek))
    };

    let mut kept = create_key("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", &["DeriveKey"]);
    kept["Exportable"] = json!(false);
    let kept = world.call("CreateKey", &kept).unwrap()["Key"]["KeyArn"].clone();
    is(
        exchange.refusal(|r| r["ExportKeyIdentifier"] = kept),
        INVALID,
        "ExportKeyIdentifier: the key was made with Exportable false",
    );

    let pin_key = world.key("TR31_P0_PIN_ENCRYPTION_KEY", "AES_256", B);
    is(under(pin_key), INVALID, &format!("{wrapping}: a wrapping key must have usage "));
    for modes in [&["Decrypt", "Unwrap"][..], &["NoRestrictions"]] {
        let kek = world.key("TR31_K1_KEY_BLOCK_PROTECTION_KEY", "AES_256", modes);
        is(under(kek), INVALID, &format!("{wrapping}: a wrapping key must have Encrypt+Wrap or "));
    }

    let weak = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", B);
    let aes = world.key("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"]);
    is(
        exchange.refusal(|r| {
            r["ExportKeyIdentifier"] = json!(aes);
            r["KeyMaterial"]["Tr31KeyBlock"]["WrappingKeyIdentifier"] = json!(weak);
        }),
        INVALID,
        &format!(
            "{wrapping}: a key of AES_128 must not be wrapped under TDES_3KEY, which is weaker; \
             allowed: AES_128, AES_192, AES_256"
        ),
    );
}

#[test]
fn keys_in_the_wrong_state() {
    for (member, path) in [
        ("ExportKeyIdentifier", "ExportKeyIdentifier"),
        ("WrappingKeyIdentifier", "KeyMaterial.Tr31KeyBlock.WrappingKeyIdentifier"),
    ] {
        let exchange = Exchange::new();
        let arn = if member == path { &exchange.bdk } else { &exchange.kek };
        let key = json!({"KeyIdentifier": arn});
        exchange.world.call("StopKeyUsage", &key).unwrap();
        is(exchange.refusal(|_| ()), CONFLICT, &format!("{path}: the key is disabled"));
        exchange.world.call("DeleteKey", &key).unwrap();
        is(
            exchange.refusal(|_| ()),
            CONFLICT,
            &format!("{path}: the key is in state DELETE_PENDING and must be in CREATE_COMPLETE"),
        );
        exchange.world.days_pass(8);
        pollster::block_on(exchange.world.service.destroy_due_keys(1)).unwrap();
        is(exchange.refusal(|_| ()), "ResourceNotFoundException", "there is no resource ");
    }
}

#[test]
fn initial_keys_that_cannot_be_derived() {
    let exchange = Exchange::new();
    let world = &exchange.world;
    let serial_number = "ExportAttributes.ExportDukptInitialKey.KeySerialNumber";
    let good = "FFFF9876543210E00000";
    let aes = world.key("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"]);
    let tdes3 = world.key("TR31_B0_BASE_DERIVATION_KEY", "TDES_3KEY", &["DeriveKey"]);
    let data = world.key("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "TDES_2KEY", B);

    for (key, digits, message) in [
        (&exchange.bdk, "FFFF9876543210E0000".to_owned(), "must have 20 to 24 characters"),
        (&exchange.bdk, good.to_lowercase(), "must match ^([0-9A-F]{20}|[0-9A-F]{24})$"),
        (&exchange.bdk, format!("FF{good}"), "must match "),
        (&exchange.bdk, format!("ZZ{good}"), "must match "),
        (&exchange.bdk, format!("FFFF{good}"), "a key of TDES_2KEY needs 20 hex digits"),
        (&aes, good.to_owned(), "a key of AES_128 needs 24 hex digits"),
    ] {
        let refusal = exchange.initial_key_refusal(key, &digits);
        is(refusal, INVALID, &format!("{serial_number}: {message}"));
    }
    is(
        exchange.initial_key_refusal(&tdes3, good),
        INVALID,
        "ExportKeyIdentifier: DUKPT derives initial keys from TDES_2KEY, ",
    );
    is(
        exchange.initial_key_refusal(&data, good),
        INVALID,
        "ExportKeyIdentifier: an initial key is derived from a key of usage ",
    );
}

#[test]
fn keys_that_cannot_be_made() {
    let world = World::new();
    let good = create_key("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"]);
    let refusal = |spoil: &dyn Fn(&mut Value)| {
        let mut request = good.clone();
        spoil(&mut request);
        let refusal = world.refusal("CreateKey", &request);
        (refusal.code, refusal.message)
    };
    let attribute = |member: &'static str, value: Value| {
        refusal(&move |request: &mut Value| request["KeyAttributes"][member] = value.clone())
    };
    is(attribute("KeyUsage", json!("TR31_X9")), INVALID, "KeyAttributes.KeyUsage: must be one of ");
    is(
        attribute("KeyUsage", json!("TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE")),
        INVALID,
        "KeyAttributes.KeyUsage: is no usage for keys of class SYMMETRIC_KEY",
    );
    is(
        attribute("KeyClass", json!("ASYMMETRIC_KEY_PAIR")),
        INVALID,
        "KeyAttributes.KeyUsage: is no usage for keys of class ASYMMETRIC_KEY_PAIR",
    );
    is(attribute("KeyClass", json!("PRIVATE_KEY")), INVALID, "KeyAttributes.KeyClass: is not ");
    is(
        attribute("KeyAlgorithm", json!("HMAC_SHA256")),
        INVALID,
        "KeyAttributes.KeyAlgorithm: usage TR31_B0_BASE_DERIVATION_KEY allows TDES_2KEY, ",
    );
    is(
        attribute("KeyModesOfUse", json!({"Generate": true})),
        INVALID,
        "KeyAttributes.KeyModesOfUse: usage TR31_B0_BASE_DERIVATION_KEY allows DeriveKey, ",
    );
    is(attribute("KeyModesOfUse", json!({})), INVALID, "KeyAttributes.KeyModesOfUse: the flags ");
    is(
        attribute("KeyModesOfUse", json!({"DeriveKey": "yes"})),
        INVALID,
        "KeyAttributes.KeyModesOfUse.DeriveKey: must be true or false",
    );
    is(refusal(&|r| r["Exportable"] = json!(null)), INVALID, "Exportable: this member is required");
    is(refusal(&|r| r["DeriveKeyUsage"] = json!("TR31_K1")), INVALID, "DeriveKeyUsage: is for ");
    is(
        refusal(&|r| r["ReplicationRegions"] = json!(["us-west-2"])),
        INVALID,
        "ReplicationRegions: is not offered by this endpoint; offered: keys of one region",
    );
    is(refusal(&|r| r["Tags"] = json!({})), INVALID, "Tags: must be a list");
}

#[test]
fn ports_that_do_not_answer() {
    let exchange = Exchange::new();
    let world = &exchange.world;
    let create = create_key("TR31_B0_BASE_DERIVATION_KEY", "AES_128", &["DeriveKey"]);
    let unavailable = "ServiceUnavailableException";

    world.service.store().fail(true);
    assert_eq!(world.refusal("CreateKey", &create).code, unavailable);
    assert!(world.call("ListKeys", &json!({})).is_ok(), "reads go on");
    world.service.store().fail(false);
    assert!(world.call("CreateKey", &create).is_ok());

    world.service.audit().fail(true);
    assert_eq!(world.refusal("CreateKey", &create).code, unavailable);
    assert_eq!(exchange.refusal(|_| ()).0, unavailable);
    world.service.audit().fail(false);
    assert!(world.call("ExportKey", &exchange.request()).is_ok());

    world.service.randomness().fail(true);
    assert_eq!(world.refusal("CreateKey", &create).code, unavailable);
    assert_eq!(exchange.refusal(|_| ()).0, unavailable);
    world.service.randomness().fail(false);
    assert!(world.call("CreateKey", &create).is_ok());
}
