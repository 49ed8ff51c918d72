//! Keys: where they may come from, and that nobody sees them.

use keyblock_cli::program;

use crate::support::keyblock;

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";

/// Every command that does something, as a path of names.
fn commands() -> Vec<(Vec<String>, clap::Command)> {
    fn walk(
        path: &[String],
        command: &clap::Command,
        found: &mut Vec<(Vec<String>, clap::Command)>,
    ) {
        let mut below = command.get_subcommands().filter(|it| it.get_name() != "help").peekable();
        if below.peek().is_none() {
            found.push((path.to_vec(), command.clone()));
        }
        for sub in below {
            walk(&[path, &[sub.get_name().to_owned()]].concat(), sub, found);
        }
    }
    let mut found = Vec::new();
    walk(&[], &program(), &mut found);
    assert!(found.len() >= 3, "{}", found.len());
    found
}

/// What may stand behind an option: none of it is a key.
const VALUE_NAMES: &[&str] = &[
    "ALGORITHM",
    "BLOCK",
    "BYTES",
    "CERTIFICATE",
    "CHECK_VALUES",
    "CODE",
    "COUNT",
    "CRYPTOGRAM",
    "DIR",
    "FILE",
    "HASH",
    "HEADER",
    "ID=DATA",
    "KSN",
    "LINES",
    "METHOD",
    "NAME=SOURCE",
    "NONCE",
    "PROFILE",
    "PURPOSE",
    "RELAXATION",
    "ROLE",
    "SHELL",
    "SOURCE",
    "TIME",
    "TOKEN",
    "TYPE",
    "VALUE",
];

#[test]
fn no_help_offers_an_argument_that_takes_a_key() {
    for (path, command) in commands() {
        for argument in command.get_arguments().filter(|it| it.get_action().takes_values()) {
            let id = argument.get_id().as_str();
            let names: Vec<_> = argument.get_value_names().unwrap_or_default().to_vec();
            for name in &names {
                assert!(VALUE_NAMES.contains(&name.as_str()), "{path:?} {id}: {name}");
            }
            let speaks_of_keys =
                ["key", "kbpk", "bdk", "component"].iter().any(|word| id.contains(word));
            if speaks_of_keys {
                let harmless = ["SOURCE", "NAME=SOURCE", "FILE", "CODE", "COUNT", "TYPE"];
                assert!(
                    names.iter().all(|name| harmless.contains(&name.as_str())),
                    "{path:?} {id}"
                );
            }
        }
        // The text that people see says the same.
        let help = keyblock(path.iter().map(String::as_str).chain(["--help"])).run().done();
        for line in help.lines().map(str::trim).filter(|line| line.starts_with("--")) {
            assert!(!line.contains("<KEY>") && !line.contains("<HEX>"), "{path:?}: {line}");
        }
    }
}

#[test]
fn a_key_given_for_a_source_is_refused_and_not_repeated() {
    let mut tried = 0;
    for (path, command) in commands() {
        let takes_source = |argument: &&clap::Arg| {
            let names = argument.get_value_names().unwrap_or_default();
            names.iter().any(|name| name.contains("SOURCE"))
        };
        for argument in command.get_arguments().filter(takes_source) {
            let option = format!("--{}", argument.get_long().unwrap());
            for value in [
                KEY.to_owned(),
                KEY.to_lowercase(),
                format!("hex:{KEY}"),
                format!("env:{KEY}"),
                "FEDC".to_owned(),
            ] {
                let arguments = path.iter().map(String::as_str).chain([option.as_str(), &value]);
                let ran = keyblock(arguments).run();
                assert_eq!(ran.code, Some(2), "{path:?} {option}");
                let said = ran.out + &ran.err;
                let digits = value.rsplit(':').next().unwrap();
                assert!(!said.contains(digits), "{said}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 10, "{tried}");
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    let grouped = "0123 4567 89AB CDEF FEDC BA98 7654 3210";
    for text in [grouped.to_owned(), grouped.replace(' ', ":")] {
        let ran = keyblock(["kcv", &text]).run();
        assert_eq!(ran.code, Some(2));
        assert!(!ran.err.contains("4567"), "{}", ran.err);
    }
    let block = keyblock(["inspect", KEY]).run();
    assert_eq!(block.code, Some(1));
    assert!(!(block.out + &block.err).contains(&KEY[..8]), "a key for a block");
    for arguments in [["kcv", KEY], ["open", "--key-hex"], [KEY, KEY]] {
        let ran = keyblock(arguments.into_iter().chain([KEY])).run();
        assert_eq!(ran.code, Some(2));
        assert!(!(ran.out + &ran.err).contains(KEY));
    }
}

#[test]
fn keys_come_from_files_variables_and_standard_input() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    std::fs::write(&path, format!("  {}\r\n", KEY.to_lowercase())).unwrap();
    set_mode(&path, 0o600);
    let file = format!("file:{}", path.display());
    let kcv = |source: &str| keyblock(["kcv", "--algorithm", "tdes", "--key", source]);
    let expected = "TDES of double length 08D7B4  ANSI X9.24\n";
    assert_eq!(kcv(&file).run().done(), expected);
    assert_eq!(kcv("env:THE_KEY").env("THE_KEY", KEY).run().done(), expected);
    assert_eq!(kcv("-").input(KEY).run().done(), expected);
    assert_eq!(kcv("stdin").input(format!("\n{KEY}\n")).run().done(), expected);

    set_mode(&path, 0o644);
    let ran = kcv(&file).run();
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), expected));
    assert!(ran.err.contains("can be read by others"), "{}", ran.err);
}

#[test]
fn sources_that_cannot_be_used_are_usage() {
    let kcv = |source: &str| keyblock(["kcv", "--key", source]).run();
    for source in ["file:/no/such/file", "env:NO_SUCH_VARIABLE_IS_SET"] {
        let ran = kcv(source);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{source}");
    }
    let both = keyblock(["open", "--kbpk", "-"]).input(KEY).run();
    assert_eq!(both.code, Some(2));
    assert!(both.err.contains("standard input can serve one thing only"), "{}", both.err);
}

#[test]
fn texts_that_are_no_key_are_refused_without_their_characters() {
    for (text, code) in [
        ("", "KeyEmpty"),
        ("0123456789ABCDEFFEDCBA987654321", "KeyHalfByte"),
        ("0123456789ABCDEF FEDCBA9876543210", "KeyNotHex"),
    ] {
        let ran = keyblock(["kcv", "--json", "--key", "-"]).input(text).run();
        assert_eq!(ran.refused(), code);
        assert!(!ran.out.contains("0123456789"), "{}", ran.out);
    }
}

#[test]
fn an_expected_check_value_is_compared() {
    let kcv = |value: &str| {
        let arguments = ["kcv", "--json", "--key", "-", "--algorithm", "tdes", "--expect", value];
        keyblock(arguments).input(KEY).run()
    };
    assert_eq!(kcv("08d7").code, Some(0));
    assert_eq!(kcv("08D7B5").refused(), "KcvMismatch");
    assert_eq!(kcv("08").refused(), "KcvLength");
}

fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A terminal of its own for the program, and what is seen on it.
#[cfg(target_os = "linux")]
mod terminal {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::OwnedFd;
    use std::process::{Child, Command, Stdio};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    const BLOCK: &str = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";

    struct Terminal {
        screen: File,
        child: Child,
        seen: String,
    }

    impl Terminal {
        /// The program asks at its terminal for the KBPK of a block.
        fn open() -> Self {
            let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
            grantpt(&controller).unwrap();
            unlockpt(&controller).unwrap();
            let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
            let line = || File::options().read(true).write(true).open(&name).unwrap();
            let child = Command::new("setsid")
                .args(["--wait", "--ctty", env!("CARGO_BIN_EXE_keyblock")])
                .args(["open", BLOCK, "--kbpk", "prompt"])
                .stdin(Stdio::from(OwnedFd::from(line())))
                .stdout(Stdio::from(OwnedFd::from(line())))
                .stderr(Stdio::from(OwnedFd::from(line())))
                .spawn()
                .unwrap();
            Self { screen: controller.into(), child, seen: String::new() }
        }

        fn wait_for(&mut self, text: &str) {
            let mut bytes = [0; 256];
            while !self.seen.contains(text) {
                let count = self.screen.read(&mut bytes).unwrap();
                self.seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        }

        fn type_in(&mut self, keys: &str) {
            self.screen.write_all(keys.as_bytes()).unwrap();
        }
    }

    #[test]
    fn a_prompted_key_is_not_seen() {
        let mut terminal = Terminal::open();
        terminal.wait_for("KBPK: ");
        terminal.type_in("89e88cf7931444f334bd7547fc3f380cX\u{7f}\n");
        terminal.wait_for("CB9DEA");
        assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
        assert!(!terminal.seen.to_lowercase().contains("89e88c"), "{}", terminal.seen);
        assert!(terminal.seen.contains("\u{1b}["), "a terminal has colours");
    }

    #[test]
    fn an_interrupted_prompt_is_usage() {
        let mut terminal = Terminal::open();
        terminal.wait_for("KBPK: ");
        terminal.type_in("89e8\u{3}");
        terminal.wait_for("interrupted");
        assert_eq!(terminal.child.wait().unwrap().code(), Some(2));
    }
}
