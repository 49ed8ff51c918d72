//! The disk of a server, which fails on order.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What the file of orders holds, as `failing_disk.c` reads it.
const KIND: u64 = 0;
const ONLY: u64 = 4;
const COUNTDOWN: u64 = 36;
const ERROR: u64 = 40;
const IS_SHORT: u64 = 44;
const ROOM: u64 = 48;
const FIRED: u64 = 56;
const CALL: u64 = 60;
const LENGTH: usize = 80;

const FAIL_ONE: u32 = 1;
const FULL: u32 = 2;
const FAIL_SYNCS: u32 = 3;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// How a call fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    InputOutput,
    NoSpace,
    /// Half of it is written, and the call that follows fails.
    Short,
}

pub(crate) struct Disk {
    directory: TempDir,
    library: PathBuf,
    orders: File,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let library = directory.path().join("failing_disk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/failing_disk.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status()
            .unwrap();
        assert!(compiled.success());
        let path = directory.path().join("orders");
        fs::write(&path, [0; LENGTH]).unwrap();
        let orders = File::options().read(true).write(true).open(path).unwrap();
        Self { directory, library, orders }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Puts this disk under a program.
    pub(crate) fn under(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAILING_DISK_ORDERS", self.directory.path().join("orders"))
            .env("FAILING_DISK_DIRECTORY", self.data());
    }

    /// From now on, lets one call fail that changes a file.
    pub(crate) fn fail(&self, call: i32, fault: Fault) {
        let error = if matches!(fault, Fault::InputOutput) { EIO } else { ENOSPC };
        self.heal();
        self.put(COUNTDOWN, &call.to_ne_bytes());
        self.put(ERROR, &error.to_ne_bytes());
        self.put(IS_SHORT, &u32::from(matches!(fault, Fault::Short)).to_ne_bytes());
        self.put(KIND, &FAIL_ONE.to_ne_bytes());
    }

    /// From now on, lets only so many bytes be written, to files whose path contains a text.
    pub(crate) fn fill(&self, only: &str, room: i64) {
        self.heal();
        self.put(ONLY, only.as_bytes());
        self.put(ROOM, &room.to_ne_bytes());
        self.put(KIND, &FULL.to_ne_bytes());
    }

    /// From now on, takes what is written to files whose path contains a text, and syncs none of it.
    pub(crate) fn fail_syncs(&self, only: &str) {
        self.heal();
        self.put(ONLY, only.as_bytes());
        self.put(KIND, &FAIL_SYNCS.to_ne_bytes());
    }

    /// Lets nothing fail; says which call has failed, if one has.
    pub(crate) fn heal(&self) -> Option<String> {
        let mut fired = [0; 24];
        self.orders.read_exact_at(&mut fired, FIRED).unwrap();
        let (count, call) = fired.split_at(usize::try_from(CALL - FIRED).unwrap());
        let call = String::from_utf8_lossy(call).trim_end_matches('\0').to_owned();
        let has_failed = count != [0; 4];
        self.put(0, &[0; LENGTH]);
        has_failed.then_some(call)
    }

    fn put(&self, at: u64, bytes: &[u8]) {
        self.orders.write_all_at(bytes, at).unwrap();
    }
}
