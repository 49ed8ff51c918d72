//! Every fuzz target with the seeds it gets, one row each.

use dukpt::{aes, tdes};
use key_types::{AesKeySerialNumber, KeyAlgorithm, SecretKey, TdesKeySerialNumber};
use tr34::{KtKdh, Parts};

use super::encoding::byte_strings;
use super::seeds::Case;

/// A fuzz target.
pub(super) struct Target {
    /// The crate it belongs to.
    pub(super) package: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// What it begins with.
    pub(super) seeds: Seeds,
}

/// Where the seeds of a target come from.
pub(super) enum Seeds {
    /// From the vectors: what each case gives.
    FromVectors(fn(Case<'_>) -> Vec<Vec<u8>>),
    /// There are none, and why.
    None(&'static str),
}

const fn seeded(
    package: &'static str,
    name: &'static str,
    of_case: fn(Case<'_>) -> Vec<Vec<u8>>,
) -> Target {
    Target { package, name, seeds: Seeds::FromVectors(of_case) }
}

const fn bare(package: &'static str, name: &'static str, reason: &'static str) -> Target {
    Target { package, name, seeds: Seeds::None(reason) }
}

/// All targets of all crates, lowest layer first.
pub(super) const TARGETS: &[Target] = &[
    seeded("key-types", "key_serial_number", serial_numbers),
    seeded("kcv", "check_value_text", check_values),
    seeded("kcv", "components", components),
    seeded("dukpt", "key_serial_number", serial_numbers),
    seeded("dukpt", "saved_state", saved_states),
    seeded("rsa-wrap", "private_key", |case| {
        let cryptograms = case.bytes("ciphertext");
        let pairs = case.der("PRIVATE KEY").into_iter().zip(cryptograms);
        pairs.map(|(key, cryptogram)| byte_strings(&[&key, &cryptogram])).collect()
    }),
    seeded("rsa-wrap", "recipient", |case| {
        [case.der("PUBLIC KEY"), case.der("CERTIFICATE")].concat()
    }),
    seeded("payment-pki", "certificate", |case| case.der("CERTIFICATE")),
    seeded("payment-pki", "crl", |case| [case.bytes("crl"), case.der("X509 CRL")].concat()),
    seeded("payment-pki", "pem", |case| owned(case.pem("CERTIFICATE"))),
    bare("payment-pki", "request", "no vector has a certificate signing request"),
    seeded("tr31", "parse", |case| owned(case.texts("keyBlock"))),
    seeded("tr31", "open", |case| owned(case.texts("keyBlock"))),
    seeded("tr34", "credential", |case| tokens(case, &["CT_KDH", "CT_KRD"])),
    bare("tr34", "key_block", "the vectors have it encrypted only"),
    seeded("tr34", "key_header", |case| match case.operation {
        "tr34/open" => owned(case.texts("header")),
        _ => Vec::new(),
    }),
    seeded("tr34", "kt_kdh", key_tokens),
    seeded("tr34", "parts", |case| {
        let parts = |token: &Vec<u8>| {
            let token = KtKdh::parse(token).ok()?;
            let parts = Parts::of(&token).ok()?;
            Some(byte_strings(&[parts.attributes(), parts.enveloped_data(), parts.signature()]))
        };
        key_tokens(case).iter().filter_map(parts).collect()
    }),
    seeded("tr34", "rbt", |case| tokens(case, &["RBT_CA", "RBT_KDH"])),
    seeded("tr34", "rt_krd", |case| tokens(case, &["RT_KRD"])),
    seeded("tr34", "token", |case| match case.operation {
        "tr34/open" | "tr34/tokens" => case.bytes("token"),
        _ => Vec::new(),
    }),
    seeded("tr34", "ubt", |case| tokens(case, &["UBT_CA", "UBT_KDH"])),
    bare("export-api", "call", "no vector is a request"),
    bare("key-store", "password_file", "no vector has a password of a database"),
    bare("key-store", "postgres_url", "no vector names a database"),
    bare("key-store", "record", "what a store wrote opens under its own keys only"),
    bare("key-store", "root_key_file", "any 32 bytes are a key"),
    bare("key-store", "root_key_id", "no vector is the id of a root key"),
    bare("key-store", "token_uri", "no vector names a token"),
    bare("export-server", "audit_trail", "no vector is an audit trail"),
    bare("export-server", "authorization", "no vector is a request"),
    bare("export-server", "receipts", "no vector is a receipt"),
    bare("export-server", "signed_request", "no vector is a request"),
    bare("keyblock-cli", "batch", "no vector is a line of a batch"),
    seeded("keyblock-cli", "encoded", |case| {
        owned([case.pem("CERTIFICATE"), case.texts("token")].concat())
    }),
    seeded("keyblock-cli", "key_text", |case| {
        owned([case.texts("kbpk"), case.texts("key")].concat())
    }),
];

fn owned(texts: Vec<&str>) -> Vec<Vec<u8>> {
    texts.into_iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn serial_numbers(case: Case<'_>) -> Vec<Vec<u8>> {
    let members = ["ksn", "nextKsn", "initialKsn", "initialKeyId"];
    owned(members.iter().flat_map(|member| case.texts(member)).collect())
}

fn check_values(case: Case<'_>) -> Vec<Vec<u8>> {
    match case.operation {
        "kcv/compare" | "kcv/key_block_field" => {
            owned([case.texts("candidate"), case.texts("block"), case.texts("kcv")].concat())
        }
        _ => Vec::new(),
    }
}

/// The place of the algorithm, a sign that components have its length, and the components.
fn components(case: Case<'_>) -> Vec<Vec<u8>> {
    let algorithms = case.texts("keyAlgorithm");
    let place = algorithms.first().and_then(|name| {
        let place = KeyAlgorithm::ALL.iter().position(|algorithm| algorithm.code() == *name)?;
        u8::try_from(place).ok()
    });
    match (case.operation, place) {
        ("kcv/components", Some(place)) => {
            let components = case.bytes("value").concat();
            vec![[&[place, u8::MAX][..], &components].concat()]
        }
        _ => Vec::new(),
    }
}

/// What devices save that were loaded with the initial keys of the vectors.
fn saved_states(case: Case<'_>) -> Vec<Vec<u8>> {
    if case.operation != "dukpt/initial_key" {
        return Vec::new();
    }
    let bdk = case.bytes("bdk").first().and_then(|bytes| SecretKey::copied_from(bytes).ok());
    let ksn = case.texts("ksn").first().copied();
    let state = bdk.zip(ksn).and_then(|(bdk, ksn)| {
        if let Ok(ksn) = ksn.parse::<TdesKeySerialNumber>() {
            let mut state = [0; tdes::Device::SAVED_LENGTH];
            tdes::Device::load(tdes::Bdk::new(&bdk).ok()?.initial_key(&ksn)).save(&mut state);
            return Some(state.to_vec());
        }
        let id = ksn.parse::<AesKeySerialNumber>().ok()?.initial_key_id();
        let mut state = [0; aes::Device::SAVED_LENGTH];
        aes::Device::load(aes::Bdk::new(&bdk).ok()?.initial_key(&id)).save(&mut state);
        Some(state.to_vec())
    });
    state.into_iter().collect()
}

fn key_tokens(case: Case<'_>) -> Vec<Vec<u8>> {
    if case.operation == "tr34/open" { case.bytes("token") } else { Vec::new() }
}

/// Tokens of some kinds.
fn tokens(case: Case<'_>, kinds: &[&str]) -> Vec<Vec<u8>> {
    let is_meant = case.operation == "tr34/tokens"
        && case.texts("kind").first().is_some_and(|kind| kinds.contains(kind));
    if is_meant { case.bytes("token") } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;
    use crate::fuzz::seeds::{of_target, vector_files};
    use crate::workspace::Workspace;

    #[test]
    fn every_target_stands_in_the_table() {
        let mut found = BTreeSet::new();
        for package in Workspace::load().unwrap().packages {
            let directory = package.directory().join("fuzz/fuzz_targets");
            for entry in fs::read_dir(directory).into_iter().flatten() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                found.insert((package.name.clone(), name));
            }
        }
        let listed = TARGETS.iter().map(|it| (it.package.to_owned(), it.name.to_owned()));
        assert_eq!(listed.collect::<BTreeSet<_>>(), found);
    }

    #[test]
    fn every_target_that_vectors_seed_has_seeds() {
        let files = vector_files().unwrap();
        for target in TARGETS {
            if let Seeds::FromVectors(of_case) = target.seeds {
                let seeds = of_target(&files, of_case);
                assert!(!seeds.is_empty(), "{}/{}", target.package, target.name);
            }
        }
    }

    #[test]
    fn seeds_get_past_the_first_check() {
        let files = vector_files().unwrap();
        let states = of_target(&files, saved_states);
        assert!(states.values().any(|state| {
            let state = state.as_slice().try_into();
            state.is_ok_and(|state| tdes::Device::resume(state).is_ok())
        }));
        let tokens = of_target(&files, key_tokens);
        assert!(tokens.values().any(|token| KtKdh::parse(token).is_ok()));
    }
}
