//! `cargo xtask vectors stats`: how many cases there are, as the README of the vectors shows it.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use test_vectors::{Expected, VectorFile};

const HEAD: &str = "| file | tests | valid | acceptable | invalid |";

/// The table of counts: a row for each file, by name, and their sum.
#[must_use]
pub fn table(files: &BTreeMap<String, VectorFile>) -> String {
    let results = [Expected::Valid, Expected::Acceptable, Expected::Invalid];
    let mut table = format!("{HEAD}\n|---|---|---|---|---|\n");
    let mut sum = [0; 4];
    let mut append = |name: &str, counts: [usize; 4]| {
        let [count, valid, acceptable, invalid] = counts;
        // Writing to a string does not fail.
        _ = writeln!(table, "| {name} | {count} | {valid} | {acceptable} | {invalid} |");
    };
    for (name, file) in files {
        let tests = || file.test_groups.iter().flat_map(|group| &group.tests);
        let [valid, acceptable, invalid] =
            results.map(|result| tests().filter(|test| test.result == result).count());
        let counts = [valid + acceptable + invalid, valid, acceptable, invalid];
        append(&format!("{name}.json"), counts);
        for (total, count) in sum.iter_mut().zip(counts) {
            *total += count;
        }
    }
    append("all", sum);
    table
}

/// Says whether a README has this very table.
#[must_use]
pub fn is_in(readme: &str, table: &str) -> bool {
    found(readme).is_some_and(|(_, it, _)| it == table)
}

/// A README with this table in the place of the one that it has.
///
/// # Errors
///
/// When it has none.
pub fn put_into(readme: &str, table: &str) -> anyhow::Result<String> {
    let (before, _, after) = found(readme).context("the README has no table of counts")?;
    Ok([before, table, after].concat())
}

/// What stands before the table of a README, the table, and what stands behind it.
fn found(readme: &str) -> Option<(&str, &str, &str)> {
    let (before, from_table) = readme.split_at_checked(readme.find(HEAD)?)?;
    let lines = from_table.split_inclusive('\n');
    let length = lines.take_while(|line| line.starts_with('|')).map(str::len).sum();
    let (table, after) = from_table.split_at_checked(length)?;
    Some((before, table, after))
}

#[cfg(test)]
mod tests {
    use test_vectors::{data_directory, load};

    use super::*;

    #[test]
    fn the_table_counts_and_replaces_another() {
        let file = load(&data_directory().join("tr31/derive.json")).unwrap();
        let count = file.test_groups.iter().map(|group| group.tests.len()).sum::<usize>();
        let table = table(&BTreeMap::from([("tr31/derive".to_owned(), file)]));
        let row = format!("| tr31/derive.json | {count} | {count} | 0 | 0 |\n| all | {count} | ");
        assert!(table.contains(&row), "{table}");
        let readme = format!("before\n{HEAD}\n| old |\n\nafter | {HEAD}");
        assert!(!is_in(&readme, &table));
        let new = put_into(&readme, &table).unwrap();
        assert_eq!(new, format!("before\n{table}\nafter | {HEAD}"));
        assert!(is_in(&new, &table));
        assert!(put_into("nothing", &table).is_err());
    }
}
