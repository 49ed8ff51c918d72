//! The same cryptograms by OpenSSL, both ways. The program `openssl` is needed.

use std::fs;
use std::path::Path;
use std::process::Command;

use key_types::{KeyAlgorithm, SecretKey};
use rsa_wrap::{Recipient, WrappingSpec};
use test_support::Seeded;

use crate::support::{private_key, private_key_pem};

const KEY: [u8; 16] = [0x3F; 16];

/// Runs `openssl pkeyutl` on the files of a directory.
fn pkeyutl(directory: &Path, spec: WrappingSpec, arguments: &[&str]) {
    let hash = match spec {
        WrappingSpec::RsaOaepSha256 => "sha256",
        _ => "sha512",
    };
    let output = Command::new("openssl")
        .current_dir(directory)
        .arg("pkeyutl")
        .args(arguments)
        .args(["-inkey", "key.pem", "-pkeyopt", "rsa_padding_mode:oaep"])
        .args(["-pkeyopt", &format!("rsa_oaep_md:{hash}")])
        .args(["-pkeyopt", &format!("rsa_mgf1_md:{hash}")])
        .output()
        .expect("the program openssl is needed for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn openssl_unwraps_what_we_wrap_and_we_what_it_wraps() {
    for bits in [2048, 3072, 4096] {
        for &spec in WrappingSpec::ALL {
            let directory = tempfile::tempdir().expect("a directory");
            let file = |name: &str| directory.path().join(name);
            let pem = private_key_pem(bits);
            let private = private_key(&pem);
            fs::write(file("key.pem"), &pem).expect("a file");

            let public = private.subject_public_key_info();
            let recipient = Recipient::from_subject_public_key_info(public).expect("a good key");
            let key = SecretKey::copied_from(&KEY).expect("a key");
            let ours = rsa_wrap::wrap(&recipient, spec, &key, &mut Seeded::new(1));
            fs::write(file("ours"), ours.expect("it fits")).expect("a file");
            pkeyutl(directory.path(), spec, &["-decrypt", "-in", "ours", "-out", "clear"]);
            assert_eq!(fs::read(file("clear")).expect("a file"), KEY);

            pkeyutl(directory.path(), spec, &["-encrypt", "-in", "clear", "-out", "theirs"]);
            let theirs = fs::read(file("theirs")).expect("a file");
            let algorithm = KeyAlgorithm::Aes128;
            let mut random = Seeded::new(1);
            let unwrapped = rsa_wrap::unwrap(&private, spec, algorithm, &theirs, &mut random);
            assert_eq!(unwrapped.expect("a good cryptogram").expose_secret(), KEY);
        }
    }
}
