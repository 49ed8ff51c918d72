//! Initial keys beside the cost of their cipher calls, measured in the same run.

use std::hint::black_box;

use aes::{Aes128Enc, Aes256Enc};
use cipher::{Array, BlockCipherEncrypt, KeyInit};
use criterion::{Criterion, criterion_group, criterion_main};
use des::TdesEde2;
use key_types::{AesKeySerialNumber, SecretKey, TdesKeySerialNumber};

fn secret_key(length: usize) -> SecretKey {
    SecretKey::filled_by(length, |bytes| bytes.fill(0x5B)).expect("a key")
}

fn tdes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tdes initial key");
    let key = secret_key(16);
    let cipher = TdesEde2::new_from_slice(key.expose_secret()).expect("16 bytes");
    group.bench_function("floor/2 blocks", |bencher| {
        bencher.iter(|| {
            let mut blocks = black_box([Array::from([0x5B; 8]); 2]);
            blocks.iter_mut().for_each(|block| cipher.encrypt_block(block));
            blocks
        });
    });
    group.bench_function("floor/2 schedules", |bencher| {
        bencher.iter(|| [(); 2].map(|()| TdesEde2::new_from_slice(black_box(key.expose_secret()))));
    });
    let bdk = dukpt::tdes::Bdk::new(&key).expect("16 bytes");
    let ksn: TdesKeySerialNumber = "FFFF9876543210E00001".parse().expect("a KSN");
    group.bench_function("schedules held", |bencher| {
        bencher.iter(|| bdk.initial_key(black_box(&ksn)));
    });
    group.bench_function("fresh BDK", |bencher| {
        bencher.iter(|| dukpt::tdes::Bdk::new(black_box(&key)).map(|bdk| bdk.initial_key(&ksn)));
    });
    group.finish();
}

fn aes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("aes initial key");
    let ksn: AesKeySerialNumber = "123456789012345600000001".parse().expect("a KSN");
    let (aes_128, aes_256) = (secret_key(16), secret_key(32));
    group.bench_function("floor/aes_128, schedule and 1 block", |bencher| {
        bencher.iter(|| {
            let mut block = Array::from([0x5B; 16]);
            let cipher = Aes128Enc::new_from_slice(black_box(aes_128.expose_secret()));
            cipher.expect("16 bytes").encrypt_block(&mut block);
            block
        });
    });
    group.bench_function("floor/aes_256, schedule and 2 blocks", |bencher| {
        bencher.iter(|| {
            let mut blocks = [Array::from([0x5B; 16]); 2];
            let cipher = Aes256Enc::new_from_slice(black_box(aes_256.expose_secret()));
            cipher.expect("32 bytes").encrypt_blocks(&mut blocks);
            blocks
        });
    });
    for (name, key) in [("aes_128", &aes_128), ("aes_256", &aes_256)] {
        let bdk = dukpt::aes::Bdk::new(key).expect("the length of an AES key");
        group.bench_function(format!("{name}, schedule held"), |bencher| {
            bencher.iter(|| bdk.initial_key(black_box(&ksn.initial_key_id())));
        });
        group.bench_function(format!("{name}, fresh BDK"), |bencher| {
            bencher.iter(|| {
                let bdk = dukpt::aes::Bdk::new(black_box(key));
                bdk.map(|bdk| bdk.initial_key(&ksn.initial_key_id()))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, tdes, aes);
criterion_main!(benches);
