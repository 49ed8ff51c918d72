//! Every vector file follows the JSON schema of its operation, and every schema has its file.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jsonschema::{Registry, Validator};
use serde_json::Value;
use test_vectors::{data_directory, files_under, schema_directory};

#[test]
fn every_file_follows_the_schema_of_its_operation() {
    let common = read(&schema_directory().join("common.schema.json"));
    let mut schemas: BTreeSet<_> = files_under(&schema_directory()).unwrap().into_iter().collect();
    assert!(schemas.remove(&schema_directory().join("common.schema.json")));
    for path in files_under(&data_directory()).unwrap() {
        let operation = path.strip_prefix(data_directory()).unwrap().with_extension("");
        let name = format!("{}.schema.json", operation.to_str().unwrap().replace('/', "-"));
        let schema = schema_directory().join(name);
        assert!(schemas.remove(&schema), "{} has no schema", path.display());
        let file = read(&path);
        let errors: Vec<_> = validator(&read(&schema), &common)
            .iter_errors(&file)
            .map(|error| format!("at {}: {error}", error.instance_path()))
            .take(5)
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
    assert!(schemas.is_empty(), "without a vector file: {schemas:?}");
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
