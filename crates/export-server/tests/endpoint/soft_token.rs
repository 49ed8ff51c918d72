//! Tokens of SoftHSM.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::program::private_file;

const USUAL_PLACES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];

pub(crate) fn module() -> PathBuf {
    let given = env::var_os("SOFTHSM2_MODULE").map(PathBuf::from);
    let usual = || USUAL_PLACES.map(PathBuf::from).into_iter().find(|path| path.exists());
    given.or_else(usual).expect("SoftHSM is not installed, or SOFTHSM2_MODULE must name it")
}

/// Makes a token called `keys` in a directory and answers the settings.
pub(crate) fn make_token(directory: &Path, pin: &str) -> PathBuf {
    let tokens = directory.join("tokens");
    fs::create_dir(&tokens).unwrap();
    let settings = format!("directories.tokendir = {}\n", tokens.display());
    let settings = private_file(directory, "softhsm2.conf", &settings);
    let arguments = ["--init-token", "--free", "--label", "keys", "--so-pin", "87654321"];
    run(&settings, Command::new("softhsm2-util").args(arguments).args(["--pin", pin]));
    settings
}

/// Puts a key of a file into the token, as its key `root`, which it never leaves.
#[cfg(target_os = "linux")]
pub(crate) fn import_root_key(settings: &Path, pin: &str, key: &Path) {
    let mut command = Command::new("softhsm2-util");
    command.arg("--import").arg(key).args(["--aes", "--token", "keys", "--pin", pin]);
    run(settings, command.args(["--label", "root", "--id", "A1B2"]));
}

fn run(settings: &Path, command: &mut Command) {
    let output = command.env("SOFTHSM2_CONF", settings).output();
    let output = output.expect("softhsm2-util is not installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
