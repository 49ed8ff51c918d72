//! Requests and answers as JSON: members are read once, each against its own rule.

mod alias;
mod certificate;
mod export_key;
mod import_key;
mod key;
mod members;
mod page;
mod text;

pub(crate) use alias::{AliasAnswer, AliasShape};
pub(crate) use certificate::{CertificateAnswer, GivenCertificate, Subject, encoded, encoded_pem};
pub(crate) use export_key::{ExportKeyAnswer, parse_export_key};
pub(crate) use key::{KeyAnswer, KeySummaryShape};
pub(crate) use members::{FromJson, Members};
pub(crate) use page::Page;
pub(crate) use text::{
    DeleteKeyInDays, EmptyAnswer, KeyIdentifier, MOST_TAGS, ReplicationRegions, TagKeys, Tags,
};
