//! The program with its memory open to the test.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::param::page_size;

use super::scanner::{Find, Scanner};
use crate::program::Running;

/// A server that runs, and its memory.
///
/// The program closes its memory to others as it starts. Its parent may open it before that, and
/// what is open stays so: no switch in the program is needed for this.
pub(crate) struct Watched {
    pub(crate) server: Running,
    memory: File,
    mappings: File,
    pages: File,
}

/// The size of what the kernel says of each page, and the bits that say that it is somewhere: in
/// memory or in swap.
const ENTRY: usize = 8;
const IS_SOMEWHERE: u64 = 1 << 63 | 1 << 62;

/// What lay in files or in memory: a place, and the bytes there.
pub(crate) type Places = Vec<(String, Vec<u8>)>;

impl Watched {
    /// Starts the program, again if it was quicker than the test.
    pub(crate) fn start(mut command: impl FnMut() -> Command) -> Self {
        for _ in 0..200 {
            let mut child = command().stdout(Stdio::piped()).spawn().unwrap();
            let open = |file: &str| File::open(format!("/proc/{}/{file}", child.id()));
            let files = [open("mem"), open("maps"), open("pagemap")];
            if let [Ok(memory), Ok(mappings), Ok(pages)] = files {
                return Self { server: Running::greeted(child), memory, mappings, pages };
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        panic!("the memory of the program could not be opened");
    }

    /// All memory that can be read and that has been used.
    pub(crate) fn memory(&mut self) -> Places {
        let mut mappings = String::new();
        self.mappings.seek(SeekFrom::Start(0)).unwrap();
        self.mappings.read_to_string(&mut mappings).unwrap();
        let mut places = Vec::new();
        for line in mappings.lines() {
            let (range, rest) = line.split_once(' ').unwrap();
            // What the kernel shows to every process holds nothing of this one.
            if !rest.starts_with('r') || rest.contains("[v") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let [start, end] = [start, end].map(|it| u64::from_str_radix(it, 16).unwrap());
            for Range { start, end } in self.used(start..end) {
                let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
                // A thread may have ended meanwhile, and its mapping with it.
                if self.memory.read_exact_at(&mut bytes, start).is_ok() {
                    places.push((line.to_owned(), bytes));
                }
            }
        }
        places
    }

    /// The parts of a mapping that were ever used. An allocator may map far more, and reading the rest
    /// would show zeros.
    fn used(&self, mapping: Range<u64>) -> Vec<Range<u64>> {
        let page = u64::try_from(page_size()).unwrap();
        let count = usize::try_from((mapping.end - mapping.start) / page).unwrap();
        let mut entries = vec![0; count * ENTRY];
        let at = mapping.start / page * u64::try_from(ENTRY).unwrap();
        // Where a mapping has gone meanwhile there are no pages, and that is said too.
        self.pages.read_exact_at(&mut entries, at).unwrap();
        let is_used = entries
            .chunks_exact(ENTRY)
            .map(|entry| u64::from_ne_bytes(entry.try_into().unwrap()) & IS_SOMEWHERE != 0);
        let starts = (mapping.start..).step_by(page_size());
        let mut parts: Vec<Range<u64>> = Vec::new();
        for (start, _) in starts.zip(is_used).filter(|(_, is_used)| *is_used) {
            match parts.last_mut() {
                Some(part) if part.end == start => part.end += page,
                _ => parts.push(start..start + page),
            }
        }
        parts
    }

    /// Ends the server.
    pub(crate) fn end(self) {
        self.server.stop(rustix::process::Signal::TERM);
    }
}

/// Every file below a directory.
pub(crate) fn files(directory: &Path) -> Places {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![(path.display().to_string(), fs::read(&path).unwrap())]
        }
    });
    files.collect()
}

/// Everything that is found, with its place.
pub(crate) fn scan<'a>(scanner: &'a Scanner, places: &'a Places) -> Vec<(&'a str, Find<'a>)> {
    let found = places.iter().flat_map(|(place, bytes)| {
        scanner.scan(bytes).into_iter().map(move |find| (place.as_str(), find))
    });
    found.collect()
}
