//! TR-31 key blocks as partners send them: those that are taken, and those that are not.

use key_types::{AlgorithmFamily, SecretKey};
use serde_json::json;
use tr31::{Header, Kbpk, OptionalBlock, danger};

use crate::imports::{ENCRYPTING, Pair, arn, export_tr31, import_tr31, material};
use crate::world::World;

/// A key block as a partner makes it, of any version and with any header.
fn partners(
    world: &World,
    kek: &str,
    header: &str,
    blocks: &[OptionalBlock],
    key: &[u8],
) -> String {
    let secret = world.secret(kek);
    let header = Header::parse(header).unwrap();
    let header = blocks.iter().cloned().try_fold(header, Header::with_optional_block).unwrap();
    let kbpk = match header.version().kbpk_family() {
        AlgorithmFamily::Aes => Kbpk::aes(&secret),
        _ => Kbpk::tdes(&secret),
    };
    let key = SecretKey::copied_from(key).unwrap();
    danger::wrap_variant_binding(&header, &key, &kbpk.unwrap(), &mut getrandom::SysRng).unwrap()
}

#[test]
fn partners_send_older_versions_and_check_values_of_their_own() {
    let Pair { there, keks, .. } = Pair::new();
    let (tdes, aes) = (&keks[1].2, &keks[4].2);
    let key = b"a key of 16 byte";
    for (kek, header) in [
        (tdes, "A0000P0TE00S0000"),
        (tdes, "B0000P0TE00S0000"),
        (tdes, "C0000P0TE00S0000"),
        (aes, "D0000P0TE00S0000"),
    ] {
        let block = partners(&there, kek, header, &[], key);
        let taken = there.call("ImportKey", &import_tr31(kek, &block)).unwrap();
        assert_eq!(taken["Key"]["Exportable"], json!(true), "{header}");
        assert_eq!(taken["Key"]["KeyAttributes"]["KeyAlgorithm"], "TDES_2KEY");
    }
    // KP is the check value of the KEK, and is left behind.
    let kbpk = Kbpk::aes(&there.secret(aes)).unwrap();
    let blocks = [kbpk.check_value_block().unwrap(), OptionalBlock::label("x").unwrap()];
    let block = partners(&there, aes, "D0000P0AE00S0000", &blocks, key);
    assert!(block.contains("KP"));
    let taken = there.call("ImportKey", &import_tr31(aes, &block)).unwrap();
    let back = there.call("ExportKey", &export_tr31(arn(&taken), aes)).unwrap();
    assert!(!material(&back)[16..60].contains("KP") && material(&back).contains("LB05x"));
}

#[test]
fn key_blocks_are_refused_by_name_and_without_telling_why_they_do_not_open() {
    let Pair { there, keks, .. } = Pair::new();
    let (tdes, aes) = (&keks[1].2, &keks[4].2);
    let key: &[u8] = b"a key of 16 byte";
    let at = "KeyMaterial.Tr31KeyBlock.WrappedKeyBlock";
    let refused = |kek: &str, block: &str| {
        let refusal = there.refusal("ImportKey", &import_tr31(kek, block));
        assert_eq!(refusal.code, "ValidationException", "{}", refusal.message);
        refusal.message
    };
    let good = partners(&there, aes, "D0000P0AE00S0000", &[], key);
    let does_not_open = format!("{at}: the key block does not open under the wrapping key");
    // Another KEK, of the same algorithm and of another; a changed header, payload, MAC.
    let other = there.key("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", ENCRYPTING);
    assert_eq!(refused(&other, &good), does_not_open);
    assert_eq!(refused(tdes, &good), does_not_open);
    for place in [8, 40, good.len() - 1] {
        let mut changed = good.clone().into_bytes();
        changed[place] = match changed[place] {
            b'E' => b'D',
            b'0' => b'1',
            _ => b'0',
        };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(refused(aes, &changed), does_not_open, "{place}");
    }
    assert_eq!(
        refused(aes, &good.replace("D0144", "D0143")),
        format!("{at}: the key block is malformed (LengthMismatch)")
    );
    assert_eq!(refused(aes, "D0144"), format!("{at}: must have 56 to 9984 characters"));
    assert_eq!(
        refused(aes, &good.replace("00S", "00-")),
        format!("{at}: must match ^[0-9A-Za-z]+$")
    );

    for (header, length, ending) in [
        ("D0000B1AX00E0000", 16, "the key has usage B1, which the API has no name for"),
        ("D0000D3AE00E0000", 16, "the key has usage D3, which the API has no name for"),
        ("D0000P0AY00E0000", 16, "the key has a mode of use that the API has no flags for"),
        (
            "D0000P0AC00E0000",
            16,
            "KeyModesOfUse: usage TR31_P0_PIN_ENCRYPTION_KEY allows \
          Encrypt+Decrypt+Wrap+Unwrap, Encrypt+Wrap, Decrypt+Unwrap, NoRestrictions",
        ),
        (
            "D0000M3AG00E0000",
            16,
            "KeyAlgorithm: usage TR31_M3_ISO_9797_3_MAC_KEY allows \
          TDES_2KEY, TDES_3KEY",
        ),
    ] {
        let key: Vec<u8> = (0..length).collect();
        let block = partners(&there, aes, header, &[], &key);
        assert_eq!(
            refused(aes, &block),
            format!("{at}{}{ending}", if ending.starts_with("Key") { "." } else { ": " })
        );
    }
    let e = partners(&there, aes, "E0000P0AE00S0000", &[], key);
    assert!(refused(aes, &e).ends_with("offered: versions A, B, C and D"));
    let strong = partners(&there, &keks[2].2, "D0000P0AE00S0000", &[], &[7; 32]);
    assert!(
        refused(&keks[2].2, &strong).contains("must not be wrapped under AES_128, which is weaker")
    );
}

#[test]
fn a_wrapping_key_must_be_one_for_unwrapping() {
    let Pair { there, keks, .. } = Pair::new();
    let good = partners(&there, &keks[4].2, "D0000P0AE00S0000", &[], b"a key of 16 byte");
    let refused = |kek: &str| there.refusal("ImportKey", &import_tr31(kek, &good));
    let bdk = there.key("TR31_B0_BASE_DERIVATION_KEY", "AES_256", &["DeriveKey"]);
    assert!(refused(&bdk).message.contains("a wrapping key must have usage"));
    let one_way = there.key("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", &["Encrypt", "Wrap"]);
    assert!(refused(&one_way).message.ends_with("not Encrypt+Wrap"));
    assert_eq!(refused("alias/nobody").code, "ResourceNotFoundException");
    there.call("StopKeyUsage", &json!({"KeyIdentifier": keks[4].2})).unwrap();
    assert_eq!(refused(&keks[4].2).code, "ConflictException");
}
