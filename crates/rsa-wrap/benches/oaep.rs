//! Wrapping and unwrapping beside the one RSA operation in each, measured in the same run.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use getrandom::SysRng;
use key_types::{KeyAlgorithm, SecretKey};
use rsa::BoxedUint;
use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use rsa_wrap::{PrivateKey, Recipient, WrappingSpec};
use test_vectors::{data_directory, load};
use x509_cert::der::pem;

fn private_key_der(bits: u64) -> Vec<u8> {
    let file = load(&data_directory().join("rsa-wrap/unwrap.json")).expect("the file");
    let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
    let test =
        tests.find(|test| test.members.get("rsaBits").and_then(|it| it.as_u64()) == Some(bits));
    let text = test.and_then(|test| test.members.get("privateKeyPem")).and_then(|it| it.as_str());
    pem::decode_vec(text.expect("a key of this size").as_bytes()).expect("a good PEM").1
}

fn oaep(criterion: &mut Criterion) {
    let spec = WrappingSpec::RsaOaepSha256;
    let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F)).expect("a key");
    for bits in [2048, 3072, 4096] {
        let mut group = criterion.benchmark_group(format!("rsa-wrap/{bits}"));
        let der = private_key_der(bits);
        let bare = rsa::PrivateKey::from_pkcs8_der(&der).expect("a good key");
        let held = PrivateKey::from_pkcs8(&SecretKey::copied_from(&der).expect("a key"));
        let held = held.expect("a good key");
        let recipient = Recipient::from_subject_public_key_info(held.subject_public_key_info());
        let recipient = recipient.expect("a good key");
        let wrapped = rsa_wrap::wrap(&recipient, spec, &key, &mut SysRng).expect("it fits");
        let number = BoxedUint::from_be_slice(&wrapped, bare.n_bits_precision()).expect("a number");

        group.bench_function("floor/public operation", |bencher| {
            bencher.iter(|| rsa_encrypt(bare.as_public_key(), black_box(&number)));
        });
        group.bench_function("wrap", |bencher| {
            bencher.iter(|| rsa_wrap::wrap(&recipient, spec, black_box(&key), &mut SysRng));
        });
        group.bench_function("floor/private operation, blinded", |bencher| {
            bencher.iter(|| rsa_decrypt_and_check(&bare, Some(&mut SysRng), black_box(&number)));
        });
        group.bench_function("unwrap", |bencher| {
            let algorithm = KeyAlgorithm::Aes128;
            bencher.iter(|| {
                rsa_wrap::unwrap(&held, spec, algorithm, black_box(&wrapped), &mut SysRng)
            });
        });
        group.finish();
    }
}

criterion_group!(benches, oaep);
criterion_main!(benches);
