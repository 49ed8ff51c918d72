//! The lower layers without the standard library.

use std::fs;

use anyhow::Context;

use crate::workspace::{Workspace, run};

/// Builds the crates that need no allocator without their default features, then links all
/// `no_std` crates into one static library with a panic handler of its own: a crate that brings
/// `std` along brings a second panic handler, and the link is refused.
pub(super) fn carry_out(workspace: &Workspace) -> anyhow::Result<()> {
    let build = ["build", "--quiet", "--lib", "--no-default-features"];
    for package in ["key-types", "kcv", "dukpt"] {
        run(workspace.cargo(&build).args(["--package", package]))?;
    }
    let directory = workspace.root.join("xtask/no-std-check");
    // The crate stands outside the workspace, and takes its versions all the same.
    fs::copy(workspace.root.join("Cargo.lock"), directory.join("Cargo.lock"))
        .context("Cargo.lock cannot be copied")?;
    let mut command = workspace.cargo(&["build", "--quiet", "--manifest-path"]);
    command.arg(directory.join("Cargo.toml"));
    command.arg("--target-dir").arg(workspace.target_directory.join("no-std-check"));
    run(&mut command)
}
