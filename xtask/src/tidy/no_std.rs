//! What the lower layers promise in their first lines.

use super::layering::{LAST_NO_STD_LAYER, layer_of};
use super::{Findings, Workspace};

/// Checks that the libraries of the lower layers are `no_std` and that no crate has unsafe code.
///
/// # Errors
///
/// None; the signature is that of every check.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    for package in &workspace.packages {
        let roots = ["src/lib.rs", "src/main.rs"].map(|path| package.file(path));
        let asked = match layer_of(&package.name) {
            Some(layer) if layer <= LAST_NO_STD_LAYER => {
                &["#![no_std]", "#![forbid(unsafe_code)]"][..]
            }
            // The lint table of the workspace forbids unsafe code everywhere.
            _ => &[],
        };
        for attribute in asked {
            let has = |text: &String| text.lines().any(|line| line == *attribute);
            if !roots.iter().flatten().any(has) {
                findings.problems.push(format!("{} does not say {attribute}", package.name));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn lower_layers_are_no_std() {
        crate::tidy::assert_clean(super::check);
    }
}
