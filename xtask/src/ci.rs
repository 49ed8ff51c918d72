//! `cargo xtask ci`: everything that must hold before a change goes in, step by step.

mod clients;
mod exchange;
mod features;
mod no_std;
mod package;
mod postgres;
mod programs;

use std::fs;
use std::io::Write;
use std::time::Instant;

use anyhow::{Context, bail};
use lexopt::ValueExt;

use crate::workspace::{Workspace, run as run_command};
use crate::{Verdict, conformance, public_api, tidy, vectors};

/// One step: its name, what it makes sure of, and how.
struct Step<W> {
    name: &'static str,
    purpose: &'static str,
    carry_out: fn(&Workspace, &mut W) -> anyhow::Result<()>,
}

/// All steps, the quick ones first.
fn steps<W: Write>() -> [Step<W>; 16] {
    let step = |name, purpose, carry_out| Step { name, purpose, carry_out };
    [
        step("fmt", "the source is formatted", |workspace, _| {
            run_command(&mut workspace.cargo(&["fmt", "--all", "--check"]))
        }),
        step("tidy", "layers, manifests, documents and lengths are as agreed", |_, out| {
            passed(tidy::run(out)?)
        }),
        step("vectors", "the vector files are sound", |_, out| passed(vectors::lint(out)?)),
        step("package", "every crate can be published as it is", |workspace, _| {
            package::carry_out(workspace)
        }),
        step("clippy", "there is no warning", |workspace, _| {
            run_command(&mut workspace.cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ]))
        }),
        step("test", "all tests pass, those in the documentation too", |workspace, out| {
            programs::everything(workspace, out)
        }),
        step(
            "postgres",
            "many servers share a store: races, kills, TLS, copies",
            |workspace, out| postgres::carry_out(workspace, out),
        ),
        step("conformance", "the vectors pass", |_, out| passed(conformance::run_all(out)?)),
        step("doc", "the documentation builds without a warning", |workspace, _| {
            let mut command = workspace.cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
            run_command(command.env("RUSTDOCFLAGS", "-D warnings"))
        }),
        step("public-api", "what libraries offer changes on purpose only", |workspace, out| {
            passed(public_api::compare_all(workspace, out)?)
        }),
        step("features", "each feature builds alone, and does what it is for", |workspace, out| {
            features::carry_out(workspace, out)
        }),
        step("no_std", "the lower layers build and link without std", |workspace, _| {
            no_std::carry_out(workspace)
        }),
        step("fuzz", "the fuzz targets compile", |workspace, out| check_fuzz(workspace, out)),
        step(
            "hammer",
            "broken blocks, tokens and requests are refused, and quickly",
            |workspace, _| {
                let tests =
                    ["test", "--release", "--quiet", "-p", "tr31", "--test", "it", "hammer"];
                run_command(workspace.cargo(&tests).env("HAMMER_TEXTS", "2000000"))?;
                for package in ["tr34", "export-server"] {
                    let example =
                        ["run", "--release", "--quiet", "-p", package, "--example", "hammer"];
                    run_command(&mut workspace.cargo(&example))?;
                }
                Ok(())
            },
        ),
        step(
            "exchange",
            "another implementation opens our key blocks, we its own, and both the vectors",
            |workspace, out| exchange::carry_out(workspace, out),
        ),
        step("clients", "unmodified AWS clients get what they ask for", |workspace, _| {
            clients::carry_out(workspace)
        }),
    ]
}

/// What the arguments ask for.
#[derive(Default)]
struct Options {
    list: bool,
    only: Vec<String>,
}

/// The verb: carries out the steps, each announced and timed; the last line counts them.
///
/// # Errors
///
/// When the arguments are wrong or the workspace cannot be read. A step that fails is no error.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let options = parse(arguments)?;
    let steps = steps();
    if options.list {
        for step in &steps {
            writeln!(out, "{:<12} {}", step.name, step.purpose)?;
        }
        return Ok(Verdict::Passed);
    }
    for name in &options.only {
        if steps.iter().all(|step| step.name != name) {
            return Err(lexopt::Error::from(format!("no such step: {name}")).into());
        }
    }
    let chosen = |name: &str| options.only.is_empty() || options.only.iter().any(|it| it == name);
    carry_out(steps.iter().filter(|step| chosen(step.name)), out)
}

fn parse(arguments: &mut lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("list") => options.list = true,
            lexopt::Arg::Long("only") => options.only.push(arguments.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn carry_out<'a, W: Write + 'a>(
    steps: impl Iterator<Item = &'a Step<W>>,
    out: &mut W,
) -> anyhow::Result<Verdict> {
    let workspace = Workspace::load()?;
    let mut summary = Vec::new();
    let mut failed = 0;
    for step in steps {
        writeln!(out, "\n==> {}: {}", step.name, step.purpose)?;
        out.flush()?;
        let start = Instant::now();
        let outcome = (step.carry_out)(&workspace, out);
        let seconds = start.elapsed().as_secs_f64();
        let word = if outcome.is_ok() { "passed" } else { "FAILED" };
        if let Err(error) = &outcome {
            writeln!(out, "{error:#}")?;
        }
        failed += usize::from(outcome.is_err());
        let line = format!("{:<12} {word} in {seconds:7.1} s", step.name);
        writeln!(out, "<== {line}")?;
        summary.push(line);
    }
    writeln!(out)?;
    for line in &summary {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{} passed, {failed} failed", summary.len() - failed)?;
    Ok(Verdict::from_failures(failed))
}

fn passed(verdict: Verdict) -> anyhow::Result<()> {
    match verdict {
        Verdict::Passed => Ok(()),
        Verdict::Failed => bail!("see above"),
    }
}

/// Type-checks every fuzz crate. Fuzzing itself needs a nightly toolchain and is not done here.
fn check_fuzz(workspace: &Workspace, out: &mut impl Write) -> anyhow::Result<()> {
    let lock = workspace.root.join("Cargo.lock");
    for package in &workspace.packages {
        let directory = package.directory().join("fuzz");
        if !directory.is_dir() {
            continue;
        }
        writeln!(out, "{}", workspace.shown(&directory))?;
        let own_lock = directory.join("Cargo.lock");
        if !own_lock.exists() {
            // The versions the workspace is tested with are those to be fuzzed.
            fs::copy(&lock, &own_lock).context("Cargo.lock cannot be copied")?;
        }
        let mut command = workspace.cargo(&["check", "--quiet", "--manifest-path"]);
        command.arg(directory.join("Cargo.toml"));
        command.arg("--target-dir").arg(workspace.target_directory.join("fuzz-check"));
        // Nothing is linked, so the fuzzing engine, which is C++, need not be built: it is enough
        // to say where it would be.
        command.env("CUSTOM_LIBFUZZER_PATH", directory.join("libfuzzer.a"));
        run_command(&mut command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(
        name: &'static str,
        carry_out: fn(&Workspace, &mut Vec<u8>) -> anyhow::Result<()>,
    ) -> Step<Vec<u8>> {
        Step { name, purpose: "", carry_out }
    }

    #[test]
    fn a_failed_step_does_not_stop_the_others() {
        let steps = [step("one", |_, _| bail!("on purpose")), step("two", |_, _| Ok(()))];
        let mut out = Vec::new();
        assert_eq!(carry_out(steps.iter(), &mut out).unwrap(), Verdict::Failed);
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("on purpose\n<== one"), "{text}");
        assert!(text.ends_with("\n1 passed, 1 failed\n"), "{text}");
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let steps = steps::<Vec<u8>>();
        let names: std::collections::BTreeSet<_> = steps.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), steps.len());
    }
}
