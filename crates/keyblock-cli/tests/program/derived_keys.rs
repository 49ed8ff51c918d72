//! `kcv`, `components` and `dukpt`, over their vectors.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use test_vectors::{Expected, Test, data_directory, load};

use crate::support::{Keyblock, keyblock};

fn tests_of(file: &str) -> Vec<Test> {
    let file = load(&data_directory().join(file)).unwrap();
    file.test_groups.into_iter().flat_map(|group| group.tests).collect()
}

/// The key that a command writes to a file.
fn key_of(command: impl FnOnce(&str) -> Keyblock, directory: &Path, name: &str) -> String {
    let path = directory.join(name);
    command(path.to_str().unwrap()).run().done();
    fs::read_to_string(&path).unwrap().trim().to_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KcvCase {
    key: String,
    key_algorithm: String,
    method: String,
    kcv_length: u8,
    kcv: Option<String>,
}

#[test]
fn check_values_are_those_of_the_vectors() {
    let methods: BTreeMap<_, _> = [
        ("ANSI_X9_24", "ansi-x9-24"),
        ("CMAC_ZERO_BLOCK", "cmac"),
        ("HMAC_EMPTY", "hmac"),
        ("SHA1_OF_KEY", "sha1"),
        ("AES_ECB_ZEROS", "aes-zeros"),
        ("AES_ECB_01", "aes-ones"),
    ]
    .into();
    let mut compared = 0;
    for test in tests_of("kcv/kcv.json") {
        let Ok(case) = test.case::<KcvCase>() else { continue };
        let Some(method) = methods.get(case.method.as_str()) else { continue };
        if case.key_algorithm == "HMAC" {
            // The vector does not say by which hash.
            continue;
        }
        let algorithm = match case.key_algorithm.split_once('_') {
            Some(("TDES", _)) => "tdes".to_owned(),
            Some(("AES", _)) => "aes".to_owned(),
            _ if case.key_algorithm.starts_with("DES") => "des".to_owned(),
            _ => case.key_algorithm.to_lowercase().replace('_', "-"),
        };
        let length = case.kcv_length.to_string();
        let arguments = [
            "kcv",
            "--json",
            "--key",
            "-",
            "--algorithm",
            &algorithm,
            "--method",
            method,
            "--length",
            &length,
        ];
        let ran = keyblock(arguments).input(&case.key).run();
        if test.result == Expected::Invalid {
            assert_eq!(ran.code, Some(1), "{}", test.id);
        } else {
            assert_eq!(ran.json()["check_values"][0]["value"], case.kcv.unwrap(), "{}", test.id);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComponentsCase {
    key_algorithm: String,
    components: Vec<Component>,
    key: Option<String>,
    kcv: Option<String>,
}

#[derive(Deserialize)]
struct Component {
    value: String,
}

#[test]
fn components_combine_to_the_keys_of_the_vectors() {
    let directory = tempfile::tempdir().unwrap();
    let mut combined = 0;
    for test in tests_of("kcv/components.json") {
        let case: ComponentsCase = test.case().unwrap();
        let algorithm = if case.key_algorithm.starts_with("TDES") { "tdes" } else { "aes" };
        let combine = |more: &[&str]| {
            let mut arguments = vec!["components".to_owned(), "combine".into(), "--json".into()];
            arguments.extend(["--algorithm".into(), algorithm.into()]);
            for number in 0..case.components.len() {
                arguments.extend(["--component".into(), format!("env:PART_{number}")]);
            }
            arguments.extend(more.iter().map(|&it| it.to_owned()));
            let parts = case.components.iter().enumerate();
            parts.fold(keyblock(arguments), |command, (number, part)| {
                command.env(&format!("PART_{number}"), &part.value)
            })
        };
        if test.result == Expected::Invalid {
            if !case.components.is_empty() {
                let value = case.kcv.as_deref().unwrap_or("000000");
                assert_eq!(combine(&["--expect", value]).run().code, Some(1), "{}", test.id);
            }
            continue;
        }
        let key = key_of(|path| combine(&["--key-out", path]), directory.path(), &test.id);
        assert_eq!(key, case.key.unwrap(), "{}", test.id);
        if let Some(kcv) = case.kcv {
            assert_eq!(combine(&["--expect", &kcv]).run().code, Some(0), "{}", test.id);
        }
        combined += 1;
    }
    assert!(combined >= 2, "{combined}");
}

#[test]
fn components_of_a_key_combine_to_it() {
    const KEY: &str = "0123456789ABCDEFFEDCBA98765432100123456789ABCDEF";
    let directory = tempfile::tempdir().unwrap();
    let stem = directory.path().join("part");
    let stem = stem.to_str().unwrap();
    let split =
        ["components", "split", "--key", "-", "--algorithm", "aes", "--count", "4", "--out", stem];
    let told = keyblock(split).input(KEY).run().done();
    assert!(told.contains("part.4  mode 0600, check value "), "{told}");
    let sources: Vec<_> = (1..=4).map(|number| format!("file:{stem}.{number}")).collect();
    let combine = |path: &str| {
        let mut arguments = vec!["components", "combine", "--algorithm", "aes", "--key-out", path];
        for source in &sources {
            arguments.extend(["--component", source]);
        }
        keyblock(arguments)
    };
    assert_eq!(key_of(combine, directory.path(), "key"), KEY);
    assert_eq!(keyblock(split).input(KEY).run().code, Some(2), "files are not written over");
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DukptCase {
    bdk: String,
    ksn: String,
    working_key_type: Option<String>,
    initial_key: Option<String>,
    working_keys: Option<BTreeMap<String, String>>,
}

#[test]
fn dukpt_keys_are_those_of_the_vectors() {
    const PURPOSES: [(&str, &str); 12] = [
        ("pinEncryption", "pin"),
        ("macRequest", "mac-request"),
        ("macResponse", "mac-response"),
        ("dataRequest", "data-request"),
        ("dataResponse", "data-response"),
        ("dataRequestVariant", "data-request-without-one-way-step"),
        ("macGeneration", "mac-request"),
        ("macVerification", "mac-response"),
        ("macBoth", "mac-both-ways"),
        ("dataEncryption", "data-request"),
        ("keyEncryption", "key-encryption"),
        ("keyDerivation", "key-derivation"),
    ];
    let directory = tempfile::tempdir().unwrap();
    let mut derived = 0;
    let tests = ["dukpt/tdes.json", "dukpt/aes.json"].into_iter().flat_map(|file| {
        // A few of each are enough: the derivations themselves have tests of their own.
        let valid = tests_of(file).into_iter().filter(|test| test.result == Expected::Valid);
        valid.take(6).collect::<Vec<_>>()
    });
    for test in tests {
        let case: DukptCase = test.case().unwrap();
        let run = |command: &[&str], path: &str| {
            let common = ["--bdk", "env:BDK", "--ksn", &case.ksn, "--key-out", path];
            keyblock(command.iter().chain(&common)).env("BDK", &case.bdk)
        };
        let initial =
            key_of(|path| run(&["dukpt", "initial-key"], path), directory.path(), &test.id);
        assert_eq!(Some(&initial), case.initial_key.as_ref(), "{}", test.id);
        let key_type = case.working_key_type.as_ref().map(|it| it.to_lowercase().replace('_', "-"));
        for (member, purpose) in PURPOSES {
            let Some(expected) = case.working_keys.as_ref().and_then(|keys| keys.get(member))
            else {
                continue;
            };
            let mut command = vec!["dukpt", "derive", "--purpose", purpose];
            if let Some(key_type) = &key_type {
                command.extend(["--key-type", key_type]);
            }
            let name = format!("{}-{member}", test.id);
            let key = key_of(|path| run(&command, path), directory.path(), &name);
            assert_eq!(key, *expected, "{} {member}", test.id);
            derived += 1;
        }
    }
    assert!(derived > 40, "{derived}");
}

#[test]
fn a_derivation_is_explained_without_keys() {
    const BDK: &str = "0123456789ABCDEFFEDCBA9876543210";
    let explain =
        |ksn: &str| keyblock(["dukpt", "explain", "--bdk", "-", "--ksn", ksn]).input(BDK).run();
    let text = explain("FFFF9876543210E00001").done();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "the way to FFFF9876543210E00001 by TDES DUKPT");
    assert_eq!(lines[1], "initial key                    AF8C07  ANSI X9.24, of FFFF9876543210E0");
    assert_eq!(lines[3], "PIN                            A10107  ANSI X9.24, of 00000000000000FF");
    assert!(!text.contains("042666B49184CFA3"), "the transaction key is not shown");

    let ran = explain("FFFF9876543210E0000G");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.ends_with("  FFFF9876543210E0000G\n                     ^\n"), "{}", ran.err);
    let aes = [
        "dukpt",
        "derive",
        "--json",
        "--bdk",
        "-",
        "--ksn",
        "123456789012345600000000",
        "--purpose",
        "pin",
    ];
    assert_eq!(keyblock(aes).input(BDK).run().refused(), "CounterZero");
}
