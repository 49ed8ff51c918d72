//! `inspect` and `open`, over the vectors of key blocks and by hand.

use serde::Deserialize;
use serde_json::Value;
use test_vectors::{Expected, Level, data_directory, load};

use crate::support::keyblock;

const BLOCK: &str = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
const KBPK: &str = "89E88CF7931444F334BD7547FC3F380C";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenCase {
    kbpk: String,
    kbpk_algorithm: String,
    key_block: String,
    header: Option<Value>,
    key: Option<String>,
    kcv: Option<String>,
}

#[test]
fn vectors_open_as_they_should() {
    let file = load(&data_directory().join("tr31/open.json")).unwrap();
    let mut opened = 0;
    for test in file.test_groups.iter().flat_map(|group| &group.tests) {
        let case: OpenCase = test.case().unwrap();
        // The program takes the algorithm of the KBPK from the version of the block.
        let family = if case.key_block.starts_with(['A', 'B', 'C']) { "TDES" } else { "AES" };
        // What a policy may refuse is opened, with a finding.
        if !case.kbpk_algorithm.starts_with(family) || test.level == Some(Level::Policy) {
            continue;
        }
        let arguments = ["open", "--json", "--kbpk", "env:KBPK", "--", &case.key_block];
        let ran = keyblock(arguments).env("KBPK", &case.kbpk).run();
        if test.result == Expected::Invalid {
            let code = ran.refused();
            let expected = test.error.iter().chain(&test.error_alternatives);
            assert!(expected.into_iter().any(|error| *error == code), "{}: {code}", test.id);
            continue;
        }
        assert_eq!(ran.code, Some(0), "{}: {ran:?}", test.id);
        opened += 1;
        let shown = ran.json();
        let header = case.header.unwrap();
        assert_eq!(shown["usage"], header["keyUsage"], "{}", test.id);
        assert_eq!(shown["mode"], header["modeOfUse"], "{}", test.id);
        if let (Some(expected), Some(value)) = (case.kcv, shown["key"]["check_value"].as_str()) {
            assert!(value.starts_with(&expected) || expected.starts_with(value), "{}", test.id);
        }
        let inspected = keyblock(["inspect", "--json", "--", &case.key_block]).run();
        assert_eq!(inspected.code, Some(0), "{}: {inspected:?}", test.id);
        let fields = inspected.json()["fields"].clone();
        assert_eq!(fields[2]["code"], header["keyUsage"], "{}", test.id);
        let key = case.key.unwrap();
        assert!(!ran.out.contains(&key) && !ran.out.contains(&key.to_lowercase()), "{}", test.id);
    }
    assert!(opened > 50, "{opened} blocks were opened");
}

#[test]
fn a_block_is_inspected_in_words() {
    let text = keyblock(["inspect", BLOCK]).run().done();
    for line in [
        "key block of 72 characters, not verified",
        "    0  version            A      TDES, variant binding, deprecated",
        "    5  key usage          P0     PIN encryption",
        "   64  MAC                       8 characters",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("note: at 0: the version is deprecated"), "{text}");
    let piped = keyblock(["inspect"]).input(format!("  {BLOCK}\r\n")).run().done();
    assert_eq!(piped, text);
    let shown = keyblock(["inspect", "--json", BLOCK]).run().json();
    assert_eq!(shown["payload"], serde_json::json!({"offset": 16, "length": 48}));
    assert_eq!(shown["findings"][0]["code"], "DeprecatedVersion");
}

#[test]
fn an_error_points_at_its_character() {
    let broken = BLOCK.replace("F5161E", "F51x1E");
    let ran = keyblock(["inspect", "--profile", "strict", &broken]).run();
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    let lines: Vec<_> = ran.err.lines().collect();
    let message =
        "keyblock: the payload character at 19 is not an upper-case hex digit (PayloadNotHex)";
    assert_eq!(lines[0], message);
    let column = lines[2].find('^').unwrap();
    assert_eq!(&lines[1][column..=column], "x");

    let ran = keyblock(["inspect", "--json", &broken]).run();
    assert_eq!(ran.refused(), "PayloadNotHex");
    assert_eq!(ran.json()["error"]["offset"], 19);
}

#[test]
fn a_wrong_key_and_a_changed_block_are_one_message() {
    let open =
        |block: &str, kbpk| keyblock(["open", block, "--kbpk", "env:KBPK"]).env("KBPK", kbpk).run();
    assert_eq!(open(BLOCK, KBPK).code, Some(0));
    let wrong = open(BLOCK, "88888888888888888888888888888888");
    let changed = open(&BLOCK.replace("P0TE00E", "P0TB00E"), KBPK);
    assert_eq!(wrong.code, Some(1));
    assert_eq!((wrong.code, &wrong.out, &wrong.err), (changed.code, &changed.out, &changed.err));
    assert_eq!(
        wrong.err,
        "keyblock: the key block does not authenticate under this wrapping key \
         (AuthenticationFailed)\n"
    );
}

#[test]
fn the_clear_key_goes_to_a_file_on_request() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key.hex");
    let arguments = ["open", BLOCK, "--kbpk", "-", "--key-out", path.to_str().unwrap()];
    let text = keyblock(arguments).input(KBPK.to_lowercase()).run().done();
    assert!(text.contains("mode 0600"), "{text}");
    let key = std::fs::read_to_string(&path).unwrap();
    assert_eq!(key.len(), 33);
    assert!(!text.contains(key.trim()));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = keyblock(arguments).input(KBPK).run();
    assert_eq!(again.code, Some(2));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), key, "it is left as it was");
}

#[test]
fn colours_respect_no_color() {
    let inspect = || keyblock(["inspect", BLOCK]);
    assert!(!inspect().run().done().contains('\u{1b}'), "a pipe has no colours");
    let forced = inspect().env("CLICOLOR_FORCE", "1").run().done();
    assert!(forced.contains("\u{1b}["), "{forced}");
    let refused = inspect().env("NO_COLOR", "1").env("TERM", "xterm-256color").run().done();
    assert!(!refused.contains('\u{1b}'));
}

const NEW_KBPK: &str = "8888888888888888888888888888888888888888888888888888888888888888";

#[test]
fn a_block_is_translated_and_only_narrowed() {
    let translate = |more: &[&str]| {
        let arguments =
            ["translate", "--json", BLOCK, "--from-kbpk", "env:OLD", "--to-kbpk", "env:NEW"];
        let arguments = arguments.iter().chain(more);
        keyblock(arguments).env("OLD", KBPK).env("NEW", NEW_KBPK).run()
    };
    let ran = translate(&["--version", "D", "--exportability", "N"]);
    let block = ran.json()["key_block"].as_str().unwrap().to_owned();
    assert!(block.starts_with("D0112P0TE00N0000"), "{block}");
    let open = |block: &str, kbpk| {
        let shown =
            keyblock(["open", "--json", block, "--kbpk", "env:KBPK"]).env("KBPK", kbpk).run();
        shown.json()["key"].clone()
    };
    assert_eq!(open(&block, NEW_KBPK), open(BLOCK, KBPK));

    let ran = translate(&["--version", "D", "--mode", "B"]);
    assert_eq!(ran.refused(), "HeaderWidened");
    assert_eq!(ran.json()["error"]["offset"], 8);
    assert_eq!(translate(&["--version", "B"]).refused(), "KbpkLength");
    let deprecated =
        keyblock(["translate", "--json", BLOCK, "--from-kbpk", "env:K", "--to-kbpk", "env:K"]);
    assert_eq!(deprecated.env("K", KBPK).run().refused(), "DeprecatedVersion");
}

#[test]
fn a_key_is_wrapped_by_fields_or_by_a_header() {
    let wrap = |arguments: &[&str]| {
        let keys = ["wrap", "--kbpk", "env:NEW", "--key", "-"];
        keyblock(keys.iter().chain(arguments)).env("NEW", NEW_KBPK).input(KBPK).run()
    };
    let fields = ["--version", "D", "--usage", "P0", "--algorithm", "T", "--mode", "E"];
    let more = ["--exportability", "E", "--block", "LB=spare", "--check-value", "key"];
    let by_fields = wrap(&[&fields[..], &more].concat());
    assert!(by_fields.err.contains("EvenParity"), "{}", by_fields.err);
    let shown = keyblock(["inspect", "--json"]).input(&by_fields.out).run().json();
    let ids: Vec<_> =
        shown["optional_blocks"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids, ["LB", "KC", "PB"]);
    assert_eq!(shown["findings"], serde_json::json!([]), "what is written is canonical");

    let by_header = wrap(&["--header", "D9999P0TE00E0000"]);
    assert!(by_header.out.starts_with("D0112P0TE00E0000"), "{}", by_header.out);

    let ran = wrap(&["--header", "D9999P0TQ00E0000"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.ends_with("\n  D9999P0TQ00E0000\n          ^\n"), "{}", ran.err);
    for usage in [&["--header", "D9999P0TE00E0000", "--usage", "P0"][..], &fields[..6]] {
        assert_eq!(wrap(usage).code, Some(2));
    }
}
