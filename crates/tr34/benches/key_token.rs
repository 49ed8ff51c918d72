//! Key tokens made and opened, beside the one private RSA operation in each, in the same run.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use getrandom::SysRng;
use key_types::{HashAlgorithm, SecretKey};
use payment_pki::{Certificate, Sign, SigningKey, TrustAnchor, UnixTime};
use rsa_wrap::{PrivateKey, WrappingSpec};
use test_vectors::{Test, data_directory, load};
use tr34::{Binding, KeyHeader, KeyTokenSpec, Krd, KtKdh, Layout, Nonce, Policy, danger};

const NOW: UnixTime = UnixTime::from_seconds(1_780_315_200);

fn member(file: &str, is_it: impl Fn(&Test) -> bool, name: &str) -> String {
    let file = load(&data_directory().join(file)).expect("the file");
    let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
    let test = tests.find(|test| is_it(test)).expect("the case");
    let value = test.members.get(name).expect("the member");
    let text = value.as_str().or_else(|| value.get(0)?.as_str());
    text.expect("text").to_owned()
}

fn of_size(bits: u64) -> impl Fn(&Test) -> bool {
    move |test| test.members.get("rsaBits").is_some_and(|it| *it == bits)
}

fn certificate(pem: &str) -> Certificate {
    Certificate::from_pem(pem).expect("a certificate")
}

fn key_tokens(criterion: &mut Criterion) {
    let any = |_: &Test| true;
    let sender = certificate(&member("tr34/build.json", any, "kdhCertPem"));
    let anchor = certificate(&member("tr34/open.json", any, "trustAnchorsPem"));
    let sender_key = member("tr34/build.json", any, "kdhKeyPem");
    let key = SecretKey::copied_from(b"a key of 16 byte").expect("a key");
    let header = KeyHeader::parse("D0112K0TB00E0000").expect("a header");
    let spec = || {
        let nonce = Nonce::new(&[0xA5; 16]).expect("a nonce");
        KeyTokenSpec::two_pass(nonce).with_layout(Layout::X9Tr34_2012)
    };

    for bits in [2048, 3072, 4096] {
        let mut group = criterion.benchmark_group(format!("tr34/{bits}"));
        let pem = member("rsa-wrap/unwrap.json", of_size(bits), "privateKeyPem");
        let own = certificate(&member("rsa-wrap/wrap.json", of_size(bits), "certificatePem"));
        let der = SigningKey::der_from_pem(&pem).expect("a key");
        let signing_key = SigningKey::from_pkcs8(&der, HashAlgorithm::Sha256).expect("a key");
        let private_key = PrivateKey::from_pkcs8(&der).expect("a key");

        // Made: signed by a key of this size, for the receiver with the 2048-bit key of the sender.
        let made = |spec: &KeyTokenSpec| {
            let unsigned =
                danger::wrap_unvalidated((&own, None), (&key, &header), &sender, spec, &mut SysRng);
            unsigned.expect("a good key")
        };
        let message = made(&spec()).message().to_vec();
        group.bench_function("floor/sign", |bencher| {
            bencher.iter(|| signing_key.sign(black_box(&message), &mut SysRng));
        });
        let given = spec();
        group.bench_function("make", |bencher| {
            bencher.iter(|| made(black_box(&given)).signed_by(&signing_key, &mut SysRng));
        });

        // Opened: by a key of this size, from the usual sender.
        let unsigned =
            danger::wrap_unvalidated((&sender, None), (&key, &header), &own, &spec(), &mut SysRng);
        let sender_der = SigningKey::der_from_pem(&sender_key).expect("a key");
        let sender_key = SigningKey::from_pkcs8(&sender_der, HashAlgorithm::Sha256).expect("a key");
        let token = unsigned.and_then(|it| it.signed_by(&sender_key, &mut SysRng));
        let token = token.expect("a good token");
        let krd = Krd::new(own.clone(), vec![TrustAnchor::new(anchor.clone())], Policy::strict());
        let krd = krd.expect("a good device");
        let encrypted = {
            let mut binding = binding(&sender);
            let token = KtKdh::parse(&token).expect("a good token");
            let verified = krd.verify(&mut binding, &token, NOW).expect("a good token");
            verified.encrypted_content_key().to_vec()
        };
        group.bench_function("floor/decrypt", |bencher| {
            let spec = WrappingSpec::RsaOaepSha256;
            bencher.iter(|| private_key.decrypt(spec, black_box(&encrypted), &mut SysRng));
        });
        group.bench_function("open", |bencher| {
            bencher.iter(|| {
                let mut binding = binding(&sender);
                let token = KtKdh::parse(black_box(&token)).expect("a good token");
                let verified = krd.verify(&mut binding, &token, NOW).expect("a good token");
                verified.open(&private_key, &mut SysRng).expect("a good token")
            });
        });
        group.finish();
    }
}

fn binding(sender: &Certificate) -> Binding {
    let nonce = Nonce::new(&[0xA5; 16]).expect("a nonce");
    Binding::to(sender.clone()).with_outstanding_nonce(nonce)
}

criterion_group!(benches, key_tokens);
criterion_main!(benches);
