//! `cargo xtask vectors fmt`: the one form that vector files have.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use test_vectors::schema_directory;

use super::json::Json;

const FILE: [&str; 6] = ["algorithm", "standard", "header", "notes", "numberOfTests", "testGroups"];
const NOTE: [&str; 2] = ["description", "bugType"];
const GROUP: [&str; 6] = ["type", "source", "clause", "verifiedWith", "clauses", "tests"];
const SOURCE: [&str; 4] = ["kind", "name", "reference", "licence"];

/// Members of a case that are the same for all operations, before and from the result on.
const TEST: [&str; 5] = ["tcId", "id", "comment", "flags", "clause"];
const RESULT: [&str; 7] =
    ["result", "error", "errorAlternatives", "level", "lenientResult", "lenientError", "dialect"];

/// A vector file in its one form: members in order, cases numbered and counted, notes by name, one
/// space for each level, and no character outside printable ASCII.
///
/// # Errors
///
/// When the text is no JSON, or names no operation that there is a schema of.
pub fn formatted(text: &str) -> anyhow::Result<String> {
    let mut file = Json::parse(text)?;
    put_in_order(&mut file)?;
    Ok(format!("{file}\n"))
}

/// What [`formatted`] does to a file that has been read.
pub(super) fn put_in_order(file: &mut Json) -> anyhow::Result<()> {
    let Some(Json::Text(operation)) = file.member("algorithm") else {
        bail!("the member algorithm, which names the operation, is missing");
    };
    let order = order_of_case(operation)?;
    let order: Vec<_> = order.iter().map(String::as_str).collect();
    let mut number = 0_u32;
    for group in file.member_mut("testGroups").map(Json::elements_mut).unwrap_or_default() {
        group.order(&GROUP);
        if let Some(source) = group.member_mut("source") {
            source.order(&SOURCE);
        }
        for test in group.member_mut("tests").map(Json::elements_mut).unwrap_or_default() {
            number += 1;
            test.set("tcId", Json::Number(number.into()));
            test.order(&order);
        }
    }
    file.set("numberOfTests", Json::Number(number.into()));
    if let Some(Json::Members(notes)) = file.member_mut("notes") {
        notes.sort_by(|(one, _), (other, _)| one.cmp(other));
        notes.iter_mut().for_each(|(_, note)| note.order(&NOTE));
    }
    file.order(&FILE);
    Ok(())
}

/// The members of a case in order: those of the schema of the operation, of which `result` marks
/// where the common members go that tell what must happen.
fn order_of_case(operation: &str) -> anyhow::Result<Vec<String>> {
    let name = format!("{}.schema.json", operation.replace('/', "-"));
    let text = fs::read_to_string(schema_directory().join(&name))
        .with_context(|| format!("there is no schema of the operation {operation}"))?;
    let schema = Json::parse(&text).with_context(|| format!("{name} is no JSON"))?;
    let path = ["$defs", "test", "properties"];
    let Some(Json::Members(properties)) =
        path.iter().try_fold(&schema, |schema, name| schema.member(name))
    else {
        bail!("{name} has no properties of a case");
    };
    let mut order: Vec<String> = TEST.map(String::from).to_vec();
    for (name, _) in properties {
        match name.as_str() {
            "result" => order.extend(RESULT.map(String::from)),
            _ => order.push(name.clone()),
        }
    }
    Ok(order)
}

/// Formats a file where it is, or with `is_check` only looks. Says whether it was in another form.
///
/// # Errors
///
/// When it cannot be read, formatted or written.
pub fn format_file(path: &Path, is_check: bool) -> anyhow::Result<bool> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("{shown} cannot be read"))?;
    let formatted = formatted(&text).with_context(|| shown.to_string())?;
    let is_changed = text != formatted;
    if is_changed && !is_check {
        fs::write(path, formatted).with_context(|| format!("{shown} cannot be written"))?;
    }
    Ok(is_changed)
}

#[cfg(test)]
mod tests {
    use test_vectors::{data_directory, files_under};

    use super::*;

    #[test]
    fn every_file_is_in_its_one_form() {
        for path in files_under(&data_directory()).unwrap() {
            assert!(!format_file(&path, true).unwrap(), "{}", path.display());
        }
    }

    #[test]
    fn every_schema_says_where_the_result_stands() {
        for path in files_under(&data_directory()).unwrap() {
            let text = fs::read_to_string(&path).unwrap();
            let file = Json::parse(&text).unwrap();
            let Some(Json::Text(operation)) = file.member("algorithm") else { panic!("{text}") };
            let order = order_of_case(operation).unwrap();
            assert!(order.iter().any(|name| name == "result"), "{operation}");
        }
    }

    #[test]
    fn what_is_in_disorder_is_put_in_order() {
        let text = r#"{"testGroups": [{"tests": [
            {"key": "AA", "result": "valid", "keyBlock": "x", "id": "one", "tcId": 7},
            {"id": "two", "surprise": "\u00e9", "level": "must", "error": "E"}
        ], "source": {"name": "n", "kind": "derived"}, "type": "tr31/open"}],
        "notes": {"B": {"bugType": "b", "description": "d"}, "A": {}}, "algorithm": "tr31/open"}"#;
        let expected = r#"{
 "algorithm": "tr31/open",
 "notes": {
  "A": {},
  "B": {
   "description": "d",
   "bugType": "b"
  }
 },
 "numberOfTests": 2,
 "testGroups": [
  {
   "type": "tr31/open",
   "source": {
    "kind": "derived",
    "name": "n"
   },
   "tests": [
    {
     "tcId": 1,
     "id": "one",
     "keyBlock": "x",
     "result": "valid",
     "key": "AA"
    },
    {
     "tcId": 2,
     "id": "two",
     "error": "E",
     "level": "must",
     "surprise": "\u00e9"
    }
   ]
  }
 ]
}
"#;
        let once = formatted(text).unwrap();
        assert_eq!(once, expected);
        assert_eq!(formatted(&once).unwrap(), once);
    }

    #[test]
    fn an_operation_without_a_schema_is_refused() {
        assert!(formatted(r#"{"algorithm": "x/y"}"#).is_err());
        assert!(formatted("{}").is_err());
    }
}
