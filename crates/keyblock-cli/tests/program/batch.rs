//! `batch`: lines in, lines out, in order.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Ran, keyblock};

const BLOCK: &str = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
const OLD: &str = "89E88CF7931444F334BD7547FC3F380C";
const NEW: &str = "88888888888888888888888888888888";

fn batch(input: impl AsRef<[u8]>) -> Ran {
    keyblock(["batch", "--key", "old=env:OLD", "--key", "new=env:NEW"])
        .env("OLD", OLD)
        .env("NEW", NEW)
        .input(input)
        .run()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn translate() -> Value {
    json!({"operation": "translate", "key_block": BLOCK, "from_kbpk": "old", "to_kbpk": "new", "version": "D"})
}

#[test]
fn each_operation_has_an_answer() {
    let input = [
        translate(),
        json!({"operation": "inspect", "id": "the second", "key_block": BLOCK}),
        json!({"operation": "open", "id": 3, "key_block": BLOCK, "kbpk": "old"}),
        json!({"operation": "wrap", "header": "D0000P0TE00E0000", "key": "old", "kbpk": "new"}),
        json!({"operation": "kcv", "key": "old", "algorithm": "tdes", "method": "cmac", "length": 5}),
    ];
    let text = input.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let out = batch(text).done();
    let out = lines(&out);
    assert_eq!(out.len(), 5);
    let translated = out[0]["result"]["key_block"].as_str().unwrap();
    assert!(translated.starts_with("D0112P0TE00E0000"), "{translated}");
    assert_eq!((&out[1]["id"], &out[1]["line"]), (&json!("the second"), &json!(2)));
    assert_eq!(out[1]["result"]["fields"][2]["code"], "P0");
    assert_eq!((&out[2]["id"], &out[2]["result"]["usage"]), (&json!(3), &json!("P0")));
    assert!(out[3]["result"]["key_block"].is_string());
    assert_eq!(out[4]["result"]["check_values"][0]["value"].as_str().unwrap().len(), 10);

    let again = json!({"operation": "open", "key_block": translated, "kbpk": "new"}).to_string();
    let opened = lines(&batch(again).done());
    assert_eq!(opened[0]["result"]["key"], out[2]["result"]["key"]);
}

#[test]
fn a_refused_line_has_an_error_and_the_others_their_answers() {
    let changed = BLOCK.replace("P0TE", "P0TD");
    let broken = BLOCK.replace("F5161E", "F51x1E");
    let input = [
        json!({"operation": "inspect", "key_block": BLOCK}).to_string(),
        json!({"operation": "open", "id": 2, "key_block": changed, "kbpk": "old"}).to_string(),
        json!({"operation": "open", "key_block": BLOCK, "kbpk": "nobody"}).to_string(),
        json!({"operation": "open", "key_block": BLOCK, "kbpk": "new"}).to_string(),
        json!({"operation": "inspect", "key_block": broken}).to_string(),
        "{\"operation\": ".to_owned(),
        format!("{{\"operation\": \"{}\"}}", "x".repeat(100_000)),
        json!({"operation": "inspect", "key_block": BLOCK, "profile": "loose"}).to_string(),
        json!({"operation": "kcv", "key": "old", "algorithm": "tdes", "key_hex": OLD}).to_string(),
        translate().to_string(),
    ];
    let ran = batch(input.join("\n") + "\n");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let out = lines(&ran.out);
    let codes: Vec<_> = out.iter().map(|line| line["error"]["code"].as_str()).collect();
    assert_eq!(
        codes,
        [
            None,
            Some("AuthenticationFailed"),
            Some("KeyUnknown"),
            Some("AuthenticationFailed"),
            Some("PayloadNotHex"),
            Some("NotJson"),
            Some("LineTooLong"),
            Some("Member"),
            Some("Member"),
            None,
        ]
    );
    assert_eq!(out[1]["id"], 2);
    assert_eq!(out[1]["error"], out[3]["error"], "a wrong key and a changed block are one error");
    assert_eq!(out[4]["error"]["offset"], 19);
    assert!(!ran.out.contains(OLD), "a key in a line is not repeated");
}

#[test]
fn many_lines_keep_their_order() {
    let input: String = (0..2000)
        .map(|number| {
            let line = json!({"operation": "inspect", "id": number, "key_block": BLOCK});
            line.to_string() + "\n\n"
        })
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lines");
    std::fs::write(&path, &input).unwrap();
    let from_file = keyblock(["batch", &format!("file:{}", path.display())]).run().done();
    let from_pipe = batch(&input).done();
    assert_eq!(from_file, from_pipe);
    for (number, line) in (0..).zip(lines(&from_file)) {
        assert_eq!((&line["id"], &line["line"]), (&json!(number), &json!(2 * number + 1)));
    }
}

#[test]
fn who_waits_for_an_answer_gets_it_before_the_next_line() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyblock"))
        .args(["batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for number in 1..=3 {
        let line = json!({"operation": "inspect", "id": number, "key_block": BLOCK});
        writeln!(input, "{line}").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        assert_eq!(lines(&answer)[0]["id"], number);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn command_lines_that_cannot_be_used_are_usage() {
    let run = |arguments: &[&str]| keyblock(arguments).env("OLD", OLD).run();
    for arguments in [
        &["batch", "--key", "old=env:OLD", "--key", "old=env:OLD"][..],
        &["batch", "--key", "old=-"],
        &["batch", "lines.jsonl"],
        &["batch", "file:/no/such/file"],
    ] {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
    }
}
