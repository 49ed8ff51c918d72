//! All tests, as many programs of them at a time as there are cores.
//!
//! `cargo test` runs one program after the other, and the longest ones wait for the disk or have
//! a single test: beside each other they take little more than the longest.

use std::collections::VecDeque;
use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::workspace::{Workspace, output_with_complaints};

/// A program of tests, built.
struct Program {
    /// Its package and target.
    name: String,
    command: Command,
}

/// What a program did.
struct Report {
    name: String,
    duration: Duration,
    /// What it wrote, if it failed.
    outcome: Result<(), String>,
}

/// A line of what cargo says of a build.
#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds what cargo is asked for, and runs all programs of tests with the same arguments, each in
/// the environment that its name gets.
///
/// # Errors
///
/// When something does not build, or a test fails; what it wrote is then in the output.
pub(super) fn carry_out(
    workspace: &Workspace,
    packages: &[&str],
    arguments: &[&str],
    environment: impl Fn(&str) -> Vec<(&'static str, String)>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut programs = built(workspace, packages)?;
    for program in &mut programs {
        program.command.args(arguments).envs(environment(&program.name));
    }
    in_parallel(programs, out)
}

/// The same for everything there is, the examples in the documentation too.
///
/// # Errors
///
/// As [`carry_out`].
pub(super) fn everything(workspace: &Workspace, out: &mut impl Write) -> anyhow::Result<()> {
    let mut programs = built(workspace, &["--workspace"])?;
    // Cargo starts many programs of its own for these, so they go last.
    let command = workspace.cargo(&["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"]);
    programs.push(Program { name: "documentation".to_owned(), command });
    in_parallel(programs, out)
}

/// Builds the tests, and names their programs, those of the upper layers first: they take longest.
fn built(workspace: &Workspace, packages: &[&str]) -> anyhow::Result<Vec<Program>> {
    let mut command = workspace.cargo(&["test", "--no-run", "--quiet"]);
    command.args(packages).arg("--message-format=json-render-diagnostics");
    let (messages, _) = output_with_complaints(&mut command)?;
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message: Message = serde_json::from_str(line).context("a message of cargo")?;
        programs.extend(program(message));
    }
    if programs.is_empty() {
        bail!("cargo names no program of tests");
    }
    programs.sort_by_key(|program| weight(&program.name));
    Ok(programs)
}

/// The program a message tells of, to be started as cargo would start it.
fn program(message: Message) -> Option<Program> {
    let Message { manifest_path, target, profile, executable } = message;
    let (executable, target) = (executable?, target?);
    let manifest = manifest_path?;
    let directory = manifest.parent()?;
    // An example is built for the tests that start it, and has none itself.
    if !profile?.test {
        return None;
    }
    let package = directory.file_name()?.to_string_lossy();
    let kind = target.kind.first().map_or("", String::as_str);
    let mut command = Command::new(executable);
    command.current_dir(directory).env("CARGO_MANIFEST_DIR", directory);
    Some(Program { name: format!("{package} {kind} {}", target.name), command })
}

/// Programs of low weight go first.
fn weight(name: &str) -> usize {
    const LONGEST_FIRST: [&str; 5] =
        ["export-server test", "key-store test", "payment-pki", "tr34", "export-"];
    LONGEST_FIRST.iter().position(|start| name.starts_with(start)).unwrap_or(LONGEST_FIRST.len())
}

fn in_parallel(programs: Vec<Program>, out: &mut impl Write) -> anyhow::Result<()> {
    let at_a_time = thread::available_parallelism().map_or(1, NonZero::get);
    let waiting = Mutex::new(VecDeque::from(programs));
    let (done, reports) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            let (waiting, done) = (&waiting, done.clone());
            scope.spawn(move || {
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                while let Some(program) = next() {
                    // Nobody listens any more once our own output cannot be written.
                    if done.send(run(program)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        let mut failed = Vec::new();
        for Report { name, duration, outcome } in reports {
            writeln!(out, "{:6.1} s  {name}", duration.as_secs_f64())?;
            if let Err(written) = outcome {
                writeln!(out, "{written}")?;
                failed.push(name);
            }
        }
        if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
    })
}

fn run(program: Program) -> Report {
    let Program { name, mut command } = program;
    let start = Instant::now();
    let outcome = match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let written = [output.stdout, output.stderr].concat();
            Err(format!("{}\n{}", String::from_utf8_lossy(&written), output.status))
        }
        Err(error) => Err(error.to_string()),
    };
    Report { name, duration: start.elapsed(), outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(name: &str, script: &str) -> Program {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Program { name: name.to_owned(), command }
    }

    #[test]
    fn one_that_fails_is_named_with_what_it_wrote_and_the_others_run() {
        let mut out = Vec::new();
        let programs = vec![
            shell("good", "echo seen by nobody"),
            shell("bad", "echo why >&2; exit 101"),
            shell("last", "true"),
        ];
        let error = in_parallel(programs, &mut out).unwrap_err();
        assert_eq!(error.to_string(), "failed: bad");
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("why") && text.contains("last"), "{text}");
        assert!(!text.contains("seen by nobody"), "{text}");
    }

    #[test]
    fn messages_of_cargo_name_what_has_tests() {
        let message = |test: bool| {
            let text = format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/w/crates/kcv/Cargo.toml",
                "target":{{"kind":["test"],"name":"macs"}},"profile":{{"test":{test}}},
                "executable":"/w/target/debug/deps/macs-1"}}"#
            );
            serde_json::from_str::<Message>(&text).unwrap()
        };
        let found = program(message(true)).unwrap();
        assert_eq!(found.name, "kcv test macs");
        assert_eq!(found.command.get_current_dir(), Some("/w/crates/kcv".as_ref()));
        assert!(program(message(false)).is_none());
        let finished = r#"{"reason":"build-finished","success":true}"#;
        assert!(program(serde_json::from_str(finished).unwrap()).is_none());
    }
}
