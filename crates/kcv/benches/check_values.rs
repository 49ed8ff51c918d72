//! Check values beside the cost of their cipher calls, measured in the same run.

use std::hint::black_box;

use aes::{Aes128Enc, Aes256Enc};
use cipher::{Block, BlockCipherEncrypt, KeyInit};
use criterion::{Criterion, criterion_group, criterion_main};
use des::TdesEde2;
use key_types::{HashAlgorithm, KcvMethod, KeyAlgorithm, SecretKey};

/// The least a method can cost: the schedule of its key and as many chained blocks as it needs.
fn floor<C: KeyInit + BlockCipherEncrypt>(key: &[u8], blocks: usize) -> Block<C> {
    let cipher = C::new_from_slice(key).expect("a key of the right length");
    let mut block = Block::<C>::default();
    for _ in 0..blocks {
        cipher.encrypt_block(&mut block);
    }
    block
}

fn check_values(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kcv");
    group.bench_function("floor/tdes_2key, 1 block", |bencher| {
        bencher.iter(|| floor::<TdesEde2>(black_box(&[0x5B; 16]), 1));
    });
    group.bench_function("floor/tdes_2key, 2 blocks", |bencher| {
        bencher.iter(|| floor::<TdesEde2>(black_box(&[0x5B; 16]), 2));
    });
    group.bench_function("floor/aes_128, 2 blocks", |bencher| {
        bencher.iter(|| floor::<Aes128Enc>(black_box(&[0x5B; 16]), 2));
    });
    group.bench_function("floor/aes_256, 2 blocks", |bencher| {
        bencher.iter(|| floor::<Aes256Enc>(black_box(&[0x5B; 32]), 2));
    });
    for (name, algorithm, method) in [
        ("tdes_2key, ansi_x9_24", KeyAlgorithm::Tdes2Key, KcvMethod::AnsiX924),
        ("tdes_2key, cmac", KeyAlgorithm::Tdes2Key, KcvMethod::Cmac),
        ("aes_128, cmac", KeyAlgorithm::Aes128, KcvMethod::Cmac),
        ("aes_256, cmac", KeyAlgorithm::Aes256, KcvMethod::Cmac),
        ("hmac_sha256", KeyAlgorithm::HmacSha256, KcvMethod::Hmac(HashAlgorithm::Sha256)),
    ] {
        let length = algorithm.key_length().expect("a symmetric algorithm");
        let key = SecretKey::filled_by(length, |key| key.fill(0x5B)).expect("a key");
        group.bench_function(name, |bencher| {
            bencher.iter(|| kcv::compute(black_box(&key), algorithm, method, 3));
        });
    }
    group.finish();
}

criterion_group!(benches, check_values);
criterion_main!(benches);
