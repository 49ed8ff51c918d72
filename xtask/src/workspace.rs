//! The workspace as cargo sees it, and commands that run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, bail};
use serde::Deserialize;

/// The packages of the workspace and where they are.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Workspace {
    /// The packages.
    pub packages: Vec<Package>,
    /// The directory of the root manifest.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
    /// The directory cargo builds into.
    pub target_directory: PathBuf,
}

/// One package.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it says of itself.
    pub description: Option<String>,
    /// The registries it may be published to: `None` for any, empty for none.
    pub publish: Option<Vec<String>>,
    /// The licence it is under.
    pub license: Option<String>,
    /// Its manifest.
    pub manifest_path: PathBuf,
    /// What it depends on, inside the workspace and outside.
    pub dependencies: Vec<Dependency>,
    /// Its features, each with what it turns on.
    pub features: BTreeMap<String, Vec<String>>,
    /// What cargo can build of it.
    pub targets: Vec<Target>,
}

/// Something cargo can build of a package.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What it is, for example `lib` or `bench`.
    pub kind: Vec<String>,
}

/// A line in the dependencies of a package.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Dependency {
    /// The package depended on.
    pub name: String,
    /// `*` when no version is given.
    pub req: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
    /// Where it is, for a package of the workspace.
    pub path: Option<PathBuf>,
}

impl Workspace {
    /// Asks cargo for the workspace this program was built from.
    ///
    /// # Errors
    ///
    /// When cargo cannot be run or refuses a manifest.
    pub fn load() -> anyhow::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut command = cargo();
        command.args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"]);
        let text = output(command.arg(manifest))?;
        serde_json::from_str(&text).context("cargo metadata is not as expected")
    }

    /// The packages that are made for others and can be published.
    pub fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.publish.is_none())
    }

    /// A command of cargo that runs in the root of the workspace.
    #[must_use]
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).args(arguments);
        command
    }

    /// A path below the root, as it should be shown.
    #[must_use]
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

impl Package {
    /// The directory of the manifest.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    /// The text of a file of the package, or `None` when there is no such file.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.directory().join(path)).ok()
    }
}

/// Runs a command to its end, with its output where ours goes.
///
/// # Errors
///
/// When it cannot be run or does not succeed; the error shows the command.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("{shown} does not run"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// Runs a command to its end and gives what it writes.
///
/// # Errors
///
/// When it cannot be run, does not succeed or writes something other than UTF-8; the error shows
/// the command and what it complains of.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    output_with_complaints(command).map(|(output, _)| output)
}

/// As [`output`], and what the command writes where complaints go.
///
/// # Errors
///
/// As [`output`].
pub fn output_with_complaints(command: &mut Command) -> anyhow::Result<(String, String)> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("{shown} does not run"))?;
    if !output.status.success() {
        bail!("{shown}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    let output = String::from_utf8(output.stdout);
    Ok((output.with_context(|| format!("{shown} does not write UTF-8"))?, complaints))
}

/// The cargo that runs us, so that a chosen toolchain stays chosen.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = [program].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
