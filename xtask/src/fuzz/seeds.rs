//! The inputs of vectors, taken out of their files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use test_vectors::{Hex, Test, VectorFile, data_directory, files_under, load};
use x509_cert::der::Document;

/// A case, with what a target may want of it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// The operation, for example `tr31/open`.
    pub(super) operation: &'a str,
    test: &'a Test,
}

impl<'a> Case<'a> {
    /// All texts of members of this name, wherever they stand.
    pub(super) fn texts(self, member: &str) -> Vec<&'a str> {
        let mut texts = Vec::new();
        for (name, value) in &self.test.members {
            collect(name, value, &mut |name, text| {
                if name == member {
                    texts.push(text);
                }
            });
        }
        texts
    }

    /// The bytes of all members of this name that are hex.
    pub(super) fn bytes(self, member: &str) -> Vec<Vec<u8>> {
        let decoded = self.texts(member).into_iter().filter_map(|text| Hex::decode(text).ok());
        decoded.map(|hex| hex.as_bytes().to_vec()).collect()
    }

    /// All PEM texts with this label, wherever they stand.
    pub(super) fn pem(self, label: &str) -> Vec<&'a str> {
        let begin = format!("-----BEGIN {label}-----");
        let mut texts = Vec::new();
        for (name, value) in &self.test.members {
            collect(name, value, &mut |_, text| {
                if text.starts_with(&begin) {
                    texts.push(text);
                }
            });
        }
        texts
    }

    /// The DER inside all PEM texts with this label.
    pub(super) fn der(self, label: &str) -> Vec<Vec<u8>> {
        let pem = self.pem(label).into_iter();
        pem.filter_map(|text| Document::from_pem(text).ok())
            .map(|(_, document)| document.into_vec())
            .collect()
    }
}

fn collect<'a>(name: &'a str, value: &'a Value, found: &mut impl FnMut(&'a str, &'a str)) {
    match value {
        Value::String(text) => found(name, text),
        Value::Array(values) => values.iter().for_each(|value| collect(name, value, found)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(name, value, found));
        }
        _ => {}
    }
}

/// All vectors of this repository.
pub(super) fn vector_files() -> anyhow::Result<Vec<VectorFile>> {
    let paths = files_under(&data_directory())?;
    Ok(paths.iter().map(|path| load(path)).collect::<Result<_, _>>()?)
}

/// The seeds that cases give, each once, under the id of the first case that gives it.
pub(super) fn of_target(
    files: &[VectorFile],
    of_case: fn(Case<'_>) -> Vec<Vec<u8>>,
) -> BTreeMap<String, Vec<u8>> {
    let mut known = BTreeSet::new();
    let mut seeds = BTreeMap::new();
    for file in files {
        for test in file.test_groups.iter().flat_map(|group| &group.tests) {
            let case = Case { operation: &file.algorithm, test };
            let name = test.id.replace('/', ".");
            for (index, seed) in of_case(case).into_iter().enumerate() {
                if known.insert(seed.clone()) {
                    seeds.insert(format!("{name}-{index}"), seed);
                }
            }
        }
    }
    seeds
}
