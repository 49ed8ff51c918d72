//! Traces: a collector gets the spans of requests, and nothing of what was in them.

mod collector;

use std::net::TcpListener;
use std::path::Path;
use std::time::Instant;

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::collector::{Collector, Span};
use crate::credentials::{Shown, eventually};
use crate::program::{Running, program, refused, serve};
use crate::world::{BDK, KEK, WRAP, create_key, export};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";
/// What no span may have: a label, an alias, and what the client calls itself.
const LABEL: &str = "a-label-of-nobody";
const ALIAS: &str = "alias/a-name-of-nobody";
const AGENT: &str = "an-agent-of-nobody";

fn start(data: &Path, endpoint: &str) -> Running {
    let mut command = serve(data);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("OTEL_BSP_SCHEDULE_DELAY", "100");
    Running::start(command)
}

/// Calls an operation as a part of a trace, and answers what came back.
fn call(who: &Shown, server: &Running, operation: &str, body: &Value) -> Value {
    let headers = format!("traceparent: 00-{TRACE}-{PARENT}-01\r\nuser-agent: {AGENT}\r\n");
    let answer = who.call_with(server, operation, &body.to_string(), &headers);
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn a_collector_gets_the_spans_of_requests_and_nothing_of_what_is_in_them() {
    let collector = Collector::start();
    let directory = TempDir::new().unwrap();
    let server = start(&directory.path().join("data"), &collector.endpoint());
    let who = Shown::of(&server.greeting);
    let mut kek = create_key(KEK, "AES_256", WRAP);
    kek["Tags"] = json!([{"Key": LABEL, "Value": "v"}]);
    let kek = call(&who, &server, "CreateKey", &kek);
    let key = call(&who, &server, "CreateKey", &create_key(BDK, "TDES_2KEY", &["DeriveKey"]));
    let [kek, key] = [kek, key].map(|it| it["Key"]["KeyArn"].as_str().unwrap().to_owned());
    call(&who, &server, "CreateAlias", &json!({"AliasName": ALIAS, "KeyArn": kek}));
    let exported = call(&who, &server, "ExportKey", &export(&key, ALIAS));
    let block = exported["WrappedKey"]["KeyMaterial"].as_str().unwrap();
    let certificate =
        json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_2048"});
    call(&who, &server, "GetParametersForExport", &certificate);
    let refused = call(&who, &server, "GetKey", &json!({"KeyIdentifier": "alias/nothing"}));
    assert_eq!(refused["__type"], "ResourceNotFoundException");
    assert!(eventually(|| {
        let numbers = server.ask("/metrics");
        let number = |name: &str| {
            let line = numbers.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_once(' ').unwrap().1.parse::<u64>().unwrap()
        };
        let ended = number("export_server_trace_spans_ended_total");
        ended > 20 && ended == number("export_server_trace_spans_exported_total")
    }));
    server.stop(Signal::TERM);

    let (bytes, spans) = collector.stop();
    let root = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let parts = |of: &Span| -> Vec<&str> {
        let parts = spans.iter().filter(|span| span.parent == of.id);
        parts.map(|span| span.name.as_str()).collect()
    };
    let export = root("ExportKey");
    assert_eq!((export.trace.as_str(), export.parent.as_str()), (TRACE, PARENT));
    assert_eq!(export.attribute("rpc.method"), Some("ExportKey"));
    assert_eq!(export.attribute("http.response.status_code"), Some("200"));
    assert_eq!(parts(export), ["authentication", "authorization", "store.open_keys", "audit"]);
    assert!(parts(root("CreateAlias")).contains(&"store.commit"));
    let with_rsa = parts(root("GetParametersForExport"));
    for part in ["rsa.generate", "rsa.sign", "store.commit"] {
        assert!(with_rsa.contains(&part), "{with_rsa:?}");
    }
    let get = root("GetKey");
    assert_eq!(get.attribute("error.type"), Some("ResourceNotFoundException"));
    assert_eq!(get.attribute("http.response.status_code"), Some("400"));
    assert!(spans.iter().all(|span| span.trace == TRACE && span.start <= span.end));

    let member = |arn: &str| arn.rsplit_once('/').unwrap().1.to_owned();
    let [kek, key] = [&kek, &key].map(|arn| member(arn));
    for hidden in [LABEL, ALIAS, AGENT, &kek, &key, block, &who.id, &who.secret, "/src/"] {
        let found = bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes());
        assert!(!found, "{hidden}");
    }
}

#[test]
fn without_its_collector_the_server_serves_and_counts() {
    // An address at which nobody listens any longer.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let directory = TempDir::new().unwrap();
    let server = start(&directory.path().join("data"), &format!("http://{address}"));
    let who = Shown::of(&server.greeting);
    for _ in 0..10 {
        assert!(call(&who, &server, "ListKeys", &json!({}))["Keys"].is_array());
    }
    let lost = "export_server_trace_spans_lost_total ";
    assert!(eventually(|| {
        let numbers = server.ask("/metrics");
        numbers.lines().any(|it| it.strip_prefix(lost).is_some_and(|count| count != "0"))
    }));
    let stopping = Instant::now();
    server.stop(Signal::TERM);
    assert!(stopping.elapsed().as_secs() < 10, "a dead collector does not keep the server");
}

#[test]
fn a_collector_elsewhere_is_refused() {
    for (name, value, problem) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318", "on this machine"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://127.0.0.1:4318", "http://"),
    ] {
        let directory = TempDir::new().unwrap();
        let mut command = serve(&directory.path().join("data"));
        command.env(name, value);
        let said = refused(command);
        assert!(said.contains(name) && said.contains(problem), "{said}");
    }
    // Other sub-commands do not look there.
    let mut command = program();
    command.args(["policy", "schema"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense");
    assert!(command.output().unwrap().status.success());
}
