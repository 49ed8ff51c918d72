//! Unmodified AWS clients against the server, from a Python environment of their own.
//!
//! Nothing here is skipped: what is missing is named, and the step fails.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::workspace::{Workspace, run};

/// Below the root: what the clients need and what they do.
const REQUIREMENTS: &str = "crates/export-server/tests/clients/requirements.txt";
const SCRIPT: &str = "crates/export-server/tests/clients/run.py";

/// Builds the server, makes the environment and lets the clients run.
///
/// The script gets the program in `EXPORT_SERVER_BIN`, the directory of the built examples in
/// `EXPORT_SERVER_EXAMPLES`, and an `aws` of the environment first in `PATH`.
pub(super) fn carry_out(workspace: &Workspace) -> anyhow::Result<()> {
    let requirements = required(workspace, REQUIREMENTS)?;
    let script = required(workspace, SCRIPT)?;
    let build = ["build", "--quiet", "--package", "export-server", "--bins", "--examples"];
    run(&mut workspace.cargo(&build))?;
    let environment = Environment::make(workspace, &requirements)?;

    let built = workspace.target_directory.join("debug");
    let server = built.join("export-server").with_extension(env::consts::EXE_EXTENSION);
    if !server.is_file() {
        bail!("cargo built no {}", workspace.shown(&server));
    }
    run(environment
        .python()
        .arg(script)
        .current_dir(&workspace.root)
        .env("EXPORT_SERVER_BIN", server)
        .env("EXPORT_SERVER_EXAMPLES", built.join("examples")))
}

fn required(workspace: &Workspace, path: &str) -> anyhow::Result<PathBuf> {
    let file = workspace.root.join(path);
    if !file.is_file() {
        bail!("{path} is missing");
    }
    Ok(file)
}

/// A Python virtual environment with the pinned packages in it.
struct Environment {
    programs: PathBuf,
}

impl Environment {
    /// Makes it below the target directory, unless it is there with these very requirements.
    fn make(workspace: &Workspace, requirements: &Path) -> anyhow::Result<Self> {
        let directory = workspace.target_directory.join("clients-venv");
        let programs = directory.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let this = Self { programs };
        let installed = directory.join("installed-requirements.txt");
        let wanted = fs::read(requirements).context("the requirements cannot be read")?;
        if fs::read(&installed).is_ok_and(|found| found == wanted) {
            return Ok(this);
        }
        let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&directory))
            .context("python3 with its venv module is needed")?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(this.python().args(install).arg(requirements))?;
        // Written last, so that an installation that broke off is made anew.
        fs::write(&installed, wanted).context("the environment cannot be marked complete")?;
        Ok(this)
    }

    /// A command that runs the Python of the environment, with its programs first in the path.
    fn python(&self) -> Command {
        let before = env::var_os("PATH").unwrap_or_default();
        let path = [self.programs.clone()].into_iter().chain(env::split_paths(&before));
        let mut command = Command::new(self.programs.join("python"));
        // Paths that cannot be joined hold a separator; the old value is then as good as any.
        command.env("PATH", env::join_paths(path).unwrap_or(before));
        command
    }
}
