//! Every vector file follows the JSON schema of its operation, and every schema has its file.
//!
//! With `TEST_VECTORS_DATA` the files of that directory are looked at instead, whatever their names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use jsonschema::{Registry, Validator};
use serde_json::Value;
use test_vectors::{data_directory, files_under, schema_directory};

#[test]
fn every_file_follows_the_schema_of_its_operation() {
    let common = read(&schema_directory().join("common.schema.json"));
    let mut schemas: BTreeSet<_> = files_under(&schema_directory()).unwrap().into_iter().collect();
    assert!(schemas.remove(&schema_directory().join("common.schema.json")));
    let elsewhere = env::var_os("TEST_VECTORS_DATA").map(PathBuf::from);
    let directory = elsewhere.clone().unwrap_or_else(data_directory);
    for path in files_under(&directory).unwrap() {
        let file = read(&path);
        let operation = file["algorithm"].as_str().expect("the file names its operation");
        let schema =
            schema_directory().join(format!("{}.schema.json", operation.replace('/', "-")));
        let is_first = schemas.remove(&schema);
        assert!(schema.is_file(), "{} has no schema", path.display());
        assert!(is_first || elsewhere.is_some(), "{} is a second file", path.display());
        let errors: Vec<_> = validator(&read(&schema), &common)
            .iter_errors(&file)
            .map(|error| {
                let at = error.instance_path().to_string();
                format!("{} at {at}: {error}", case_at(&file, &at))
            })
            .take(5)
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
    assert!(schemas.is_empty() || elsewhere.is_some(), "without a vector file: {schemas:?}");
}

#[test]
fn broken_files_are_refused() {
    let common = read(&schema_directory().join("common.schema.json"));
    let schema = validator(&read(&schema_directory().join("tr31-open.schema.json")), &common);
    let good = read(&data_directory().join("tr31/open.json"));
    assert!(schema.is_valid(&good));

    let breaks: [fn(&mut Value); 8] = [
        |file| file["surprise"] = Value::Null,
        |file| file["algorithm"] = "tr31/wrap".into(),
        |file| _ = file["testGroups"][0].as_object_mut().unwrap().remove("source"),
        |file| file["testGroups"][0]["surprise"] = Value::Null,
        |file| file["testGroups"][0]["tests"][0]["surprise"] = Value::Null,
        |file| file["testGroups"][0]["tests"][0]["error"] = "TooShort".into(),
        |file| file["testGroups"][0]["tests"][0]["kbpk"] = "0a".into(),
        |file| _ = file["testGroups"][0]["tests"][0].as_object_mut().unwrap().remove("key"),
    ];
    for (index, break_it) in breaks.iter().enumerate() {
        let mut file = good.clone();
        break_it(&mut file);
        assert!(!schema.is_valid(&file), "change {index} goes unseen");
    }
}

/// The id of the case that a place lies in.
fn case_at<'a>(file: &'a Value, place: &str) -> &'a str {
    let case = place.split('/').take(5).collect::<Vec<_>>().join("/");
    file.pointer(&format!("{case}/id")).and_then(Value::as_str).unwrap_or("no case")
}

fn validator(schema: &Value, common: &Value) -> Validator {
    let registry = Registry::new()
        .add("common.schema.json", common.clone())
        .and_then(|registry| registry.prepare())
        .expect("the common schema is a schema");
    jsonschema::options().with_registry(&registry).build(schema).expect("the schema is one")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("the file is there");
    serde_json::from_str(&text).expect("the file is JSON")
}
