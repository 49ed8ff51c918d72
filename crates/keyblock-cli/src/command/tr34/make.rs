//! `tr34 make`: a key token for a receiver.

use std::path::PathBuf;

use clap::Args;
use getrandom::SysRng;
use payment_pki::{TrustAnchor, Trusted, UnixTime, role, validate};
use serde::Serialize;
use tr34::{Kdh, KeyHeader, KeyTokenSpec, Layout, RtKrd};

use super::policy::{RelaxationName, nonce};
use crate::certificates::{crl_of_file, leaf_and_others, of_files, refused as refused_path};
use crate::command::cert::verify::{RelaxationName as PathRelaxation, policy};
use crate::encoded::decode;
use crate::failure::Failure;
use crate::header::HeaderArguments;
use crate::input;
use crate::key_block::KeyShown;
use crate::key_source::KeySource;
use crate::page::Page;
use crate::private_key;
use crate::session::{Report, Session};
use crate::time;
use crate::token::refused;

/// Make a key token (KT_KDH) for a receiver
#[derive(Args, Debug)]
#[command(after_help = "\
The token goes to standard output in hex. Its freshness is the nonce of the receiver (--nonce or
--request), or the time of signing (--one-pass).")]
pub(super) struct Arguments {
    /// Where the key is that is sent
    #[arg(long, value_name = "SOURCE")]
    key: KeySource,
    #[command(flatten)]
    header: HeaderArguments,
    /// The certificate of the sender
    #[arg(long, value_name = "FILE")]
    kdh_certificate: PathBuf,
    /// Where the private key of the sender is: PKCS#8 or PKCS#1, in PEM or DER
    #[arg(long, value_name = "SOURCE")]
    kdh_key: KeySource,
    /// The authority of the sender, and of its revocation list
    #[arg(long, value_name = "FILE")]
    kdh_anchor: Vec<PathBuf>,
    /// The revocation list of the sender's authority, for layouts that have one
    #[arg(long, value_name = "FILE", requires = "kdh_anchor")]
    crl: Option<PathBuf>,
    /// The certificate of the receiver, and those of its authorities behind it
    #[arg(long, value_name = "FILE")]
    krd_certificate: PathBuf,
    /// An authority of receivers that is trusted; may be given more than once
    #[arg(long, value_name = "FILE", required = true)]
    krd_anchor: Vec<PathBuf>,
    #[command(flatten)]
    freshness: Freshness,
    /// The layout: A, B, C, D or E
    #[arg(long, value_name = "CODE", default_value = "E", value_parser = layout)]
    layout: Layout,
    /// The time, instead of now: YYYY-MM-DDThh:mm:ssZ
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    /// What to let pass of the token; may be given more than once
    #[arg(long, value_enum, value_name = "RELAXATION")]
    allow: Vec<RelaxationName>,
    /// What to let pass of certificates; may be given more than once
    #[arg(long, value_enum, value_name = "RELAXATION")]
    allow_path: Vec<PathRelaxation>,
}

/// What makes the token fresh.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Freshness {
    /// The nonce of the receiver, 8 to 16 bytes in hex
    #[arg(long, value_name = "NONCE")]
    nonce: Option<String>,
    /// The request of the receiver (RT_KRD), which holds its nonce
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// The time of signing
    #[arg(long)]
    one_pass: bool,
}

impl Freshness {
    fn spec(&self, at: UnixTime) -> Result<KeyTokenSpec, Failure> {
        Ok(match (&self.nonce, &self.request) {
            (Some(digits), _) => KeyTokenSpec::two_pass(nonce(digits)?),
            (None, Some(path)) => {
                let der = decode(&input::file(path)?)?;
                let request = RtKrd::parse(&der).map_err(|error| refused(&error, &der))?;
                KeyTokenSpec::two_pass(request.into_nonce())
            }
            (None, None) => KeyTokenSpec::one_pass(at),
        })
    }
}

fn layout(text: &str) -> Result<Layout, &'static str> {
    let mut characters = text.chars();
    match (characters.next().and_then(Layout::from_code), characters.next()) {
        (Some(layout), None) => Ok(layout),
        _ => Err("a layout is A, B, C, D or E"),
    }
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.check_readers([
            self.key.reads_standard_input(),
            self.kdh_key.reads_standard_input(),
        ])?;
        let at = time::or_now(self.at);
        let sender = self.sender(at)?;
        let receiver = self.receiver(at)?;
        let mut spec = self.freshness.spec(at)?.with_layout(self.layout);
        for &relaxation in &self.allow {
            spec = spec.allowing(relaxation.into());
        }
        let header = self.header.header()?;
        let key = self.key.read_key(session, "key")?;
        let signing_key = private_key::for_signatures(&self.kdh_key, session, "sender's key")?;
        let refused = |error: tr34::Error| refused(&error, &[]);
        let family = header.algorithm();
        let header = KeyHeader::for_key(&header, &key).map_err(refused)?;
        let unsigned = sender.wrap(&key, &header, &receiver, &spec, at, &mut SysRng);
        let token = unsigned.and_then(|unsigned| unsigned.signed_by(&signing_key, &mut SysRng));
        session.show(&Made {
            token: base16ct::upper::encode_string(&token.map_err(refused)?),
            header: header.text().to_owned(),
            key: KeyShown::new(&key, Some(family)),
        })
    }

    fn sender(&self, at: UnixTime) -> Result<Kdh, Failure> {
        let (leaf, intermediates) = leaf_and_others(&self.kdh_certificate)?;
        let refused = |error: tr34::Error| refused(&error, &[]).about("sender");
        if self.kdh_anchor.is_empty() {
            return Kdh::judged_by_others(leaf, at).map_err(refused);
        }
        let anchors = of_files(&self.kdh_anchor)?;
        let anchors: Vec<_> = anchors.into_iter().map(TrustAnchor::new).collect();
        let crl = self.crl.as_deref().map(crl_of_file).transpose()?;
        let crls = crl.as_slice();
        let policy = policy(&self.allow_path);
        let trusted = validate(&leaf, &intermediates, &anchors, crls, at, &policy);
        let trusted = trusted.map_err(|error| refused_path(&error, &[]).about("sender"))?;
        Kdh::new(trusted, crl, at).map_err(refused)
    }

    fn receiver(&self, at: UnixTime) -> Result<Trusted<role::Krd>, Failure> {
        let (leaf, intermediates) = leaf_and_others(&self.krd_certificate)?;
        let anchors = of_files(&self.krd_anchor)?;
        let anchors: Vec<_> = anchors.into_iter().map(TrustAnchor::new).collect();
        let policy = policy(&self.allow_path);
        let trusted = validate(&leaf, &intermediates, &anchors, &[], at, &policy);
        trusted.map_err(|error| refused_path(&error, &[]).about("receiver"))
    }
}

#[derive(Debug, Serialize)]
struct Made {
    token: String,
    header: String,
    key: KeyShown,
}

impl Report for Made {
    fn write(&self, page: &mut Page) {
        page.plain(&self.token);
    }
}
