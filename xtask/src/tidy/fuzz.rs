//! Fuzz targets: there where outside bytes are read, and complete.

use std::fs;

use anyhow::Context;

use super::{Findings, Workspace};

/// Crates that read bytes or text from outside and so must have fuzz targets.
const READS_OUTSIDE_BYTES: &[&str] = &[
    "key-types",
    "kcv",
    "dukpt",
    "rsa-wrap",
    "payment-pki",
    "tr31",
    "tr34",
    "export-api",
    "key-store",
    "export-server",
    "keyblock-cli",
];

/// Checks that the fuzz crates are there and that each target has its entry in the manifest.
///
/// # Errors
///
/// When a file or directory cannot be read.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    for package in &workspace.packages {
        let name = &package.name;
        let directory = package.directory().join("fuzz");
        let Ok(manifest) = fs::read_to_string(directory.join("Cargo.toml")) else {
            if READS_OUTSIDE_BYTES.contains(&name.as_str()) {
                findings.problems.push(format!("{name} has no fuzz targets"));
            }
            continue;
        };
        for line in ["[workspace]", "publish = false"] {
            if !manifest.lines().any(|candidate| candidate == line) {
                findings.problems.push(format!("{name}: fuzz/Cargo.toml does not say {line}"));
            }
        }
        let targets = directory.join("fuzz_targets");
        for entry in fs::read_dir(&targets).with_context(|| format!("{}", targets.display()))? {
            let file = entry?.file_name();
            let path = format!("path = \"fuzz_targets/{}\"", file.to_string_lossy());
            if !manifest.contains(&path) {
                findings.problems.push(format!("{name}: fuzz/Cargo.toml has no {path}"));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn fuzz_targets_are_complete() {
        crate::tidy::assert_clean(super::check);
    }
}
