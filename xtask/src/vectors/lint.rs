//! Rules for vector files that a JSON schema cannot say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context;
use test_vectors::{
    Expected, KnownGap, Test, VectorFile, data_directory, files_under, known_gaps, load,
};

/// Everything wrong with the vector files of this project, one line each.
///
/// # Errors
///
/// When a file cannot be read or does not have the members of its schema.
pub fn problems() -> anyhow::Result<Vec<String>> {
    let mut files = BTreeMap::new();
    for path in files_under(&data_directory())? {
        let name = path.strip_prefix(data_directory())?.with_extension("");
        files.insert(name.to_string_lossy().replace('\\', "/"), load(&path)?);
    }
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-vectors/README.md");
    let readme = fs::read_to_string(&readme).context("README.md of the vectors cannot be read")?;
    let mut problems = Vec::new();
    for (name, file) in &files {
        let in_file = in_file(name, file);
        problems.extend(in_file.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    problems.extend(ids_used_twice(&files));
    problems.extend(gaps_of_nothing(&files, &known_gaps()?));
    problems.extend(wrong_counts(&files, &readme));
    Ok(problems)
}

fn tests(file: &VectorFile) -> impl Iterator<Item = &Test> {
    file.test_groups.iter().flat_map(|group| &group.tests)
}

fn in_file(name: &str, file: &VectorFile) -> Vec<String> {
    let mut problems = Vec::new();
    if file.algorithm != name {
        problems.push(format!("algorithm is {}", file.algorithm));
    }
    let count = tests(file).count();
    if file.number_of_tests != count {
        problems.push(format!("numberOfTests is {}, there are {count}", file.number_of_tests));
    }
    for group in file.test_groups.iter().filter(|group| group.operation != file.algorithm) {
        problems.push(format!("a group has the type {}", group.operation));
    }
    for (test, expected) in tests(file).zip(1..) {
        let Test { id, tc_id, .. } = test;
        if *tc_id != expected {
            problems.push(format!("{id} has tcId {tc_id} instead of {expected}"));
        }
        if test.error.is_some() != (test.result == Expected::Invalid) {
            problems.push(format!("{id}: error stands only and always with invalid"));
        }
    }
    let used: BTreeSet<_> = tests(file).flat_map(|test| &test.flags).collect();
    let noted: BTreeSet<_> = file.notes.keys().collect();
    problems.extend(used.difference(&noted).map(|flag| format!("flag {flag} has no note")));
    problems.extend(noted.difference(&used).map(|flag| format!("note {flag} has no case")));
    problems.extend(cases_given_twice(file));
    problems
}

/// The same values may stand for two things, with other flags; two cases that differ in nothing
/// but number, name and comment are one too many.
fn cases_given_twice(file: &VectorFile) -> Vec<String> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for test in tests(file) {
        let Test { flags, result, error, members, .. } = test;
        let key = format!("{flags:?} {result:?} {error:?} {members:?}");
        if let Some(first) = seen.insert(key, &test.id) {
            problems.push(format!("{} is {first} again", test.id));
        }
    }
    problems
}

fn ids_used_twice(files: &BTreeMap<String, VectorFile>) -> Vec<String> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, file) in files {
        for test in tests(file) {
            if let Some(first) = seen.insert(&test.id, name) {
                problems.push(format!("{name}: {} is an id in {first} too", test.id));
            }
        }
    }
    problems
}

fn gaps_of_nothing(files: &BTreeMap<String, VectorFile>, gaps: &[KnownGap]) -> Vec<String> {
    let mut problems = Vec::new();
    for KnownGap { file, ids, reason, .. } in gaps {
        let fitting = || files.iter().filter(|(name, _)| test_vectors::glob_matches(file, name));
        if fitting().next().is_none() {
            problems.push(format!("known-gaps.json: no file fits {file} ({reason})"));
        }
        for pattern in ids.iter().flatten() {
            let mut ids = fitting().flat_map(|(_, file)| tests(file)).map(|test| &test.id);
            if !ids.any(|id| test_vectors::glob_matches(pattern, id)) {
                problems.push(format!("known-gaps.json: no case of {file} fits {pattern}"));
            }
        }
    }
    problems
}

/// The table of counts in the README names every file with its tests by result.
fn wrong_counts(files: &BTreeMap<String, VectorFile>, readme: &str) -> Vec<String> {
    let results = [Expected::Valid, Expected::Acceptable, Expected::Invalid];
    let mut sum = [0; 4];
    let mut rows = Vec::new();
    for (name, file) in files {
        let [valid, acceptable, invalid] =
            results.map(|result| tests(file).filter(|test| test.result == result).count());
        let counts = [valid + acceptable + invalid, valid, acceptable, invalid];
        rows.push((format!("{name}.json"), counts));
        for (total, count) in sum.iter_mut().zip(counts) {
            *total += count;
        }
    }
    rows.push(("all".into(), sum));
    let lines = rows.into_iter().map(|(name, counts)| {
        let [count, valid, acceptable, invalid] = counts;
        format!("| {name} | {count} | {valid} | {acceptable} | {invalid} |")
    });
    lines
        .filter(|row| !readme.lines().any(|line| line == row))
        .map(|row| format!("README.md of the vectors lacks the line {row}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_are_sound() {
        assert_eq!(problems().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        let text = fs::read_to_string(data_directory().join("tr31/derive.json")).unwrap();
        let lint = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            let file = serde_json::from_str(&text.replacen(from, to, 1)).unwrap();
            in_file("tr31/derive", &file)
        };
        assert_eq!(lint("tcId", "tcId"), Vec::<String>::new());
        for (from, to, problem) in [
            (r#""numberOfTests": 11"#, r#""numberOfTests": 12"#, "numberOfTests is 12"),
            (r#""algorithm": "tr31/derive""#, r#""algorithm": "tr31/x""#, "algorithm is tr31/x"),
            (r#""type": "tr31/derive""#, r#""type": "tr31/x""#, "a group has the type tr31/x"),
            (r#""tcId": 2,"#, r#""tcId": 1,"#, "kdf-02-B has tcId 1 instead of 2"),
            (r#""result": "valid""#, r#""result": "invalid""#, "error stands only"),
            (r#""Basic": {"#, r#""Other": {"#, "flag Basic has no note"),
            (
                r#""Basic": {"#,
                r#""Basic": {"description": "", "bugType": ""}, "Other": {"#,
                "note Other",
            ),
        ] {
            let problems = lint(from, to);
            assert!(problems.iter().any(|found| found.contains(problem)), "{problems:?}");
        }
    }

    #[test]
    fn repeated_cases_and_ids_are_found() {
        let mut file = load(&data_directory().join("tr31/derive.json")).unwrap();
        let group = &mut file.test_groups[0];
        group.tests.push(group.tests[0].clone());
        assert_eq!(cases_given_twice(&file).len(), 1);
        let files = BTreeMap::from([("tr31/derive".into(), file)]);
        assert_eq!(ids_used_twice(&files).len(), 1);
        assert_eq!(wrong_counts(&files, "").len(), 2);
    }

    #[test]
    fn gaps_that_fit_nothing_are_found() {
        let file = load(&data_directory().join("tr31/derive.json")).unwrap();
        let files = BTreeMap::from([("tr31/derive".into(), file)]);
        let gaps = |text| serde_json::from_str::<Vec<KnownGap>>(text).unwrap();
        let good = gaps(r#"[{"file": "tr31/*", "ids": ["kdf-*"], "reason": "x"}]"#);
        assert_eq!(gaps_of_nothing(&files, &good), Vec::<String>::new());
        let bad = gaps(
            r#"[{"file": "tr32/*", "reason": "x"},
                           {"file": "tr31/derive", "ids": ["kdf-?"], "reason": "x"}]"#,
        );
        assert_eq!(gaps_of_nothing(&files, &bad).len(), 2);
    }
}
