//! Features, each without the others.

use std::io::Write;

use crate::workspace::{Workspace, run};

/// Features that add to others and do not build without one of them: the package, the feature, and
/// what it is tried beside.
const BESIDE: &[(&str, &str, &str)] = &[
    ("export-server", "mimalloc", "rustcrypto-rsa"),
    ("export-server", "otel", "rustcrypto-rsa"),
    ("export-server", "pkcs11", "rustcrypto-rsa"),
];

/// Features that are off by default and have tests of their own: the package, the feature, the test
/// program, and what the names of the tests begin with.
const TESTED: &[(&str, &str, &str, &str)] = &[("export-server", "otel", "endpoint", "traces::")];

/// Checks every crate that has features with each of them alone, and runs the tests of those that
/// are off. With its defaults each crate is built anyway, and the `no_std` step builds without any.
pub(super) fn carry_out(workspace: &Workspace, out: &mut impl Write) -> anyhow::Result<()> {
    for package in workspace.published() {
        let default = package.features.get("default").map(Vec::as_slice).unwrap_or_default();
        let is_tried = |feature: &&String| *feature != "default" && default != [(*feature).clone()];
        for feature in package.features.keys().filter(is_tried) {
            let beside = BESIDE.iter().find(|it| (it.0, it.1) == (&*package.name, &**feature));
            let features = beside.map_or(feature.clone(), |it| format!("{feature},{}", it.2));
            writeln!(out, "{} with {features}", package.name)?;
            let mut command = workspace.cargo(&["check", "--quiet", "--no-default-features"]);
            run(command.args(["--package", &package.name, "--features", &features]))?;
        }
    }
    for (package, feature, program, tests) in TESTED {
        writeln!(out, "tests of {package} with {feature}")?;
        let mut command = workspace.cargo(&["test", "--quiet", "--package", package]);
        run(command.args(["--features", feature, "--test", program, tests]))?;
    }
    Ok(())
}
