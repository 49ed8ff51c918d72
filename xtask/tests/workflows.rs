//! The workflows are YAML, and what they call is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::workspace::Workspace;
use yaml_rust2::{Yaml, YamlLoader};

/// Those there have to be, by what each is for.
const NAMES: [&str; 5] = ["audit", "ci", "fuzz", "interop", "release"];

/// A line of a workflow that a shell runs.
struct Line {
    workflow: String,
    words: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn workflow(name: &str) -> Yaml {
    let path = root().join(".github/workflows").join(name).with_extension("yml");
    let text = fs::read_to_string(path).expect("the workflow is there");
    let mut documents = YamlLoader::load_from_str(&text).expect("the workflow is YAML");
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

fn jobs(name: &str) -> Vec<Yaml> {
    workflow(name)["jobs"].as_hash().expect("there are jobs").values().cloned().collect()
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for name in NAMES {
        for job in jobs(name) {
            for step in job["steps"].as_vec().expect("there are steps") {
                for line in step["run"].as_str().unwrap_or_default().lines() {
                    let words = line.split_whitespace().map(str::to_owned).collect();
                    lines.push(Line { workflow: name.into(), words });
                }
            }
        }
    }
    lines
}

fn xtask(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output();
    let output = output.expect("xtask runs");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("xtask writes UTF-8")
}

/// What follows each of the options of this name.
fn values<'a>(words: &'a [String], option: &str) -> Vec<&'a str> {
    let pairs = words.iter().zip(words.iter().skip(1)).filter(|(name, _)| *name == option);
    pairs.map(|(_, value)| value.as_str()).collect()
}

#[test]
fn every_workflow_is_there_and_complete() {
    let files = fs::read_dir(root().join(".github/workflows")).unwrap();
    let files = files.map(|it| it.unwrap().path().file_stem().unwrap().to_owned());
    let files: BTreeSet<_> = files.map(|name| name.into_string().unwrap()).collect();
    assert_eq!(files, NAMES.map(str::to_owned).into());
    for name in NAMES {
        let file = workflow(name);
        assert_eq!(file["name"].as_str(), Some(name));
        assert!(!file["on"].is_badvalue(), "{name} never runs");
        assert_eq!(file["permissions"]["contents"].as_str(), Some("read"), "{name}");
        for job in jobs(name) {
            assert!(job["runs-on"].as_str().is_some(), "{name}");
            assert!(job["timeout-minutes"].as_i64().is_some(), "{name}: a job without a limit");
            for step in job["steps"].as_vec().unwrap() {
                let (run, uses) = (step["run"].as_str(), step["uses"].as_str());
                assert!(run.is_some() != uses.is_some(), "{name}: {step:?}");
            }
        }
    }
}

#[test]
fn every_verb_and_step_that_is_called_exists() {
    let (help, steps) = (xtask(&["help"]), xtask(&["ci", "--list"]));
    let first_words = |text: &str| {
        let words = text.lines().filter_map(|line| line.split_whitespace().next());
        words.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let (verbs, steps) = (first_words(&help), first_words(&steps));
    let mut calls = 0;
    for line in lines() {
        let call = line.words.windows(2).position(|words| words == ["cargo", "xtask"]);
        let Some(at) = call else { continue };
        let verb = &line.words[at + 2];
        assert!(verbs.contains(verb), "{}: no verb {verb}", line.workflow);
        if verb == "fuzz" {
            let call = format!("  fuzz {} ", line.words[at + 3]);
            assert!(help.contains(&call), "{}: no{call}", line.workflow);
        }
        for step in values(&line.words, "--only") {
            assert!(steps.contains(step), "{}: no step {step}", line.workflow);
        }
        calls += 1;
    }
    assert!(calls >= 4, "{calls}");
}

#[test]
fn every_file_and_package_that_is_named_exists() {
    let workspace = Workspace::load().unwrap();
    let packages: BTreeSet<_> = workspace.packages.iter().map(|it| it.name.as_str()).collect();
    for line in lines() {
        for package in ["--package", "--exclude"].iter().flat_map(|it| values(&line.words, it)) {
            assert!(packages.contains(package), "{}: no package {package}", line.workflow);
        }
        let is_path = |word: &&String| word.contains('/') && !word.contains(['$', '*', '=']);
        let of_here = |word: &&String| word.starts_with('.') || word.starts_with("crates/");
        for path in line.words.iter().filter(is_path).filter(of_here) {
            assert!(root().join(path).exists(), "{}: no file {path}", line.workflow);
        }
    }
}

#[test]
fn the_crates_that_are_fuzzed_are_those_with_targets() {
    let has_targets = |directory: &Path| directory.join("fuzz/fuzz_targets").is_dir();
    let workspace = Workspace::load().unwrap();
    let packages = workspace.packages.iter().filter(|it| has_targets(it.directory()));
    let packages: BTreeSet<_> = packages.map(|it| it.name.as_str()).collect();
    let file = workflow("fuzz");
    let matrix = file["jobs"]["fuzz"]["strategy"]["matrix"]["crate"].as_vec().unwrap();
    assert_eq!(matrix.iter().filter_map(Yaml::as_str).collect::<BTreeSet<_>>(), packages);
}

#[test]
fn the_oldest_rust_is_that_of_the_manifest() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let file = workflow("ci");
    let oldest = file["jobs"]["minimum-rust-version"]["env"]["RUSTUP_TOOLCHAIN"].as_str().unwrap();
    let line = format!("rust-version = \"{}\"", oldest.trim_end_matches(".0"));
    assert!(manifest.lines().any(|it| it == line), "{oldest}");
}
