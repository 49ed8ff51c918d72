//! `dukpt explain`: every step of a derivation, with check values in the place of keys.

use clap::Args;
use dukpt::{Step, StepKind};
use serde::Serialize;

use super::ksn::{Above, Initial, Ksn};
use super::purpose::{KeyType, usual_type};
use super::refused;
use crate::failure::Failure;
use crate::page::Page;
use crate::session::{Report, Session};
use crate::words;

/// Show the check value of every key on the way to a transaction
#[derive(Args, Debug)]
#[command(after_help = "\
Compare the check values with those that the other side shows: the first that differs is where the
derivations part. Counters that no device should use are shown too. No key is shown.")]
pub(super) struct Arguments {
    #[command(flatten)]
    above: Above,
    /// The key serial number: 20 hex digits for TDES, 24 for AES
    #[arg(long)]
    ksn: String,
    /// The type of the working keys of AES DUKPT, instead of that of their initial key
    #[arg(long, value_enum, value_name = "TYPE")]
    key_type: Option<KeyType>,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let ksn = Ksn::parse(&self.ksn)?;
        let initial = self.above.initial_key(session, ksn)?;
        let mut steps = Vec::new();
        let show = |step: &Step| steps.push(StepShown::new(step));
        let (scheme, ksn) = match &initial {
            Initial::Tdes(initial, ksn) => {
                initial.explain(ksn.counter(), show);
                ("TDES", ksn.to_string())
            }
            Initial::Aes(initial, ksn) => {
                let usual = usual_type(initial.secret_key());
                let key_type = self.key_type.map_or(usual, Into::into);
                let explained = initial.explain(ksn.counter(), key_type, show);
                explained.map_err(|error| refused(&error))?;
                ("AES", ksn.to_string())
            }
        };
        session.show(&Explained { scheme, ksn, steps })
    }
}

/// The way to a transaction.
#[derive(Debug, Serialize)]
struct Explained {
    scheme: &'static str,
    ksn: String,
    steps: Vec<StepShown>,
}

#[derive(Debug, Serialize)]
struct StepShown {
    step: String,
    input: String,
    check_value: String,
    check_value_method: &'static str,
}

impl StepShown {
    fn new(step: &Step) -> Self {
        let value = step.check_value();
        Self {
            step: match step.kind() {
                StepKind::InitialKey => "initial key".into(),
                StepKind::Intermediate { counter } => format!("counter {counter:X}"),
                StepKind::WorkingKey(purpose) => purpose.to_string(),
                _ => String::new(),
            },
            input: base16ct::upper::encode_string(step.input()),
            check_value: value.to_string(),
            check_value_method: words::kcv_method(value.method()),
        }
    }
}

impl Report for Explained {
    fn write(&self, page: &mut Page) {
        page.heading(&format!("the way to {} by {} DUKPT", self.ksn, self.scheme));
        page.widen_labels(30);
        for StepShown { step, input, check_value, check_value_method } in &self.steps {
            let words = format!("{check_value_method}, of {input}");
            page.row_in_words(step, check_value, &words);
        }
    }
}
