//! Wrapping and opening beside the cost of their cipher calls, measured in the same run.
//!
//! `floor` is what the cipher calls of one key block cost, chained as they must be; `fresh` adds
//! the preparation of the KBPK, whose own floor stands beside it.

use std::convert::Infallible;
use std::hint::black_box;

use aes::{Aes128Enc, Aes256Enc};
use cipher::{Block, BlockCipherEncrypt, KeyInit};
use criterion::{Criterion, criterion_group, criterion_main};
use des::TdesEde2;
use getrandom::SysRng;
use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use rand_core::{TryCryptoRng, TryRng};
use tr31::{Header, Kbpk, KeyBlock, OptionalBlock, OptionalBlockId, Version, wrap};

/// The random source of the system, asked for 1,024 bytes at a time.
struct Buffered {
    bytes: [u8; 1024],
    used: usize,
}

impl Buffered {
    const fn new() -> Self {
        Self { bytes: [0; 1024], used: 1024 }
    }
}

impl TryRng for Buffered {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        if self.used + bytes.len() > self.bytes.len() {
            SysRng.try_fill_bytes(&mut self.bytes).expect("the system has randomness");
            self.used = 0;
        }
        for (byte, random) in bytes.iter_mut().zip(self.bytes.iter_mut().skip(self.used)) {
            *byte = std::mem::take(random);
        }
        self.used += bytes.len();
        Ok(())
    }
}

impl TryCryptoRng for Buffered {}

fn secret_key(length: usize) -> SecretKey {
    let mut value = 0x5B_u8;
    let next = |byte: &mut u8| {
        value = value.wrapping_mul(0x1D).wrapping_add(0x37);
        *byte = value;
    };
    SecretKey::filled_by(length, |bytes| bytes.iter_mut().for_each(next)).expect("a key")
}

/// What one row of the comparison wraps.
struct Case {
    name: &'static str,
    version: Version,
    algorithm: AlgorithmFamily,
    kbpk_length: usize,
    key_length: usize,
    /// Characters of a certificate, in a CT block behind a KS block.
    certificate: usize,
    /// Cipher calls of one key block under a prepared KBPK: MAC and encryption.
    blocks: usize,
}

const CASES: &[Case] = &[
    Case {
        name: "B, TDES_2KEY under TDES_2KEY",
        version: Version::B,
        algorithm: AlgorithmFamily::Tdes,
        kbpk_length: 16,
        key_length: 16,
        certificate: 0,
        blocks: 6 + 4,
    },
    Case {
        name: "B, TDES_2KEY under TDES_3KEY",
        version: Version::B,
        algorithm: AlgorithmFamily::Tdes,
        kbpk_length: 24,
        key_length: 16,
        certificate: 0,
        blocks: 6 + 4,
    },
    Case {
        name: "B with KS and CT, TDES_2KEY under TDES_2KEY",
        version: Version::B,
        algorithm: AlgorithmFamily::Tdes,
        kbpk_length: 16,
        key_length: 16,
        certificate: 1196,
        blocks: 160 + 4,
    },
    Case {
        name: "D, TDES_2KEY under AES_256",
        version: Version::D,
        algorithm: AlgorithmFamily::Tdes,
        kbpk_length: 32,
        key_length: 16,
        certificate: 0,
        blocks: 3 + 2,
    },
    Case {
        name: "D, AES_128 under AES_128",
        version: Version::D,
        algorithm: AlgorithmFamily::Aes,
        kbpk_length: 16,
        key_length: 16,
        certificate: 0,
        blocks: 4 + 3,
    },
    Case {
        name: "D, AES_256 under AES_256",
        version: Version::D,
        algorithm: AlgorithmFamily::Aes,
        kbpk_length: 32,
        key_length: 32,
        certificate: 0,
        blocks: 4 + 3,
    },
    Case {
        name: "D with KS and CT, AES_128 under AES_128",
        version: Version::D,
        algorithm: AlgorithmFamily::Aes,
        kbpk_length: 16,
        key_length: 16,
        certificate: 1196,
        blocks: 81 + 3,
    },
    Case {
        name: "E, AES_256 under AES_256",
        version: Version::E,
        algorithm: AlgorithmFamily::Aes,
        kbpk_length: 32,
        key_length: 32,
        certificate: 0,
        blocks: 4 + 3,
    },
];

impl Case {
    fn header(&self) -> Header {
        let header = Header::new(
            self.version,
            KeyUsage::PinEncryption,
            self.algorithm,
            ModeOfUse::EncryptDecrypt,
            Exportability::Exportable,
        );
        if self.certificate == 0 {
            return header;
        }
        let certificate = format!("00{}", "A".repeat(self.certificate));
        [(OptionalBlockId::KS, "FFFF9876543210E00000"), (OptionalBlockId::CT, &certificate)]
            .into_iter()
            .map(|(id, data)| OptionalBlock::new(id, data).expect("a good block"))
            .try_fold(header, Header::with_optional_block)
            .expect("two blocks")
    }

    fn kbpk(&self, key: &SecretKey) -> Kbpk {
        match self.version.kbpk_family() {
            AlgorithmFamily::Tdes => Kbpk::tdes(key),
            _ => Kbpk::aes(key),
        }
        .expect("a length of the algorithm")
    }

    fn run(&self, criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group(self.name);
        let (kbpk_key, key) = (secret_key(self.kbpk_length), secret_key(self.key_length));
        match (self.version.kbpk_family(), self.kbpk_length) {
            (AlgorithmFamily::Tdes, 16) => floor::<TdesEde2>(&mut group, &kbpk_key, self.blocks),
            (AlgorithmFamily::Tdes, _) => {
                floor::<des::TdesEde3>(&mut group, &kbpk_key, self.blocks);
            }
            (_, 16) => floor::<Aes128Enc>(&mut group, &kbpk_key, self.blocks),
            (_, _) => floor::<Aes256Enc>(&mut group, &kbpk_key, self.blocks),
        }
        let (header, kbpk) = (self.header(), self.kbpk(&kbpk_key));
        let mut random = Buffered::new();
        group.bench_function("wrap, prepared", |bencher| {
            bencher.iter(|| wrap(black_box(&header), &key, &kbpk, &mut random));
        });
        group.bench_function("wrap, prepared, randomness not buffered", |bencher| {
            bencher.iter(|| wrap(black_box(&header), &key, &kbpk, &mut SysRng));
        });
        group.bench_function("wrap, fresh", |bencher| {
            bencher.iter(|| wrap(&header, &key, &self.kbpk(black_box(&kbpk_key)), &mut random));
        });
        let text = wrap(&header, &key, &kbpk, &mut random).expect("a key block");
        group.bench_function("open, prepared", |bencher| {
            bencher.iter(|| KeyBlock::parse(black_box(&text))?.open(&kbpk));
        });
        group.bench_function("open, fresh", |bencher| {
            bencher.iter(|| KeyBlock::parse(&text)?.open(&self.kbpk(black_box(&kbpk_key))));
        });
        group.bench_function("parse", |bencher| {
            bencher.iter(|| KeyBlock::parse(black_box(&text)));
        });
        group.finish();
    }
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// One key schedule, and so many cipher calls, each with the result of the one before.
fn floor<C: BlockCipherEncrypt + KeyInit>(group: &mut Group<'_>, key: &SecretKey, blocks: usize) {
    group.bench_function("floor, schedule", |bencher| {
        bencher.iter(|| C::new_from_slice(black_box(key.expose_secret())));
    });
    let cipher = C::new_from_slice(key.expose_secret()).expect("a length of the cipher");
    group.bench_function(format!("floor, {blocks} blocks"), |bencher| {
        bencher.iter(|| {
            let mut block = black_box(Block::<C>::default());
            (0..blocks).for_each(|_| cipher.encrypt_block(&mut block));
            block
        });
    });
}

fn key_blocks(criterion: &mut Criterion) {
    CASES.iter().for_each(|case| case.run(criterion));
}

criterion_group!(benches, key_blocks);
criterion_main!(benches);
