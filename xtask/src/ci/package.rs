//! The packages as they would be published.

use anyhow::bail;

use crate::workspace::{Workspace, output_with_complaints};

/// What every package carries beside its source.
const CARRIED: [&str; 4] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// The one thing cargo may complain of: the project has no address that a manifest could name.
const TOLERATED: &str = "warning: manifest has no documentation, homepage or repository";

/// Packs all packages that are made for others, without building them once more, and refuses what
/// cargo complains of: a description or licence that is missing, a path without a version.
pub(super) fn carry_out(workspace: &Workspace) -> anyhow::Result<()> {
    // What cargo has seen of the registry is enough, unless it has never had to look.
    let complaints = pack(workspace, &["--offline"]).or_else(|_| pack(workspace, &[]))?;
    let mut problems: Vec<_> = warnings(&complaints).map(str::to_owned).collect();
    for package in workspace.published() {
        let arguments = ["package", "--list", "--allow-dirty", "--package", &package.name];
        let (files, _) = output_with_complaints(&mut workspace.cargo(&arguments))?;
        for file in CARRIED.iter().filter(|file| files.lines().all(|line| line != **file)) {
            problems.push(format!("{} is published without {file}", package.name));
        }
    }
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(())
}

/// Packs, and gives what cargo complains of.
fn pack(workspace: &Workspace, options: &[&str]) -> anyhow::Result<String> {
    // What is in the working copy is what is meant, committed or not.
    let arguments = ["package", "--workspace", "--no-verify", "--allow-dirty", "--target-dir"];
    let mut command = workspace.cargo(&arguments);
    command.arg(workspace.target_directory.join("package-check")).args(options);
    for package in workspace.packages.iter().filter(|package| package.publish.is_some()) {
        command.args(["--exclude", &package.name]);
    }
    output_with_complaints(&mut command).map(|(_, complaints)| complaints)
}

fn warnings(complaints: &str) -> impl Iterator<Item = &str> {
    complaints.lines().filter(|line| line.starts_with("warning: ") && *line != TOLERATED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_description_is_refused_and_a_missing_address_is_not() {
        let complaints = format!("{TOLERATED}\n  |\nwarning: manifest has no description\n");
        assert_eq!(
            warnings(&complaints).collect::<Vec<_>>(),
            ["warning: manifest has no description"]
        );
    }
}
