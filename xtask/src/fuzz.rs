//! `cargo xtask fuzz`: the fuzz targets of all crates, seeded by the vectors.

mod encoding;
mod seeds;
mod targets;

use std::env;
use std::fs;
use std::io::Write;
use std::process::Command;

use anyhow::{Context, bail};
use lexopt::ValueExt;

use crate::Verdict;
use crate::workspace::{Workspace, run};
use targets::{Seeds, TARGETS, Target};

/// The verb: `seeds` writes what the targets begin with, `run` lets them run.
///
/// # Errors
///
/// When the arguments are wrong, a file cannot be read or written, or a target finds something.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let what = match arguments.next()? {
        Some(lexopt::Arg::Value(what)) => what.string()?,
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(lexopt::Error::from("fuzz: seeds or run is needed").into()),
    };
    let mut seconds = 60_u32;
    let mut crates = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("seconds") if what == "run" => {
                seconds = arguments.value()?.parse()?
            }
            lexopt::Arg::Value(name) => crates.push(name.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    for name in &crates {
        if TARGETS.iter().all(|target| target.package != name) {
            let message = format!("fuzz: {name} has no targets");
            return Err(lexopt::Error::from(message).into());
        }
    }
    let chosen =
        |target: &&Target| crates.is_empty() || crates.iter().any(|it| it == target.package);
    let targets = TARGETS.iter().filter(chosen);
    let workspace = Workspace::load()?;
    match what.as_str() {
        "seeds" => write_seeds(&workspace, targets, out)?,
        "run" => run_targets(&workspace, targets, seconds, out)?,
        _ => return Err(lexopt::Error::from(format!("fuzz: no such verb: {what}")).into()),
    }
    Ok(Verdict::Passed)
}

/// Writes `crates/<package>/fuzz/corpus/<target>/`, which git does not see, beside what is there.
fn write_seeds<'a>(
    workspace: &Workspace,
    targets: impl Iterator<Item = &'a Target>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let files = seeds::vector_files()?;
    for target in targets {
        let name = format!("{}/{}", target.package, target.name);
        let seeds = match target.seeds {
            Seeds::FromVectors(of_case) => seeds::of_target(&files, of_case),
            Seeds::None(reason) => {
                writeln!(out, "{name}: none, {reason}")?;
                continue;
            }
        };
        let corpus = workspace.root.join("crates").join(target.package).join("fuzz/corpus");
        let directory = corpus.join(target.name);
        fs::create_dir_all(&directory).with_context(|| format!("{}", directory.display()))?;
        for (file, seed) in &seeds {
            let path = directory.join(file);
            fs::write(&path, seed).with_context(|| format!("{}", path.display()))?;
        }
        writeln!(out, "{name}: {}", seeds.len())?;
    }
    Ok(())
}

/// Lets each target run, one after the other, with the nightly toolchain that fuzzing asks for.
fn run_targets<'a>(
    workspace: &Workspace,
    targets: impl Iterator<Item = &'a Target>,
    seconds: u32,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut found = Vec::new();
    for target in targets {
        let name = format!("{}/{}", target.package, target.name);
        writeln!(out, "==> {name} for {seconds} s")?;
        out.flush()?;
        // The cargo that runs us belongs to one toolchain; that in the path chooses among them.
        let mut command = Command::new("cargo");
        command.current_dir(workspace.root.join("crates").join(target.package));
        command.args(["fuzz", "run", target.name, "--"]);
        command.arg(format!("-max_total_time={seconds}"));
        let toolchain = env::var_os("FUZZ_TOOLCHAIN").unwrap_or_else(|| "nightly".into());
        command.env("RUSTUP_TOOLCHAIN", toolchain).env_remove("CARGO").env_remove("RUSTC");
        if let Err(error) = run(&mut command) {
            writeln!(out, "{error:#}")?;
            found.push(name);
        }
    }
    if !found.is_empty() {
        bail!("found something, or did not run: {}", found.join(", "));
    }
    Ok(())
}
