//! Completions, manual pages and the README.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::keyblock;

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = keyblock(["completions", shell]).run().done();
        for word in ["translate", "from-kbpk", "explain"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(keyblock(["completions", "sh"]).run().code, Some(2));
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("man1");
    let told = keyblock(["man", path.to_str().unwrap()]).run().done();
    let mut names: Vec<_> = fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(told.starts_with(&format!("{} pages in ", names.len())), "{told}");
    for name in ["keyblock.1", "keyblock-open.1", "keyblock-dukpt-explain.1"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let page = fs::read_to_string(path.join("keyblock-open.1")).unwrap();
    assert!(page.contains("kbpk") && page.contains("SOURCE"), "{page}");
}

/// Every command in the README does what stands below it.
#[test]
fn the_readme_is_right() {
    let readme = include_str!("../../README.md");
    let directory = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_keyblock"));
    let mut paths = vec![program.parent().unwrap().to_path_buf()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let path = std::env::join_paths(paths).unwrap();
    for (name, text) in [
        ("kbpk.hex", "89E88CF7931444F334BD7547FC3F380C\n"),
        ("bdk.hex", "0123456789ABCDEFFEDCBA9876543210\n"),
        ("pin.block", "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701\n"),
    ] {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut ran = 0;
    for session in readme.split("```console\n").skip(1) {
        let session = session.split("```").next().unwrap();
        for step in session.split("$ ").skip(1) {
            let (mut command, mut expected) = step.split_once('\n').unwrap();
            let joined;
            if command.ends_with('\\') {
                let (more, rest) = expected.split_once('\n').unwrap();
                joined = format!("{command}\n{more}");
                (command, expected) = (&joined, rest);
            }
            let output = Command::new("sh")
                .args(["-c", &format!("umask 077; {command}")])
                .current_dir(&directory)
                .env("PATH", &path)
                .env_remove("CLICOLOR_FORCE")
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            assert_eq!(said.trim_end(), expected.trim_end(), "{command}");
            ran += 1;
        }
    }
    assert!(ran == 8, "{ran}");
}
