//! `cargo xtask vectors add`: cases that someone has, put into the file of their operation.

use std::fs;

use anyhow::{Context, anyhow, bail, ensure};
use test_vectors::{VectorFile, data_directory};

use super::json::Json;
use super::lint::{self, Files};
use super::{format, stats};
use crate::conformance::OPERATIONS;
use crate::conformance::subject::inputs;

/// A vector file with cases added, not yet written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Addition {
    /// The whole file.
    pub text: String,
    /// The number of cases that are new.
    pub added: usize,
}

/// Adds what a text holds to a vector file.
///
/// The text is a case, a group, a list of either, or an object of `testGroups` and `notes`. Cases
/// that come alone join the group of the case that `beside` names. A group of the same source,
/// clauses and `verifiedWith` as one that is there joins it. What can be filled in need not be
/// given: numbers, and the type of a group.
///
/// # Errors
///
/// When the text cannot be read, or anything is wrong with what would come of it: all that is.
pub fn added(
    file: &str,
    text: &str,
    beside: Option<&str>,
    others: &Files,
) -> anyhow::Result<Addition> {
    let mut file = Json::parse(file)?;
    let before: VectorFile = serde_json::from_str(&file.to_string())?;
    let new = Json::parse(text).context("what is to be added is no JSON")?;
    merge(&mut file, new, &before, beside)?;
    format::put_in_order(&mut file)?;
    let text = format!("{file}\n");
    let after: VectorFile = serde_json::from_str(&text).context("does not follow the schema")?;

    let mut problems = lint::in_file(&after);
    problems.extend(inputs_there_already(&before, &after));
    let mut files = others.clone();
    let added = after.number_of_tests.saturating_sub(before.number_of_tests);
    files.insert(after.algorithm.clone(), after);
    problems.extend(lint::ids_used_twice(&files));
    ensure!(problems.is_empty(), "nothing is added:\n  {}", problems.join("\n  "));
    ensure!(added > 0, "there is no case in what is to be added");
    Ok(Addition { text, added })
}

fn merge(
    file: &mut Json,
    new: Json,
    before: &VectorFile,
    beside: Option<&str>,
) -> anyhow::Result<()> {
    match new {
        Json::List(elements) => {
            elements.into_iter().try_for_each(|element| merge(file, element, before, beside))
        }
        new if new.member("testGroups").is_some() => {
            for name in members_of(&new) {
                ensure!(
                    ["testGroups", "notes", "algorithm"].contains(&name),
                    "beside testGroups and notes there is {name}"
                );
            }
            if let Some(Json::Members(notes)) = new.member("notes") {
                for (flag, note) in notes {
                    add_note(file, flag, note)?;
                }
            }
            let groups = new.member("testGroups").map(Json::elements).unwrap_or_default();
            groups.iter().try_for_each(|group| add_group(file, group.clone(), before))
        }
        new if new.member("tests").is_some() => add_group(file, new, before),
        new if new.member("id").is_some() => {
            let beside =
                beside.context("a case without a group has no source: --beside names its place")?;
            add_beside(file, new, beside)
        }
        _ => bail!("neither a case with an id, a group with tests, nor an object of testGroups"),
    }
}

fn members_of(value: &Json) -> Vec<&str> {
    match value {
        Json::Members(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn add_note(file: &mut Json, flag: &str, note: &Json) -> anyhow::Result<()> {
    let notes = file.member_mut("notes").context("the file has no notes")?;
    match notes.member(flag) {
        Some(there) if !is_same(there, note) => bail!("there is another note of {flag} already"),
        _ => notes.set(flag, note.clone()),
    }
    Ok(())
}

fn add_group(file: &mut Json, mut group: Json, before: &VectorFile) -> anyhow::Result<()> {
    ensure!(group.member("source").is_some(), "a group has no source");
    if group.member("type").is_none() {
        group.set("type", Json::Text(before.algorithm.clone()));
    }
    let groups = list_of(file, "testGroups")?;
    let is_joined = |it: &Json| {
        ["type", "source", "clause", "verifiedWith", "clauses"].iter().all(|name| {
            match (it.member(name), group.member(name)) {
                (Some(one), Some(other)) => is_same(one, other),
                (one, other) => one.is_none() && other.is_none(),
            }
        })
    };
    match groups.iter().position(is_joined).and_then(|at| groups.get_mut(at)) {
        Some(there) => {
            let new = group.member("tests").map(Json::elements).unwrap_or_default();
            list_of(there, "tests")?.extend_from_slice(new);
        }
        None => groups.push(group),
    }
    Ok(())
}

fn add_beside(file: &mut Json, case: Json, id: &str) -> anyhow::Result<()> {
    let has_it = |group: &Json| {
        let mut tests = group.member("tests").map(Json::elements).unwrap_or_default().iter();
        tests.any(|test| test.member("id") == Some(&Json::Text(id.to_owned())))
    };
    let group = list_of(file, "testGroups")?.iter_mut().find(|group| has_it(group));
    let group = group.with_context(|| format!("there is no case {id} in the file"))?;
    list_of(group, "tests")?.push(case);
    Ok(())
}

fn list_of<'a>(value: &'a mut Json, name: &str) -> anyhow::Result<&'a mut Vec<Json>> {
    match value.member_mut(name) {
        Some(Json::List(elements)) => Ok(elements),
        _ => Err(anyhow!("{name} is no list")),
    }
}

/// Whether two values are the same, whatever the order of their members.
fn is_same(one: &Json, other: &Json) -> bool {
    let plain = |value: &Json| serde_json::from_str::<serde_json::Value>(&value.to_string()).ok();
    plain(one) == plain(other)
}

/// New cases that ask what another does: with the same answer they are one too many, and with
/// another answer one of the two is wrong.
fn inputs_there_already(before: &VectorFile, after: &VectorFile) -> Vec<String> {
    let tests = |file: &VectorFile| -> Vec<_> {
        file.test_groups.iter().flat_map(|group| group.tests.clone()).collect()
    };
    let Some(operation) = OPERATIONS.iter().find(|it| it.name == after.algorithm) else {
        return vec![format!("there is no operation {}", after.algorithm)];
    };
    let old: Vec<_> = tests(before).into_iter().map(|test| test.id).collect();
    let (mut there, new): (Vec<_>, Vec<_>) =
        tests(after).into_iter().partition(|test| old.contains(&test.id));
    let mut problems = Vec::new();
    for test in new {
        let asked = inputs(operation, &test);
        if let Some(first) = there.iter().find(|it| inputs(operation, it) == asked) {
            problems.push(format!("{} has the inputs of {}", test.id, first.id));
        }
        there.push(test);
    }
    problems
}

/// Adds cases to a file of this project and corrects the counts in the README. `check` sees the
/// new file before it is in its place; nothing is changed unless all is well.
///
/// # Errors
///
/// As [`added`], when a file cannot be read or written, and what `check` says.
pub fn add(
    operation: &str,
    text: &str,
    beside: Option<&str>,
    check: impl FnOnce(&str) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let path = data_directory().join(operation).with_extension("json");
    let is_known = OPERATIONS.iter().any(|it| it.name == operation);
    ensure!(is_known, "there is no operation {operation}");
    let file = fs::read_to_string(&path)?;
    let mut files = lint::own_files()?;
    let addition = added(&file, text, beside, &files)
        .with_context(|| format!("{operation} as it would be"))?;
    check(&addition.text)?;
    files.insert(operation.to_owned(), serde_json::from_str(&addition.text)?);
    let readme = fs::read_to_string(lint::readme_path())?;
    let readme = stats::put_into(&readme, &stats::table(&files))?;
    fs::write(&path, addition.text)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    fs::write(lint::readme_path(), readme).context("the README cannot be written")?;
    Ok(addition.added)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> String {
        fs::read_to_string(data_directory().join("kcv/compare.json")).unwrap()
    }

    fn add(text: &str, beside: Option<&str>) -> Result<Addition, String> {
        added(&file(), text, beside, &Files::new()).map_err(|error| format!("{error:#}"))
    }

    const SOURCE: &str = r#""source": {"kind": "derived", "name": "n", "reference": "r",
        "licence": "l"}, "verifiedWith": ["rule of the standard"]"#;

    fn case(id: &str, flag: &str, key: &str) -> String {
        format!(
            r#"{{"candidate": "AABB", "id": "{id}", "comment": "c", "flags": ["{flag}"],
                "key": "{key}", "keyAlgorithm": "AES_128", "method": "CMAC_ZERO_BLOCK",
                "result": "invalid", "error": "KcvMismatch"}}"#
        )
    }

    const KEY: &str = "00112233445566778899AABBCCDDEEFF";

    #[test]
    fn cases_come_beside_another_or_in_a_group() {
        let before: VectorFile = serde_json::from_str(&file()).unwrap();
        let first = &before.test_groups[0].tests[0].id;
        let addition = add(&case("new", "Compare", KEY), Some(first)).unwrap();
        assert_eq!(addition.added, 1);
        let after: VectorFile = serde_json::from_str(&addition.text).unwrap();
        let last = after.test_groups[0].tests.last().unwrap();
        assert_eq!((last.id.as_str(), last.tc_id), ("new", 13));
        assert_eq!(format::formatted(&addition.text).unwrap(), addition.text);

        let group = format!(r#"{{{SOURCE}, "tests": [{}]}}"#, case("new", "Compare", KEY));
        let addition = add(&group, None).unwrap();
        let after: VectorFile = serde_json::from_str(&addition.text).unwrap();
        assert_eq!(after.test_groups.len(), before.test_groups.len() + 1);
        let other = case("newer", "Compare", &KEY.replace("00", "01"));
        let again = format!(r#"{{{SOURCE}, "tests": [{other}]}}"#);
        let again = added(&addition.text, &again, None, &Files::new()).unwrap();
        let joined: VectorFile = serde_json::from_str(&again.text).unwrap();
        assert_eq!(joined.test_groups.len(), after.test_groups.len());
    }

    #[test]
    fn a_new_flag_comes_with_its_note() {
        let groups = format!(r#"[{{{SOURCE}, "tests": [{}]}}]"#, case("new", "Fresh", KEY));
        let error = add(&groups, None).unwrap_err();
        assert!(error.contains("flag Fresh has no note"), "{error}");
        let note = r#"{"bugType": "BASIC", "description": "New."}"#;
        let with_note = |flag: &str| {
            add(&format!(r#"{{"notes": {{"{flag}": {note}}}, "testGroups": {groups}}}"#), None)
        };
        assert_eq!(with_note("Fresh").unwrap().added, 1);
        let error = with_note("Compare").unwrap_err();
        assert!(error.contains("another note of Compare"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_not_added() {
        let before: VectorFile = serde_json::from_str(&file()).unwrap();
        let first = &before.test_groups[0].tests[0];
        let group = |tests: &str| format!(r#"{{{SOURCE}, "tests": [{tests}]}}"#);
        let key = first.members["key"].as_str().unwrap();
        let same_inputs = case("new", "Compare", key)
            .replace("AABB", first.members["candidate"].as_str().unwrap())
            .replace("AES_128", first.members["keyAlgorithm"].as_str().unwrap())
            .replace("CMAC_ZERO_BLOCK", first.members["method"].as_str().unwrap());
        let twice = format!("{},{}", case("a", "Compare", KEY), case("b", "Compare", KEY));
        for (text, problem) in [
            ("x", "is no JSON"),
            ("[]", "there is no case"),
            ("{}", "neither a case"),
            (&case("new", "Compare", KEY), "--beside"),
            (&group("").replace("source", "sauce"), "a group has no source"),
            (&group(&case(&first.id, "Compare", KEY)), "is an id in"),
            (&group(&same_inputs), "new has the inputs of"),
            (&group(&twice), "b has the inputs of a"),
            (&group(&case("new", "Compare", KEY).replace("invalid", "valid")), "error stands only"),
            (&group("{\"id\": \"new\"}"), "does not follow the schema"),
        ] {
            let error = add(text, None).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
