//! Key blocks exchanged with an independent implementation, both ways.

use std::env;

use super::clients::{Environment, required};
use crate::workspace::{Workspace, run};

/// Below the root: what makes, opens and compares.
const SCRIPT: &str = "crates/tr31/tests/interop/exchange_with_psec.py";

/// Builds our side and lets the script run, which gets it in `EXCHANGE_BIN`.
pub(super) fn carry_out(workspace: &Workspace) -> anyhow::Result<()> {
    let script = required(workspace, SCRIPT)?;
    run(&mut workspace.cargo(&["build", "--quiet", "--package", "tr31", "--example", "exchange"]))?;
    let program = workspace.target_directory.join("debug/examples/exchange");
    // Two-key TDES is deprecated there, which is no news here.
    run(Environment::of(workspace)?
        .python()
        .args(["-W", "ignore"])
        .arg(script)
        .env("EXCHANGE_BIN", program.with_extension(env::consts::EXE_EXTENSION)))
}
