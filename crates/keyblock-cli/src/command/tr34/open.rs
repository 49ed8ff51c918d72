//! `tr34 open`: a key out of a key token.

use std::path::PathBuf;

use clap::Args;
use getrandom::SysRng;
use payment_pki::{TrustAnchor, UnixTime};
use serde::Serialize;
use tr34::{Binding, Krd, KtKdh, Policy};

use super::policy::{RelaxationName, nonce};
use crate::certificates::{leaf_and_others, of_files};
use crate::command::cert::verify::{RelaxationName as PathRelaxation, policy};
use crate::encoded::decode;
use crate::failure::Failure;
use crate::input;
use crate::key_block::{FindingShown, KeyShown, write_findings};
use crate::key_out::{KeyOut, Written};
use crate::key_source::KeySource;
use crate::page::Page;
use crate::private_key;
use crate::session::{Report, Session};
use crate::time;
use crate::token::{Fact, findings, layout, of_header, refused};

/// Verify a key token (KT_KDH), open it and show the check value of its key
#[derive(Args, Debug)]
#[command(after_help = "\
The clear key leaves only with --key-out or --components-out. Nothing is remembered between runs: a
token that was opened before opens again, so give the nonce, or with --newer-than the time of signing
of the last token.")]
pub(super) struct Arguments {
    /// The text itself, file:PATH, or - for standard input: DER, hex, base64 or PEM
    #[arg(default_value = "-")]
    token: String,
    /// The certificate of the receiver
    #[arg(long, value_name = "FILE")]
    krd_certificate: PathBuf,
    /// Where the private key of the receiver is: PKCS#8 or PKCS#1, in PEM or DER
    #[arg(long, value_name = "SOURCE")]
    krd_key: KeySource,
    /// The certificate of the sender, and those of its authorities behind it
    #[arg(long, value_name = "FILE")]
    kdh_certificate: PathBuf,
    /// An authority of senders that is trusted; may be given more than once
    #[arg(long, value_name = "FILE", required = true)]
    kdh_anchor: Vec<PathBuf>,
    /// The nonce that the token answers, in hex
    #[arg(long, value_name = "NONCE")]
    nonce: Option<String>,
    /// Refuse one-pass tokens that were signed at this time or before
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    newer_than: Option<UnixTime>,
    /// The time, instead of now: YYYY-MM-DDThh:mm:ssZ
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    /// What to let pass of the token; may be given more than once
    #[arg(long, value_enum, value_name = "RELAXATION")]
    allow: Vec<RelaxationName>,
    /// What to let pass of certificates; may be given more than once
    #[arg(long, value_enum, value_name = "RELAXATION")]
    allow_path: Vec<PathRelaxation>,
    #[command(flatten)]
    key_out: KeyOut,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.check_readers([
            input::is_standard_input(&self.token),
            self.krd_key.reads_standard_input(),
        ])?;
        let der = decode(&input::bytes(session, &self.token)?)?;
        let refused = |error: tr34::Error| refused(&error, &der);
        let token = KtKdh::parse(&der).map_err(refused)?;
        let (sender, intermediates) = leaf_and_others(&self.kdh_certificate)?;
        let receiver = self.receiver()?.with_intermediates(intermediates);
        let mut binding = Binding::to(sender);
        if let Some(digits) = &self.nonce {
            binding = binding.with_outstanding_nonce(nonce(digits)?);
        }
        if let Some(time) = self.newer_than {
            binding = binding.with_last_accepted_time(time);
        }
        let verified = receiver.verify(&mut binding, &token, time::or_now(self.at));
        let verified = verified.map_err(refused)?;
        let key = private_key::for_decryption(&self.krd_key, session, "receiver's key")?;
        let received = verified.open(&key, &mut SysRng).map_err(refused)?;
        let (header, algorithm) = (received.header(), received.algorithm());
        session.show(&Opened {
            facts: of_header(header.header(), header.text()),
            layout: received.layout().code(),
            layout_in_words: layout(received.layout()),
            signing_time: received.signing_time().map(time::text),
            key: KeyShown::new(received.key(), Some(algorithm.family())),
            findings: findings(received.findings()),
            written: self.key_out.write(received.key(), Some(algorithm))?,
        })
    }

    fn receiver(&self) -> Result<Krd, Failure> {
        let (own, _) = leaf_and_others(&self.krd_certificate)?;
        let anchors = of_files(&self.kdh_anchor)?.into_iter().map(TrustAnchor::new).collect();
        let policy = Policy::strict().with_path_policy(policy(&self.allow_path));
        let policy = self.allow.iter().fold(policy, |policy, &name| policy.with(name.into()));
        Krd::new(own, anchors, policy).map_err(|error| refused(&error, &[]))
    }
}

#[derive(Debug, Serialize)]
struct Opened {
    facts: Vec<Fact>,
    layout: char,
    #[serde(skip)]
    layout_in_words: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    key: KeyShown,
    findings: Vec<FindingShown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<Written>,
}

impl Report for Opened {
    fn write(&self, page: &mut Page) {
        page.heading("TR-34 key token, verified");
        self.facts.iter().for_each(|fact| fact.write(page));
        page.row_in_words("layout", &self.layout.to_string(), self.layout_in_words);
        if let Some(time) = &self.signing_time {
            page.row("time of signing", time);
        }
        self.key.write(page);
        self.written.iter().for_each(|written| written.show(page));
        write_findings(&self.findings, page);
    }
}
