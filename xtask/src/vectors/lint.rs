//! Rules for vector files that a JSON schema cannot say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use test_vectors::{
    Expected, Group, KnownGap, Test, VectorFile, data_directory, files_under, known_gaps, load,
};

use super::{format, stats};

/// Vector files by name: `<folder>/<file>`.
pub type Files = BTreeMap<String, VectorFile>;

/// Everything wrong with the vector files of this project, one line each.
///
/// # Errors
///
/// When a directory, the list of known gaps or the README cannot be read.
pub fn problems() -> anyhow::Result<Vec<String>> {
    let (files, mut problems) = files_and_problems(&data_directory())?;
    for (name, file) in files.iter().filter(|(name, file)| file.algorithm != **name) {
        problems.push(format!("{name}: algorithm is {}", file.algorithm));
    }
    problems.extend(gaps_of_nothing(&files, &known_gaps()?));
    let readme = fs::read_to_string(readme_path());
    let readme = readme.context("README.md of the vectors cannot be read")?;
    if !stats::is_in(&readme, &stats::table(&files)) {
        problems.push(
            "README.md of the vectors: the counts are not those of `cargo xtask vectors stats`, \
             which --write puts there"
                .into(),
        );
    }
    Ok(problems)
}

/// Everything wrong with the vector files in another directory, whose names are free.
///
/// # Errors
///
/// When the directory cannot be read.
pub fn problems_under(directory: &Path) -> anyhow::Result<Vec<String>> {
    files_and_problems(directory).map(|(_, problems)| problems)
}

/// The README that has the table of counts.
#[must_use]
pub fn readme_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-vectors/README.md")
}

/// The vector files of this project.
///
/// # Errors
///
/// When one cannot be read.
pub fn own_files() -> anyhow::Result<Files> {
    let mut files = Files::new();
    for path in files_under(&data_directory())? {
        files.insert(name_of(&data_directory(), &path), load(&path)?);
    }
    Ok(files)
}

fn name_of(directory: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(directory).unwrap_or(path).with_extension("");
    inside.to_string_lossy().replace('\\', "/")
}

/// The files of a directory that can be read, and what is wrong with any.
fn files_and_problems(directory: &Path) -> anyhow::Result<(Files, Vec<String>)> {
    let (mut files, mut problems) = (Files::new(), Vec::new());
    for path in files_under(directory)? {
        let name = name_of(directory, &path);
        match load(&path) {
            Ok(file) => {
                problems.extend(in_file(&file).iter().map(|problem| format!("{name}: {problem}")));
                files.insert(name.clone(), file);
            }
            Err(error) => {
                problems.push(error.to_string());
                continue;
            }
        }
        match format::format_file(&path, true) {
            Ok(true) => problems.push(format!(
                "{name}: not in its one form, which `cargo xtask vectors fmt` gives"
            )),
            Ok(false) => {}
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    problems.extend(ids_used_twice(&files));
    Ok((files, problems))
}

fn tests(file: &VectorFile) -> impl Iterator<Item = &Test> {
    file.test_groups.iter().flat_map(|group| &group.tests)
}

/// What is wrong with a file in itself.
pub(super) fn in_file(file: &VectorFile) -> Vec<String> {
    let mut problems = Vec::new();
    let count = tests(file).count();
    if file.number_of_tests != count {
        problems.push(format!("numberOfTests is {}, there are {count}", file.number_of_tests));
    }
    for (group, number) in file.test_groups.iter().zip(1..) {
        let problem = |problem: String| format!("group {number}: {problem}");
        if group.operation != file.algorithm {
            problems.push(problem(format!("the type is {}", group.operation)));
        }
        problems.extend(lacking_in_source(group).into_iter().map(problem));
    }
    for (test, expected) in tests(file).zip(1..) {
        let Test { id, tc_id, .. } = test;
        if *tc_id != expected {
            problems.push(format!("{id} has tcId {tc_id} instead of {expected}"));
        }
        if test.flags.is_empty() {
            problems.push(format!("{id} has no flag"));
        }
        if test.error.is_some() != (test.result == Expected::Invalid) {
            problems.push(format!("{id}: error stands only and always with invalid"));
        }
    }
    for (flag, note) in &file.notes {
        if note.description.trim().is_empty() {
            problems.push(format!("note {flag} says nothing"));
        }
    }
    let used: BTreeSet<_> = tests(file).flat_map(|test| &test.flags).collect();
    let noted: BTreeSet<_> = file.notes.keys().collect();
    problems.extend(used.difference(&noted).map(|flag| format!("flag {flag} has no note")));
    problems.extend(noted.difference(&used).map(|flag| format!("note {flag} has no case")));
    problems.extend(cases_given_twice(file));
    problems
}

/// A value without a source is worth nothing: nobody could tell who is wrong.
fn lacking_in_source(group: &Group) -> Vec<String> {
    let source = &group.source;
    let fields =
        [("name", &source.name), ("reference", &source.reference), ("licence", &source.licence)];
    let empty = fields.into_iter().filter(|(_, text)| text.trim().is_empty());
    empty.map(|(name, _)| format!("the source has no {name}")).collect()
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

pub(super) fn ids_used_twice(files: &Files) -> Vec<String> {
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

fn gaps_of_nothing(files: &Files, gaps: &[KnownGap]) -> Vec<String> {
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
            in_file(&file)
        };
        assert_eq!(lint("tcId", "tcId"), Vec::<String>::new());
        for (from, to, problem) in [
            (r#""numberOfTests": 11"#, r#""numberOfTests": 12"#, "numberOfTests is 12"),
            (r#""type": "tr31/derive""#, r#""type": "tr31/x""#, "group 1: the type is tr31/x"),
            (r#""name": "openemv/tr31""#, r#""name": " ""#, "group 1: the source has no name"),
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
    fn files_elsewhere_are_looked_at_too() {
        let directory = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(data_directory().join("tr31/derive.json")).unwrap();
        fs::write(directory.path().join("any-name.json"), &text).unwrap();
        assert_eq!(problems_under(directory.path()).unwrap(), Vec::<String>::new());
        fs::write(directory.path().join("again.json"), text.replace("\n  ", "\n")).unwrap();
        fs::write(directory.path().join("none.json"), "{}").unwrap();
        let problems = problems_under(directory.path()).unwrap();
        let has = |part: &str| problems.iter().any(|problem| problem.contains(part));
        assert!(has("again: not in its one form"), "{problems:?}");
        assert!(has("any-name: kdf-02-B is an id in again too"), "{problems:?}");
        assert!(has("none.json does not follow the schema"), "{problems:?}");
    }

    #[test]
    fn repeated_cases_and_ids_are_found() {
        let mut file = load(&data_directory().join("tr31/derive.json")).unwrap();
        let group = &mut file.test_groups[0];
        group.tests.push(group.tests[0].clone());
        assert_eq!(cases_given_twice(&file).len(), 1);
        let files = BTreeMap::from([("tr31/derive".into(), file)]);
        assert_eq!(ids_used_twice(&files).len(), 1);
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
