//! `cargo xtask conformance --against COMMAND`: another implementation, in a process of its own.

use std::io::{self, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::operation::{Members, Operation};
use super::protocol::{ErrorKinds, Hello, Introduction, Question, Response, VERSION, read_line};
use super::subject::{Reply, Subject};

/// How long an answer may take where nothing else is asked for.
pub const USUAL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a process may take to end after its input has.
const FAREWELL: Duration = Duration::from_secs(2);

/// A process that answers cases line by line.
#[derive(Debug)]
pub struct Peer {
    process: Child,
    command: String,
    name: String,
    kinds: ErrorKinds,
    timeout: Duration,
    /// `None` when no more is to be asked. A thread writes, since a process that does not read
    /// lets a writer wait for ever.
    questions: Option<Sender<String>>,
    answers: Receiver<io::Result<Option<Vec<u8>>>>,
}

impl Peer {
    /// Starts a command, its words apart by spaces, and lets it introduce itself.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or does not introduce itself in time.
    pub fn from_words(command: &str, timeout: Duration) -> anyhow::Result<Self> {
        let mut words = command.split_whitespace();
        let program = words.next().context("--against needs a command")?;
        Self::start(Command::new(program).args(words), timeout)
    }

    /// Starts a command and lets it introduce itself.
    ///
    /// # Errors
    ///
    /// As [`Peer::from_words`].
    pub fn start(command: &mut Command, timeout: Duration) -> anyhow::Result<Self> {
        let shown = command.get_program().to_string_lossy().into_owned();
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.with_context(|| format!("{shown} cannot be started"))?;
        let (mut stdin, stdout) = match (process.stdin.take(), process.stdout.take()) {
            (Some(stdin), Some(stdout)) => (stdin, stdout),
            _ => bail!("{shown} has no standard input or output"),
        };
        let (questions, to_write) = mpsc::channel::<String>();
        thread::spawn(move || {
            // Where writing fails, the process has ended, which its output tells.
            to_write.iter().try_for_each(|line| stdin.write_all(line.as_bytes()))
        });
        let (to_send, answers) = mpsc::channel();
        thread::spawn(move || {
            let mut source = BufReader::new(stdout);
            loop {
                let line = read_line(&mut source);
                let is_last = !matches!(line, Ok(Some(_)));
                if to_send.send(line).is_err() || is_last {
                    break;
                }
            }
        });
        let mut this = Self {
            process,
            name: shown.clone(),
            command: shown,
            kinds: ErrorKinds::Own,
            timeout,
            questions: Some(questions),
            answers,
        };
        let introduction = this.exchange(&Hello { protocol: VERSION }, "hello")?;
        let Introduction { protocol, implementation, error_kinds } = introduction;
        ensure!(protocol == VERSION, "{}: speaks protocol {protocol}, not {VERSION}", this.command);
        (this.name, this.kinds) = (implementation, error_kinds);
        Ok(this)
    }

    /// Says one line and waits for one. `what` names the line in errors.
    fn exchange<T: DeserializeOwned>(
        &mut self,
        message: &impl Serialize,
        what: &str,
    ) -> anyhow::Result<T> {
        let line = format!("{}\n", serde_json::to_string(message)?);
        if let Some(questions) = &self.questions {
            // A writer that is gone tells that the process is, and so will its output.
            _ = questions.send(line);
        }
        let command = &self.command;
        match self.answers.recv_timeout(self.timeout) {
            Ok(Ok(Some(line))) => serde_json::from_slice(&line).with_context(|| {
                let begin = String::from_utf8_lossy(&line).chars().take(80).collect::<String>();
                format!("{command}: to {what}, this is no answer: {begin:?}")
            }),
            Ok(Err(error)) => Err(anyhow!("{command}: to {what}: {error}")),
            Err(RecvTimeoutError::Timeout) => {
                bail!("{command}: no answer to {what} within {:?}", self.timeout)
            }
            Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => {
                let status = self.farewell().map(|status| format!(" ({status})"));
                bail!("{}: ended at {what}{}", self.command, status.unwrap_or_default())
            }
        }
    }

    /// Ends the input and waits for the process, though not for long.
    fn farewell(&mut self) -> Option<std::process::ExitStatus> {
        self.questions = None;
        let start = Instant::now();
        while start.elapsed() < FAREWELL {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Subject for Peer {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&mut self, operation: &Operation, id: &str, inputs: Members) -> anyhow::Result<Reply> {
        let what = format!("{} {id}", operation.name);
        let question = Question { id: id.to_owned(), operation: operation.name.into(), inputs };
        let response: Response = self.exchange(&question, &what)?;
        ensure!(response.id == id, "{}: to {what}, it answers {}", self.command, response.id);
        let reply = response.into_reply(self.kinds);
        reply.with_context(|| {
            let command = &self.command;
            format!("{command}: to {what}, one of outputs, error, unsupported, failure is needed")
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if self.farewell().is_none() {
            // It may have ended in between.
            _ = self.process.kill();
            _ = self.process.wait();
        }
    }
}
