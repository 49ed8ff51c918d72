//! `cargo xtask bench`: the benches, and each result beside the cipher calls it cannot do without.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use test_vectors::glob_matches;

use crate::Verdict;
use crate::workspace::{Workspace, run};

/// Operations and the measurements of the same group that make their floor, all as patterns.
struct Row {
    group: &'static str,
    operation: &'static str,
    /// Each stands for one measurement; the floor is their sum.
    floor: &'static [&'static str],
}

const fn row(group: &'static str, operation: &'static str, floor: &'static [&'static str]) -> Row {
    Row { group, operation, floor }
}

/// What an operation is compared with. An operation without a row is shown without a ratio.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("kcv", "tdes_2key, ansi_x9_24", &["floor/tdes_2key, 1 block"]),
    row("kcv", "tdes_2key, cmac", &["floor/tdes_2key, 2 blocks"]),
    row("kcv", "aes_128, cmac", &["floor/aes_128, 2 blocks"]),
    row("kcv", "aes_256, cmac", &["floor/aes_256, 2 blocks"]),
    row("tdes initial key", "schedules held", &["floor/2 blocks"]),
    row("tdes initial key", "fresh BDK", &["floor/2 blocks", "floor/2 schedules"]),
    row("aes initial key", "aes_128, fresh BDK", &["floor/aes_128, *"]),
    row("aes initial key", "aes_256, fresh BDK", &["floor/aes_256, *"]),
    row("tdes transaction key", "1 bit", &["floor/1 bit, *"]),
    row("tdes transaction key", "10 bit", &["floor/10 bit, *"]),
    row("aes transaction key", "aes_128, 16 bit", &["floor/aes_128, *"]),
    row("aes transaction key", "aes_192, 16 bit", &["floor/aes_192, *"]),
    row("aes transaction key", "aes_256, 16 bit", &["floor/aes_256, *"]),
    row("* under *", "wrap, prepared*", &["floor, * blocks"]),
    row("* under *", "open, prepared", &["floor, * blocks"]),
];

/// What Criterion says about a benchmark.
#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Medians in nanoseconds, by group and function.
type Measured = BTreeMap<(String, String), f64>;

/// The verb: runs the benches (arguments after `--` go to Criterion) and prints the table.
///
/// # Errors
///
/// When the arguments are wrong, a bench fails or its results cannot be read.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let mut passed_on = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Value(value) if passed_on.is_empty() && value == "store" => {
                return scale(arguments);
            }
            lexopt::Arg::Value(value) => passed_on.push(value),
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::load()?;
    let directory = workspace.target_directory.join("criterion");
    if directory.exists() {
        // Results of a former run would stand beside floors of this one.
        fs::remove_dir_all(&directory).context("former results cannot be removed")?;
    }
    let mut command = workspace.cargo(&["bench", "--workspace"]);
    // By name, because the test harness of the libraries does not know Criterion's arguments.
    for target in workspace.packages.iter().flat_map(|package| &package.targets) {
        if target.kind.iter().any(|kind| kind == "bench") {
            command.args(["--bench", &target.name]);
        }
    }
    run(command.arg("--").args(passed_on))?;
    let mut measured = Measured::new();
    gather(&directory, &mut measured)?;
    write!(out, "{}", table(&measured))?;
    Ok(Verdict::Passed)
}

/// Measures a store with very many keys; the one argument says how many.
fn scale(arguments: &mut lexopt::Parser) -> anyhow::Result<Verdict> {
    let mut keys = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Value(value) => keys.push(value),
            other => return Err(other.unexpected().into()),
        }
    }
    let example = ["run", "--release", "--quiet", "-p", "export-server", "--example", "scale"];
    run(Workspace::load()?.cargo(&example).arg("--").args(keys))?;
    Ok(Verdict::Passed)
}

/// Criterion writes `benchmark.json` and `estimates.json` into a directory `new` of each function.
fn gather(directory: &Path, measured: &mut Measured) -> anyhow::Result<()> {
    for entry in fs::read_dir(directory).context("there are no results")? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        if path.ends_with("new") {
            let benchmark: Benchmark = read(&path.join("benchmark.json"))?;
            let estimates: Estimates = read(&path.join("estimates.json"))?;
            let function = benchmark.function_id.unwrap_or_default();
            measured.insert((benchmark.group_id, function), estimates.median.point_estimate);
        } else {
            gather(&path, measured)?;
        }
    }
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

fn table(measured: &Measured) -> String {
    let mut text = format!("{:<56} {:>12} {:>12} {:>6}\n", "operation", "time", "floor", "ratio");
    for ((group, function), time) in measured {
        let floor = floor(measured, group, function);
        let name = format!("{group}: {function}");
        text.push_str(&format!("{name:<56} {:>12}", shown(*time)));
        if let Some(floor) = floor {
            text.push_str(&format!(" {:>12} {:>6.2}", shown(floor), time / floor));
        }
        text.push('\n');
    }
    text
}

/// `None` when there is no floor, or a part of it was not measured.
fn floor(measured: &Measured, group: &str, operation: &str) -> Option<f64> {
    let row = ROWS
        .iter()
        .find(|row| glob_matches(row.group, group) && glob_matches(row.operation, operation))?;
    let part = |pattern: &&str| {
        let mut all = measured.iter();
        let is_part = |name: &(String, String)| name.0 == group && glob_matches(pattern, &name.1);
        all.find_map(|(name, time)| is_part(name).then_some(*time))
    };
    row.floor.iter().map(part).sum()
}

fn shown(nanoseconds: f64) -> String {
    match nanoseconds {
        time if time < 1e3 => format!("{time:.1} ns"),
        time if time < 1e6 => format!("{:.2} µs", time / 1e3),
        time => format!("{:.2} ms", time / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_sums_of_measurements_of_the_same_group() {
        let of = |group: &str, function: &str| (group.to_owned(), function.to_owned());
        let (initial_key, block) = ("tdes initial key", "B, x under y");
        let mut measured = Measured::from([
            (of(initial_key, "floor/2 blocks"), 100.0),
            (of(initial_key, "floor/2 schedules"), 50.0),
            (of(initial_key, "fresh BDK"), 300.0),
            (of(block, "floor, 10 blocks"), 10.0),
            (of(block, "wrap, prepared"), 20.0),
        ]);
        assert_eq!(floor(&measured, initial_key, "fresh BDK"), Some(150.0));
        assert_eq!(floor(&measured, block, "wrap, prepared"), Some(10.0));
        assert_eq!(floor(&measured, block, "parse"), None);
        assert!(table(&measured).contains("2.00\n"));
        measured.remove(&of(initial_key, "floor/2 blocks"));
        assert_eq!(floor(&measured, initial_key, "fresh BDK"), None);
        assert_eq!(shown(1500.0), "1.50 µs");
    }
}
