//! An independent implementation beside ours: key blocks exchanged both ways, and the vectors.

use std::env;
use std::io::Write;

use super::clients::{Environment, required};
use super::passed;
use crate::conformance;
use crate::conformance::against::{Peer, USUAL_TIMEOUT};
use crate::conformance::expectations::Expectations;
use crate::conformance::run::{Selection, run_against};
use crate::workspace::{Workspace, run};

/// Below the root: what makes, opens and compares.
const SCRIPT: &str = "crates/tr31/tests/interop/exchange_with_psec.py";

/// Below the root: what answers the vectors, and what it is known not to answer as they have it.
const ADAPTER: &str = "xtask/adapters/psec_adapter.py";
const EXPECTATIONS: &str = "xtask/adapters/psec.json";

/// Builds our side and lets the script run, which gets it in `EXCHANGE_BIN`; then asks the other
/// implementation all vectors, each of which must end as it is known to.
pub(super) fn carry_out(workspace: &Workspace, out: &mut impl Write) -> anyhow::Result<()> {
    let script = required(workspace, SCRIPT)?;
    run(&mut workspace.cargo(&["build", "--quiet", "--package", "tr31", "--example", "exchange"]))?;
    let program = workspace.target_directory.join("debug/examples/exchange");
    let environment = Environment::of(workspace)?;
    // Two-key TDES is deprecated there, which is no news here.
    run(environment
        .python()
        .args(["-W", "ignore"])
        .arg(script)
        .env("EXCHANGE_BIN", program.with_extension(env::consts::EXE_EXTENSION)))?;

    let mut adapter = environment.python();
    adapter.arg(required(workspace, ADAPTER)?);
    let mut peer = Peer::start(&mut adapter, USUAL_TIMEOUT)?;
    let expectations = Expectations::load(&required(workspace, EXPECTATIONS)?)?;
    let report = run_against(&Selection::default(), &mut peer, &expectations)?;
    passed(conformance::print(&report, out)?)
}
