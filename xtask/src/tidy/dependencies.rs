//! What a crate brings along: the table of dependencies in the README.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, bail};

use super::{Findings, layering};
use crate::workspace::{Workspace, output};

/// What stands before and after the table.
const BEGIN: &str = "<!-- cargo xtask tidy --fix writes this table -->\n";
const END: &str = "<!-- end of the table -->\n";

/// What is looked at is what one target asks for, so that it is the same everywhere, and nothing
/// needs to be there that building did not bring.
pub(super) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Checks that the README's table says what cargo says.
///
/// # Errors
///
/// When the README cannot be read or cargo cannot tell the dependencies.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let path = workspace.root.join("README.md");
    let text = fs::read_to_string(path).context("README.md cannot be read")?;
    if with_table(&text, &table(workspace)?)? != text {
        let problem =
            "the table of dependencies in README.md is out of date: cargo xtask tidy --fix";
        findings.problems.push(problem.into());
    }
    Ok(findings)
}

/// Writes the README's table.
///
/// # Errors
///
/// As [`check`], and when the README cannot be written.
pub(super) fn fix(workspace: &Workspace) -> anyhow::Result<()> {
    let path = workspace.root.join("README.md");
    let text = fs::read_to_string(&path).context("README.md cannot be read")?;
    fs::write(path, with_table(&text, &table(workspace)?)?).context("README.md cannot be written")
}

fn with_table(text: &str, table: &str) -> anyhow::Result<String> {
    let parts = text.split_once(BEGIN).zip(text.split_once(END));
    let Some(((before, _), (_, after))) = parts else {
        bail!("README.md has no place for the table of dependencies");
    };
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

/// A row for each crate that is made for others, lowest layer first.
fn table(workspace: &Workspace) -> anyhow::Result<String> {
    let mut table = String::from("| Crate | Direct | In all |\n|---|---:|---:|\n");
    let mut packages: Vec<_> = workspace.published().collect();
    packages.sort_by_key(|package| (layering::layer_of(&package.name), &package.name));
    for package in packages {
        let arguments = ["tree", "--edges", "normal", "--prefix", "depth", "--format", " {p}"];
        let mut command = workspace.cargo(&arguments);
        command.args(["--target", TARGET, "--package", &package.name]);
        let tree = output(&mut command)?;
        let (direct, all) =
            (count(&tree, |depth| depth == "1"), count(&tree, |depth| depth != "0"));
        table.push_str(&format!("| {} | {direct} | {all} |\n", package.name));
    }
    Ok(table)
}

/// How many different packages of a tree stand at a depth.
fn count(tree: &str, is_meant: impl Fn(&str) -> bool) -> usize {
    let lines = tree.lines().filter_map(|line| line.split_once(' '));
    let meant = lines.filter(|(depth, _)| is_meant(depth));
    // A package is shown once with what it needs, and later with a mark instead.
    meant.map(|(_, package)| package.trim_end_matches(" (*)")).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_up_to_date() {
        crate::tidy::assert_clean(check);
    }

    #[test]
    fn each_package_counts_once() {
        let tree = "0 a v1 (/a)\n1 b v1\n2 c v1\n1 c v1 (*)\n";
        assert_eq!(count(tree, |depth| depth == "1"), 2);
        assert_eq!(count(tree, |depth| depth != "0"), 2);
    }

    #[test]
    fn a_readme_without_the_place_is_refused() {
        assert!(with_table("text", "table").is_err());
        let text = format!("a{BEGIN}old{END}b");
        assert_eq!(with_table(&text, "new").unwrap(), format!("a{BEGIN}new{END}b"));
    }
}
