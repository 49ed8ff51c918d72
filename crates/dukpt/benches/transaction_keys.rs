//! Transaction keys beside the cost of their cipher calls, measured in the same run.

use std::hint::black_box;

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cipher::consts::{U8, U16};
use cipher::{Array, BlockCipherEncrypt, KeyInit};
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use des::Des;
use dukpt::{WorkingKeyType, aes as aes_dukpt, tdes as tdes_dukpt};
use key_types::SecretKey;

fn secret_key(length: usize) -> SecretKey {
    SecretKey::filled_by(length, |bytes| bytes.fill(0x5B)).expect("a key")
}

/// What `steps` steps cost at least: two DES schedules and two blocks each, one after the other.
fn tdes_steps(steps: usize) -> [Array<u8, U8>; 2] {
    let mut halves = black_box([Array::from([0x5B; 8]), Array::from([0x5A; 8])]);
    for _ in 0..steps {
        for half in &mut halves {
            Des::new(&half.clone()).encrypt_block(half);
        }
    }
    halves
}

fn tdes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tdes transaction key");
    let bdk = tdes_dukpt::Bdk::new(&secret_key(16)).expect("16 bytes");
    let initial_key = bdk.initial_key(&"FFFF9876543210E00000".parse().expect("a KSN"));
    for (bits, counter) in [(1, 0x00_0400), (10, 0x0F_F800 >> 1)] {
        group.bench_function(format!("floor/{bits} bit, schedules and blocks"), |bencher| {
            bencher.iter(|| tdes_steps(bits));
        });
        let counter = tdes_dukpt::Counter::new(counter).expect("a counter");
        group.bench_function(format!("{bits} bit"), |bencher| {
            bencher.iter(|| initial_key.transaction_key(black_box(counter)));
        });
    }
    let mut keys = initial_key.transactions_from(tdes_dukpt::Counter::FIRST);
    group.bench_function("next of many", |bencher| {
        bencher.iter(|| {
            let key = keys.next();
            if key.is_none() {
                keys = initial_key.transactions_from(tdes_dukpt::Counter::FIRST);
            }
            key
        });
    });
    group.finish();
}

/// What `steps` AES steps cost at least: a schedule and one or two blocks each.
fn aes_steps<C, const LENGTH: usize>(steps: usize) -> [Array<u8, U16>; 2]
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16>,
{
    let mut blocks = black_box([Array::from([0x5B; 16]); 2]);
    for _ in 0..steps {
        let key = Array::slice_as_flattened(&blocks).get(..LENGTH).unwrap_or_default();
        let cipher = C::new(key.try_into().expect("the length of the key"));
        match &mut blocks {
            [only, _] if LENGTH == 16 => cipher.encrypt_block(only),
            both => cipher.encrypt_blocks(both),
        }
    }
    blocks
}

type Group<'a> = BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn aes_of_length<C, const LENGTH: usize>(group: &mut Group<'_>, key_type: WorkingKeyType)
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16>,
{
    let name = format!("aes_{}", 8 * LENGTH);
    let bdk = aes_dukpt::Bdk::new(&secret_key(LENGTH)).expect("the length of an AES key");
    let initial_key = bdk.initial_key(&"1234567890123456".parse().expect("an id"));
    let counter = aes_dukpt::Counter::new(0x0001_FFFE).expect("sixteen bits");
    group.bench_function(format!("floor/{name}, 16 bit, schedules and blocks"), |bencher| {
        bencher.iter(|| aes_steps::<C, LENGTH>(16));
    });
    group.bench_function(format!("{name}, 16 bit"), |bencher| {
        bencher.iter(|| initial_key.transaction_key(black_box(counter)));
    });
    group.bench_function(format!("{name}, 16 bit, and PIN key"), |bencher| {
        bencher.iter(|| initial_key.transaction_key(black_box(counter)).pin_key(key_type));
    });
    let mut keys = initial_key.transactions_from(aes_dukpt::Counter::FIRST);
    group.bench_function(format!("{name}, next of many"), |bencher| {
        bencher.iter(|| keys.next());
    });
}

fn aes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("aes transaction key");
    aes_of_length::<Aes128Enc, 16>(&mut group, WorkingKeyType::Aes128);
    aes_of_length::<Aes192Enc, 24>(&mut group, WorkingKeyType::Aes192);
    aes_of_length::<Aes256Enc, 32>(&mut group, WorkingKeyType::Aes256);
    group.finish();
}

/// Initial keys with their check values, as an injection facility makes them.
fn injection(criterion: &mut Criterion) {
    use criterion::Throughput;
    use key_types::{InitialKeyId, KcvMethod, KeyAlgorithm, TdesKeySerialNumber};

    const DEVICES: u32 = 1000;

    let mut group = criterion.benchmark_group("1000 initial keys with check values");
    group.throughput(Throughput::Elements(DEVICES.into()));
    let bdk = tdes_dukpt::Bdk::new(&secret_key(16)).expect("16 bytes");
    group.bench_function("tdes", |bencher| {
        bencher.iter(|| {
            let ksns = (0..DEVICES).map(|device| {
                let [_, a, b, c] = (device << 5).to_be_bytes();
                TdesKeySerialNumber::from_bytes([0xFF, 0xFF, 0x98, 0x76, 0x54, a, b, c, 0, 0])
            });
            for key in bdk.initial_keys(ksns) {
                let method = KcvMethod::AnsiX924;
                black_box(kcv::compute(key.secret_key(), KeyAlgorithm::Tdes2Key, method, 3))
                    .expect("a check value");
            }
        });
    });
    for (length, algorithm) in [(16, KeyAlgorithm::Aes128), (32, KeyAlgorithm::Aes256)] {
        let bdk = aes_dukpt::Bdk::new(&secret_key(length)).expect("the length of an AES key");
        group.bench_function(format!("aes_{}", 8 * length), |bencher| {
            bencher.iter(|| {
                let ids = (0..DEVICES).map(|device| {
                    let [a, b, c, d] = device.to_be_bytes();
                    InitialKeyId::from_bytes([0x12, 0x34, 0x56, 0x78, a, b, c, d])
                });
                for key in bdk.initial_keys(ids) {
                    black_box(kcv::compute(key.secret_key(), algorithm, KcvMethod::Cmac, 5))
                        .expect("a check value");
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, tdes, aes, injection);
criterion_main!(benches);
