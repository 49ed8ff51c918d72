//! `cargo xtask release TAG`: whether what is here is what a tag says.

use std::fs;
use std::io::Write;

use anyhow::Context;
use lexopt::ValueExt;

use crate::Verdict;
use crate::workspace::{Package, Workspace};

/// The verb: checks that every package has the version of the tag and every changelog a section
/// of it. What a package needs beside that is for the step `package` of `cargo xtask ci`.
///
/// # Errors
///
/// When the arguments are wrong or a changelog cannot be read.
pub fn main(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let tag = match arguments.next()? {
        Some(lexopt::Arg::Value(tag)) => tag.string()?,
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(lexopt::Error::from("release: a tag is needed").into()),
    };
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    let workspace = Workspace::load()?;
    let root = workspace.root.join("CHANGELOG.md");
    let root = fs::read_to_string(root).context("CHANGELOG.md cannot be read")?;
    let mut problems: Vec<_> = of_changelog("the root", &root, &tag).into_iter().collect();
    problems.extend(workspace.published().flat_map(|package| of_package(package, &tag)));
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    Ok(Verdict::from_failures(problems.len()))
}

fn of_package(package: &Package, tag: &str) -> Vec<String> {
    let changelog = package.file("CHANGELOG.md").unwrap_or_default();
    let mut problems: Vec<_> = of_changelog(&package.name, &changelog, tag).into_iter().collect();
    if tag != format!("v{}", package.version) {
        problems.push(format!("{} has version {}, not {tag}", package.name, package.version));
    }
    problems
}

/// What is wrong with the first section of a changelog, which must be that of the release.
fn of_changelog(name: &str, changelog: &str, tag: &str) -> Option<String> {
    let version = tag.trim_start_matches('v');
    let first = changelog.lines().find_map(|line| line.strip_prefix("## ")).unwrap_or_default();
    let is_of_version = first.strip_prefix(version).is_some_and(|date| date.starts_with(", "));
    (!is_of_version).then(|| {
        format!("the changelog of {name} begins with \"{first}\", not \"{version}, DATE\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changelog_has_to_begin_with_the_release() {
        let good = "# Changelog\n\n## 0.1.0, 2026-12-01\n\n- All.\n\n## 0.0.9, 2026-01-01\n";
        assert_eq!(of_changelog("kcv", good, "v0.1.0"), None);
        for bad in ["# Changelog\n\n## Unreleased\n", "## 0.1.0\n", "## 0.1.01, 2026-12-01\n", ""] {
            assert!(of_changelog("kcv", bad, "v0.1.0").is_some(), "{bad}");
        }
    }

    #[test]
    fn another_version_is_refused() {
        let mut package = Workspace::load().unwrap().packages.swap_remove(0);
        package.version = "9.9.9".into();
        let problems = of_package(&package, "v9.9.8");
        assert!(problems.contains(&format!("{} has version 9.9.9, not v9.9.8", package.name)));
    }
}
