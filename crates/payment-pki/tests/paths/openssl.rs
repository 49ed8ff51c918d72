//! The same paths before `openssl verify`, and where its verdict is another. The program is needed.

use std::fs;
use std::process::Command;

use crate::chains::{Chain, NOW, chains};

/// Paths that one side takes and the other refuses, each with the reason.
const DIFFERENCES: &[(&str, bool, &str)] = &[
    ("leaf is an authority", true, "any certificate may be a leaf there"),
    ("leaf is for another use", true, "the use of a leaf is asked only for purposes of the web"),
    ("issuer weaker than the leaf", true, "each key is held against a level, none against another"),
    ("list with an unknown critical extension", true, "issuingDistributionPoint is known there"),
];

/// Whether `openssl verify` takes a path.
fn accepts(chain: &Chain) -> bool {
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str| directory.path().join(name);
    fs::write(file("leaf"), chain.leaf.to_pem()).expect("a file");
    fs::write(file("anchor"), chain.anchor.to_pem()).expect("a file");
    let middle: String = chain.intermediates.iter().map(|it| it.to_pem()).collect();
    fs::write(file("middle"), middle).expect("a file");
    let mut command = Command::new("openssl");
    command.current_dir(directory.path()).args(["verify"]);
    command.args(["-attime", &NOW.to_string(), "-CAfile", "anchor", "-untrusted", "middle"]);
    if !chain.crls.is_empty() {
        command.arg("-crl_check");
        for (index, crl) in chain.crls.iter().enumerate() {
            let name = format!("crl{index}");
            fs::write(file(&name), crl.as_der()).expect("a file");
            let pem = Command::new("openssl")
                .current_dir(directory.path())
                .args(["crl", "-inform", "DER", "-in", &name, "-out", &name])
                .status();
            assert!(pem.is_ok_and(|status| status.success()), "{}", chain.name);
            command.args(["-CRLfile", &name]);
        }
    }
    let output = command.arg("leaf").output().expect("the program openssl is needed for this test");
    output.status.success()
}

#[test]
fn openssl_says_the_same_but_for_what_is_listed() {
    for chain in chains() {
        let ours = chain.verdict.is_ok();
        let listed = DIFFERENCES.iter().find(|(name, ..)| *name == chain.name);
        let expected = listed.map_or(ours, |(_, theirs, _)| *theirs);
        assert_eq!(accepts(&chain), expected, "{}", chain.name);
        assert!(listed.is_none() || ours != expected, "{} is no difference", chain.name);
    }
}
