//! A path validated, beside the signatures that it consists of, in the same run.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use payment_pki::{Certificate, Crl, Policy, TrustAnchor, UnixTime, role, validate};
use test_vectors::{Hex, data_directory, load};

const NOW: UnixTime = UnixTime::from_seconds(1_780_315_200);

fn paths(criterion: &mut Criterion) {
    let file = load(&data_directory().join("tr34/open.json")).expect("the file");
    let mut tests = file.test_groups.iter().flat_map(|group| &group.tests);
    let test = tests.find(|test| test.id == "kt_cms_aes_n16_crl").expect("the case");
    let text = |name: &str| {
        let value = test.members.get(name).expect("the member");
        value.as_str().or_else(|| value.get(0)?.as_str()).expect("text")
    };
    let certificate = |name: &str| Certificate::from_pem(text(name)).expect("a certificate");
    let (leaf, authority) = (certificate("kdhCertPem"), certificate("trustAnchorsPem"));
    let root = certificate("rootCertPem");
    let hex = test.members.get("crl").expect("the member").clone();
    let hex: Hex = serde_json::from_value(hex).expect("hex");
    let list = Crl::from_der(hex.as_bytes()).expect("a list");

    let mut group = criterion.benchmark_group("payment-pki/path");
    group.bench_function("read a certificate", |bencher| {
        bencher.iter(|| Certificate::from_der(black_box(leaf.as_der())));
    });
    group.bench_function("floor/two signatures of RSA-3072", |bencher| {
        bencher.iter(|| {
            let first = leaf.verify_signature(black_box(authority.public_key()));
            first.and(authority.verify_signature(black_box(root.public_key())))
        });
    });
    let anchors = [TrustAnchor::<role::Kdh>::new(root.clone())];
    let (between, policy) = ([authority.clone()], Policy::strict());
    group.bench_function("leaf, authority, root", |bencher| {
        bencher.iter(|| validate(black_box(&leaf), &between, &anchors, &[], NOW, &policy));
    });
    group.bench_function("floor/three signatures of RSA-3072", |bencher| {
        bencher.iter(|| {
            let first = leaf.verify_signature(black_box(authority.public_key()));
            let second = authority.verify_signature(black_box(root.public_key()));
            first.and(second).and(list.verify_signature(black_box(authority.public_key())))
        });
    });
    let lists = [list.clone()];
    group.bench_function("leaf, authority, root, a list", |bencher| {
        bencher.iter(|| validate(black_box(&leaf), &between, &anchors, &lists, NOW, &policy));
    });
    group.finish();
}

criterion_group!(benches, paths);
criterion_main!(benches);
