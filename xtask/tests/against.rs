//! The protocol from end to end: our crates asked as another implementation, and bad ones.

use std::process::Command;
use std::time::Duration;

use xtask::conformance::against::{Peer, USUAL_TIMEOUT};
use xtask::conformance::expectations::Expectations;
use xtask::conformance::run::{Selection, run, run_against};
use xtask::conformance::subject::Subject;

fn ourselves() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["conformance", "--serve"]);
    command
}

#[test]
fn our_crates_answer_as_they_do_at_home() {
    let mut peer = Peer::start(&mut ourselves(), USUAL_TIMEOUT).unwrap();
    assert!(peer.name().starts_with("the crates of this project"));
    let selection = Selection::default();
    let away = run_against(&selection, &mut peer, &Expectations::default()).unwrap();
    let home = run(&selection).unwrap();
    assert_eq!(away.counts(), home.counts());
    for (away, home) in away.files.iter().zip(&home.files) {
        assert_eq!((&away.name, away.counts()), (&home.name, home.counts()));
    }
}

#[test]
fn a_command_of_words_is_started() {
    let program = env!("CARGO_BIN_EXE_xtask");
    // Words are apart by spaces, so a program in a place with spaces is out of reach.
    if !program.contains(char::is_whitespace) {
        Peer::from_words(&format!("{program} conformance --serve"), USUAL_TIMEOUT).unwrap();
    }
    assert!(Peer::from_words("  ", USUAL_TIMEOUT).is_err());
    let error = Peer::from_words("there-is-no-such-program", USUAL_TIMEOUT).unwrap_err();
    assert_eq!(error.to_string(), "there-is-no-such-program cannot be started");
}

#[cfg(unix)]
#[test]
fn one_that_is_dead_or_silent_or_talks_nonsense_is_an_error() {
    let error = |program: &str, arguments: &[&str]| {
        let timeout = Duration::from_millis(300);
        let peer = Peer::start(Command::new(program).args(arguments), timeout);
        format!("{:#}", peer.unwrap_err())
    };
    assert_eq!(error("sleep", &["60"]), "sleep: no answer to hello within 300ms");
    assert_eq!(error("false", &[]), "false: ended at hello (exit status: 1)");
    let nonsense = error("echo", &["good day"]);
    assert!(nonsense.starts_with("echo: to hello, this is no answer: \"good day\""), "{nonsense}");
    let endless = error("cat", &["/dev/zero"]);
    assert_eq!(endless, "cat: to hello: a line of more than 1048576 bytes");
    let other = error("echo", &[r#"{"protocol": 2, "implementation": "x"}"#]);
    assert_eq!(other, "echo: speaks protocol 2, not 1");
}

#[cfg(unix)]
#[test]
fn one_that_stops_in_the_middle_is_an_error() {
    let hello = r#"read line; echo '{"protocol": 1, "implementation": "x"}'; read line; "#;
    let selection = Selection::default();
    for (rest, expected) in [
        ("exit 3", "(exit status: 3)"),
        ("echo '{\"id\": \"other\"}'; read line", "it answers other"),
    ] {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{hello}{rest}"));
        let mut peer = Peer::start(&mut command, USUAL_TIMEOUT).unwrap();
        let error = run_against(&selection, &mut peer, &Expectations::default()).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.starts_with("sh: ") && error.contains(expected), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_not_supported_is_counted_apart() {
    let script = r#"
        read -r line
        echo '{"protocol": 1, "implementation": "one that can do nothing"}'
        while read -r line; do
            id=${line#*'"id":"'}
            printf '{"id":"%s","unsupported":"no time"}\n' "${id%%'"'*}"
        done"#;
    let mut peer = Peer::start(Command::new("sh").args(["-c", script]), USUAL_TIMEOUT).unwrap();
    let vectors = vec![test_vectors::data_directory().join("kcv")];
    let mut selection = Selection::default();
    selection.vectors = vectors;
    let report = run_against(&selection, &mut peer, &Expectations::default()).unwrap();
    let counts = report.counts();
    assert_eq!((counts.passed, counts.failed, counts.gaps), (0, 0, 0));
    assert!(counts.unsupported > 100);
}
