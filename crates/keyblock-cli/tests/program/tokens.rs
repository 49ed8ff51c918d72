//! `tr34`, over the vectors of tokens.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use test_vectors::{Expected, Test, data_directory, load};

use crate::support::{Ran, keyblock};

fn tests_of(file: &str) -> Vec<Test> {
    let file = load(&data_directory().join(file)).unwrap();
    file.test_groups.into_iter().flat_map(|group| group.tests).collect()
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenCase {
    token: String,
    krd_key_pem: String,
    krd_cert_pem: String,
    kdh_cert_pem: String,
    trust_anchors_pem: Vec<String>,
    now: String,
    expected_nonce: Option<String>,
    last_accepted_time: Option<String>,
    header: Option<String>,
    key: Option<String>,
}

impl OpenCase {
    /// Opens the token with everything in files.
    fn open(&self, directory: &Path, more: &[&str]) -> Ran {
        let write = |name: &str, text: &str| {
            use std::os::unix::fs::PermissionsExt;

            let path = directory.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (own, sender) = (write("krd", &self.krd_cert_pem), write("kdh", &self.kdh_cert_pem));
        let anchors = write("anchors", &self.trust_anchors_pem.concat());
        let key = format!("file:{}", write("key", &self.krd_key_pem));
        let mut arguments = vec![
            "tr34",
            "open",
            "--json",
            "--krd-certificate",
            &own,
            "--krd-key",
            &key,
            "--kdh-certificate",
            &sender,
            "--kdh-anchor",
            &anchors,
            "--at",
            &self.now,
        ];
        if let Some(nonce) = &self.expected_nonce {
            arguments.extend(["--nonce", nonce]);
        }
        if let Some(time) = &self.last_accepted_time {
            arguments.extend(["--newer-than", time]);
        }
        arguments.extend(more);
        keyblock(arguments).input(&self.token).run()
    }
}

#[test]
fn tokens_of_the_vectors_open_or_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (mut opened, mut refused) = (0, 0);
    for test in tests_of("tr34/open.json") {
        let Ok(case) = test.case::<OpenCase>() else { continue };
        let out = directory.path().join(format!("out-{}", test.tc_id));
        let out = out.to_str().unwrap();
        match test.result {
            Expected::Valid => {
                let ran = case.open(directory.path(), &["--key-out", out]);
                assert_eq!(ran.code, Some(0), "{}: {ran:?}", test.id);
                let key = case.key.unwrap();
                assert_eq!(fs::read_to_string(out).unwrap().trim(), key, "{}", test.id);
                assert_eq!(ran.json()["facts"][0]["value"], case.header.unwrap(), "{}", test.id);
                assert!(!ran.out.contains(&key), "{}", test.id);
                opened += 1;
            }
            Expected::Invalid if refused < 12 => {
                let code = case.open(directory.path(), &[]).refused();
                let expected = test.error.iter().chain(&test.error_alternatives);
                assert!(expected.into_iter().any(|it| *it == code), "{}: {code}", test.id);
                refused += 1;
            }
            _ => {}
        }
    }
    assert!(opened >= 3 && refused >= 8, "{opened} opened, {refused} refused");
}

#[test]
fn a_token_that_is_made_opens_at_its_receiver() {
    const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
    let directory = tempfile::tempdir().unwrap();
    let find = |file: &str, id: &str, member: &str| {
        let tests = tests_of(file);
        let test = tests.iter().find(|test| test.id == id).unwrap();
        test.members[member].as_str().unwrap().to_owned()
    };
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let tests = tests_of("tr34/open.json");
    let test = tests.iter().find(|test| test.id == "kt_aws2012_tdes2_n8").unwrap();
    let case: OpenCase = test.case().unwrap();
    let sender_key = find("tr34/build.json", "kt_aws2012_tdes2_n8/build", "kdhKeyPem");
    let receiver_authority = {
        let test = tests.iter().find(|test| test.id == "kt-neg-anchor-e").unwrap();
        test.members["trustAnchorsPem"][0].as_str().unwrap().to_owned()
    };
    let list = find("tr34/open.json", "kt_cms_aes_n16_crl", "crl");
    let (list, sender_authority) =
        (write("list", &list), write("above", &case.trust_anchors_pem[0]));
    let files = [
        write("sender", &case.kdh_cert_pem),
        write("receiver", &case.krd_cert_pem),
        write("authority", &receiver_authority),
    ];
    let [sender, receiver, authority] = &files;
    let make = |more: &[&str]| {
        let at = if more.contains(&"--at") { &[][..] } else { &["--at", &case.now] };
        let arguments = [
            "tr34",
            "make",
            "--key",
            "-",
            "--header",
            "D0000K0TB00E0000",
            "--kdh-certificate",
            sender,
            "--kdh-key",
            "env:SENDER_KEY",
            "--krd-certificate",
            receiver,
            "--krd-anchor",
            authority,
            "--nonce",
            "ABCDABCDABCDABCD",
        ];
        keyblock(arguments.iter().chain(at).chain(more))
            .env("SENDER_KEY", &sender_key)
            .input(KEY)
            .run()
    };
    let token = make(&[]).done();
    let shown = keyblock(["inspect", "--json"]).input(&token).run().json();
    assert_eq!(shown["kind"], "KT_KDH");
    let facts = shown["facts"].as_array().unwrap();
    assert_eq!(facts[0]["value"], "D0112K0TB00E0000");
    // Offsets are those of the bytes, as the hex digits show them.
    let nonce = facts.iter().find(|fact| fact["name"] == "nonce").unwrap();
    let at = 2 * usize::try_from(nonce["offset"].as_u64().unwrap()).unwrap();
    assert_eq!(&token[at..at + 16], "ABCDABCDABCDABCD");
    for name in ["header", "signer", "recipient"] {
        let fact = facts.iter().find(|fact| fact["name"] == name).unwrap();
        assert!(fact["offset"].is_u64(), "{name}");
    }

    let out = directory.path().join("out");
    let received =
        OpenCase { token, expected_nonce: Some("ABCDABCDABCDABCD".into()), ..case.clone() };
    let ran = received.open(directory.path(), &["--key-out", out.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(fs::read_to_string(&out).unwrap().trim(), KEY);
    let other = OpenCase { expected_nonce: Some("ABCDABCDABCDABCE".into()), ..received };
    assert_eq!(other.open(directory.path(), &[]).refused(), "NonceMismatch");

    assert_eq!(make(&["--json", "--layout", "A"]).refused(), "MissingCrl");
    let with_list =
        ["--at", "2026-06-01T00:00:00Z", "--kdh-anchor", &sender_authority, "--crl", &list];
    for layout in ["A", "B", "C", "D", "E"] {
        let token = make(&[&with_list[..], &["--layout", layout]].concat()).done();
        let shown = keyblock(["tr34", "inspect"]).input(&token).run().done();
        assert_eq!(shown.contains("\nrevocation list "), layout != "E", "{layout}: {shown}");
        let received = OpenCase {
            token,
            expected_nonce: Some("ABCDABCDABCDABCD".into()),
            now: "2026-06-01T00:00:00Z".into(),
            ..case.clone()
        };
        let ran = received.open(directory.path(), &[]);
        assert_eq!(ran.json()["layout"], layout, "{ran:?}");
        assert_eq!(ran.json()["key"]["check_value"], "08D7B4");
    }
    assert_eq!(make(&["--one-pass"]).code, Some(2), "one freshness, not two");
}

#[derive(Deserialize)]
struct TokenCase {
    kind: String,
    token: String,
}

#[test]
fn tokens_of_every_kind_are_inspected() {
    let mut kinds = std::collections::BTreeSet::new();
    for test in tests_of("tr34/tokens.json") {
        let Ok(case) = test.case::<TokenCase>() else { continue };
        if test.result == Expected::Valid {
            let ran = keyblock(["tr34", "inspect", "--json", &case.token]).run();
            assert_eq!(ran.json()["kind"], case.kind, "{}", test.id);
            kinds.insert(case.kind);
        }
    }
    assert!(kinds.len() >= 4, "{kinds:?}");
}

#[test]
fn an_error_points_at_its_byte() {
    let token = tests_of("tr34/tokens.json").remove(0).case::<TokenCase>().unwrap().token;
    let broken = format!("{}00", token);
    let ran = keyblock(["tr34", "inspect", &broken]).run();
    assert_eq!(ran.code, Some(1));
    let lines: Vec<_> = ran.err.lines().collect();
    assert!(lines[0].contains("the token is malformed at byte"), "{}", ran.err);
    assert!(lines[2].ends_with('^'), "{}", ran.err);
    let ran = keyblock(["tr34", "inspect", "--json", "30zz z"]).run();
    assert_eq!(ran.refused(), "NotEncoded");
    assert_eq!(keyblock(["tr34", "inspect", "--json", "301"]).run().refused(), "HalfByte");
}
