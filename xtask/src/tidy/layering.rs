//! Which crate may use which: the layers of ARCHITECTURE.md as one table.
//!
//! A new edge between our crates is a line here, and so a line in a review.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Context;

use super::Findings;
use crate::workspace::{Dependency, Workspace};

/// One crate and what it may use.
struct Layer {
    layer: u8,
    name: &'static str,
    may_use: &'static [&'static str],
}

const fn layer(layer: u8, name: &'static str, may_use: &'static [&'static str]) -> Layer {
    Layer { layer, name, may_use }
}

/// Crates that are planned stand here too; they are looked at once they are there.
#[rustfmt::skip]
const LAYERS: &[Layer] = &[
    layer(0, "key-types", &[]),
    layer(1, "kcv", &["key-types"]),
    layer(2, "dukpt", &["key-types", "kcv"]),
    layer(1, "rsa-wrap", &["key-types"]),
    layer(1, "ecdh-wrap", &["key-types"]),
    layer(1, "as2805", &["key-types"]),
    layer(1, "payment-pki", &["key-types"]),
    layer(2, "tr31", &["key-types", "kcv"]),
    // The content key of a token is a key under an RSA public key like any other.
    layer(3, "tr34", &["key-types", "kcv", "rsa-wrap", "payment-pki", "tr31"]),
    layer(4, "export-api", &["key-types", "kcv", "dukpt", "rsa-wrap", "ecdh-wrap", "as2805", "payment-pki", "tr31", "tr34"]),
    layer(5, "key-store", &["key-types", "export-api"]),
    // Its demo plays the receiver, who opens what was exported and compares check values.
    layer(6, "export-server", &["key-types", "kcv", "dukpt", "rsa-wrap", "payment-pki", "tr31", "tr34", "export-api", "key-store"]),
    layer(6, "keyblock-cli", &["key-types", "kcv", "dukpt", "rsa-wrap", "ecdh-wrap", "as2805", "payment-pki", "tr31", "tr34"]),
    layer(7, "test-support", &[]),
    layer(7, "test-vectors", &[]),
    layer(8, "xtask", &["key-types", "kcv", "dukpt", "rsa-wrap", "ecdh-wrap", "as2805", "payment-pki", "tr31", "tr34", "export-api", "test-support", "test-vectors"]),
];

/// Crates that tests of every crate may use on top.
const TESTS_MAY_USE: &[&str] = &["test-support", "test-vectors"];

/// Layers up to this one are `no_std` libraries that take randomness and time as arguments.
pub(super) const LAST_NO_STD_LAYER: u8 = 3;

/// The layer of a crate, or `None` when it has no line in the table.
pub(super) fn layer_of(name: &str) -> Option<u8> {
    row(name).map(|row| row.layer)
}

fn row(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|row| row.name == name)
}

/// Compares the edges between our crates, as cargo has them, with the table, and the layers with
/// those in ARCHITECTURE.md.
///
/// # Errors
///
/// When ARCHITECTURE.md cannot be read.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    for package in &workspace.packages {
        let name = &package.name;
        let Some(row) = row(name) else {
            findings.problems.push(format!("{name} has no layer in layering.rs"));
            continue;
        };
        let is_used = |&dependency: &&Dependency| dependency.path.is_some();
        let mut used = BTreeSet::new();
        for Dependency { name: target, kind, .. } in package.dependencies.iter().filter(is_used) {
            let is_dev = kind.as_deref() == Some("dev");
            let allowed = row.may_use.contains(&target.as_str())
                || (is_dev && TESTS_MAY_USE.contains(&target.as_str()));
            if !allowed {
                let kind = kind.as_deref().unwrap_or("normal");
                findings.problems.push(format!("{name} may not use {target} ({kind} dependency)"));
            }
            used.insert(target.as_str());
        }
        for target in row.may_use {
            let exists = workspace.packages.iter().any(|package| package.name == *target);
            if exists && !used.contains(target) {
                findings.notes.push(format!("{name} may use {target} and does not"));
            }
        }
    }
    let page = fs::read_to_string(workspace.root.join("ARCHITECTURE.md"));
    let page = page.context("ARCHITECTURE.md cannot be read")?;
    for package in workspace.published() {
        if let Some(begin) =
            layer_of(&package.name).and_then(|layer| missing_row(&page, layer, &package.name))
        {
            findings.problems.push(format!("ARCHITECTURE.md has no row \"{begin} ...\""));
        }
    }
    Ok(findings)
}

/// How the row of a crate in the table of layers would begin, if it is not there.
fn missing_row(page: &str, layer: u8, name: &str) -> Option<String> {
    let begin = format!("| {layer} | `{name}` |");
    (!page.lines().any(|line| line.starts_with(&begin))).then_some(begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_the_layers() {
        crate::tidy::assert_clean(check);
    }

    #[test]
    fn a_row_in_another_layer_does_not_count() {
        let page = "| 2 | `tr31` | key blocks |\n";
        assert_eq!(missing_row(page, 2, "tr31"), None);
        assert_eq!(missing_row(page, 1, "tr31").as_deref(), Some("| 1 | `tr31` |"));
    }

    #[test]
    fn edges_of_the_table_point_downwards() {
        for user in LAYERS {
            for target in user.may_use {
                let used = row(target).unwrap();
                assert!(used.layer < user.layer, "{} uses {target}", user.name);
            }
        }
    }

    #[test]
    fn an_undeclared_edge_is_a_problem() {
        let mut workspace = Workspace::load().unwrap();
        let edge = Dependency {
            name: "export-server".into(),
            req: "*".into(),
            kind: None,
            path: Some("crates/export-server".into()),
        };
        let lowest =
            workspace.packages.iter_mut().find(|package| package.name == "key-types").unwrap();
        lowest.dependencies.push(edge);
        let problem = "key-types may not use export-server (normal dependency)";
        assert!(check(&workspace).unwrap().problems.iter().any(|found| found == problem));
    }
}
