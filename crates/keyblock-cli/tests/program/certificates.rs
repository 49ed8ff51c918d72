//! `cert` and `rsa`, with the certificates and keys of the vectors.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use test_vectors::{Expected, Test, data_directory, load};

use crate::support::keyblock;

fn tests_of(file: &str) -> Vec<Test> {
    let file = load(&data_directory().join(file)).unwrap();
    file.test_groups.into_iter().flat_map(|group| group.tests).collect()
}

/// Writes a file that its owner alone may read, and gives its path.
fn written(directory: &Path, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;

    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrapCase {
    key_algorithm: String,
    wrapping_spec: String,
    certificate_pem: Option<String>,
    public_key_pem: Option<String>,
    key: String,
    strength_allowed: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnwrapCase {
    key_algorithm: String,
    wrapping_spec: String,
    private_key_pem: String,
    ciphertext: String,
    key: Option<String>,
}

fn hash_of(spec: &str) -> &'static str {
    if spec.ends_with("512") { "sha512" } else { "sha256" }
}

fn algorithm_of(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

#[test]
fn cryptograms_of_the_vectors_unwrap() {
    let directory = tempfile::tempdir().unwrap();
    let mut unwrapped = 0;
    for test in tests_of("rsa-wrap/unwrap.json") {
        let Ok(case) = test.case::<UnwrapCase>() else { continue };
        let algorithm = algorithm_of(&case.key_algorithm);
        if !["RSA_OAEP_SHA_256", "RSA_OAEP_SHA_512"].contains(&case.wrapping_spec.as_str())
            || !(algorithm.starts_with("tdes") || algorithm.starts_with("aes"))
        {
            continue;
        }
        let private = written(directory.path(), "private", &case.private_key_pem);
        let out = directory.path().join(format!("key-{}", test.tc_id));
        let ran = keyblock([
            "rsa",
            "unwrap",
            "--json",
            "--private-key",
            &format!("file:{private}"),
            "--algorithm",
            &algorithm,
            "--hash",
            hash_of(&case.wrapping_spec),
            "--key-out",
            out.to_str().unwrap(),
        ])
        .input(&case.ciphertext)
        .run();
        if test.result == Expected::Invalid {
            let code = ran.refused();
            assert_eq!(Some(&code), test.error.as_ref(), "{}", test.id);
        } else {
            assert_eq!(ran.code, Some(0), "{}: {ran:?}", test.id);
            assert_eq!(fs::read_to_string(&out).unwrap().trim(), case.key.unwrap(), "{}", test.id);
            unwrapped += 1;
        }
    }
    assert!(unwrapped >= 10, "{unwrapped}");
}

#[test]
fn a_key_is_wrapped_for_a_certificate_or_a_public_key() {
    let directory = tempfile::tempdir().unwrap();
    let private = tests_of("rsa-wrap/unwrap.json").remove(0).case::<UnwrapCase>().unwrap();
    let private = written(directory.path(), "private", &private.private_key_pem);
    let case: WrapCase = tests_of("rsa-wrap/wrap.json").remove(0).case().unwrap();
    assert_eq!(case.strength_allowed, Some(true));
    let (algorithm, hash) = (algorithm_of(&case.key_algorithm), hash_of(&case.wrapping_spec));
    for (number, pem) in
        [case.certificate_pem, case.public_key_pem].into_iter().flatten().enumerate()
    {
        let recipient = written(directory.path(), "recipient", &pem);
        let wrap = [
            "rsa",
            "wrap",
            "--recipient",
            &recipient,
            "--key",
            "-",
            "--algorithm",
            &algorithm,
            "--hash",
            hash,
        ];
        let cryptogram = keyblock(wrap).input(&case.key).run().done();
        let out = directory.path().join(format!("key-{number}"));
        let source = format!("file:{private}");
        let unwrap = [
            "rsa",
            "unwrap",
            "--private-key",
            &source,
            "--algorithm",
            &algorithm,
            "--hash",
            hash,
            "--key-out",
            out.to_str().unwrap(),
        ];
        keyblock(unwrap).input(cryptogram).run().done();
        assert_eq!(fs::read_to_string(&out).unwrap().trim(), case.key);

        let strong = [
            "rsa",
            "wrap",
            "--json",
            "--recipient",
            &recipient,
            "--key",
            "-",
            "--algorithm",
            "aes-256",
        ];
        let key = "01".repeat(32);
        assert_eq!(keyblock(strong).input(&key).run().refused(), "WeakerRecipient");
        let allowed = strong.iter().chain(&["--allow-weaker-recipient"]);
        assert_eq!(keyblock(allowed).input(&key).run().code, Some(0));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chain {
    kdh_cert_pem: String,
    trust_anchors_pem: Vec<String>,
}

#[test]
fn certificates_are_shown_and_verified_for_their_role() {
    let directory = tempfile::tempdir().unwrap();
    let case: Chain = tests_of("tr34/open.json").remove(0).case().unwrap();
    let text = keyblock(["cert", "inspect"]).input(&case.kdh_cert_pem).run().done();
    assert!(text.contains("\npublic key         RSA-2048\n"), "{text}");
    assert!(text.contains("CN="), "{text}");

    let leaf = written(directory.path(), "leaf", &case.kdh_cert_pem);
    let anchor = written(directory.path(), "anchor", &case.trust_anchors_pem[0]);
    let verify = |role: &str, at: &str| {
        let arguments =
            ["cert", "verify", "--json", &leaf, "--anchor", &anchor, "--role", role, "--at", at];
        keyblock(arguments).run()
    };
    let ran = verify("kdh", "2026-06-01T00:00:00Z");
    assert_eq!((ran.code, &ran.json()["trusted"]), (Some(0), &serde_json::json!(true)));
    assert_eq!(verify("krd", "2026-06-01T00:00:00Z").refused(), "KeyUsage");
    assert_eq!(verify("kdh", "2126-06-01T00:00:00Z").refused(), "Expired");
    let other = written(directory.path(), "other", &case.kdh_cert_pem);
    let arguments = ["cert", "verify", "--json", &leaf, "--anchor", &other, "--role", "kdh"];
    assert_eq!(keyblock(arguments).run().code, Some(1));
    let broken = case.kdh_cert_pem.replace("MII", "MIJ");
    assert_eq!(keyblock(["cert", "inspect", "--json"]).input(broken).run().code, Some(1));
}
