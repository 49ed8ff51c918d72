//! An independent implementation beside ours: key blocks exchanged both ways, and the vectors.

mod blocks;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, ensure};
use test_support::Seeded;

use super::clients::{Environment, required};
use super::passed;
use crate::conformance;
use crate::conformance::against::{Peer, USUAL_TIMEOUT};
use crate::conformance::expectations::Expectations;
use crate::conformance::run::{Selection, run_against};
use crate::workspace::Workspace;

/// Below the root: what makes, opens and compares.
const SCRIPT: &str = "crates/tr31/tests/interop/exchange_with_psec.py";

/// Below the root: what answers the vectors, and what it is known not to answer as they have it.
const ADAPTER: &str = "xtask/adapters/psec_adapter.py";
const EXPECTATIONS: &str = "xtask/adapters/psec.json";

/// How many key blocks go each way.
const BLOCKS: usize = 2000;

/// Gives our key blocks to the script, which opens them and answers with its own; then asks the
/// other implementation all vectors, each of which must end as it is known to.
pub(super) fn carry_out(workspace: &Workspace, out: &mut impl Write) -> anyhow::Result<()> {
    let environment = Environment::of(workspace)?;
    exchange_blocks(&environment, &required(workspace, SCRIPT)?)?;
    writeln!(out, "{BLOCKS} key blocks opened by each side")?;

    let mut adapter = environment.python();
    adapter.arg(required(workspace, ADAPTER)?);
    let mut peer = Peer::start(&mut adapter, USUAL_TIMEOUT)?;
    let expectations = Expectations::load(&required(workspace, EXPECTATIONS)?)?;
    let report = run_against(&Selection::default(), &mut peer, &expectations)?;
    passed(conformance::print(&report, out)?)
}

fn exchange_blocks(environment: &Environment, script: &Path) -> anyhow::Result<()> {
    // Two-key TDES is deprecated there, which is no news here.
    let mut command = environment.python();
    command.args(["-W", "ignore"]).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut theirs = command.spawn().context("python cannot be started")?;
    let random = &mut Seeded::new(31);
    let ours: String = (0..BLOCKS).map(|_| blocks::make(random)).collect::<Result<_, _>>()?;
    // The script reads all lines before it writes one.
    theirs.stdin.take().context("a pipe")?.write_all(ours.as_bytes())?;
    let answer = theirs.wait_with_output()?;
    ensure!(answer.status.success(), "the other implementation did not open a key block");
    let answer = String::from_utf8(answer.stdout)?;
    answer.lines().try_for_each(blocks::open)?;
    ensure!(answer.lines().count() == BLOCKS, "{} key blocks came", answer.lines().count());
    Ok(())
}
