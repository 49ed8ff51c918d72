//! `export-server audit receipts`: do the receipts hold, and what do they say?

use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use export_api::IdentityName;
use export_api::ports::KeyStore;
use payment_pki::Certificate;

use super::StoreArguments;
use crate::audit::receipts;
use crate::clock::CalendarTime;
use crate::serve::AUDIT_FILE;

/// Which trail, and by which certificate.
#[derive(Args, Debug)]
#[non_exhaustive]
pub struct ReceiptsArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become text of the help")]
    pub place: StoreArguments,
    /// The audit trail itself, where it is not in a data directory
    #[arg(long)]
    pub file: Option<PathBuf>,
    /// The certificate of the account's authority, as PEM or as GetParametersForExport answers its
    /// chain; without it, that of the store is used
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
}

impl ReceiptsArguments {
    /// Verifies the receipts, and prints what they state.
    ///
    /// # Errors
    ///
    /// If one does not hold, or there is nothing to verify them by.
    pub async fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        let Self { place, file, certificate } = self;
        let authority = match certificate {
            Some(path) => fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?,
            None => {
                let store = place.open()?;
                let found = store.open_identity(&IdentityName::Authority).await?;
                let found = found.context("the account has no authority, which signs receipts")?;
                found.identity.certificate_pem().to_owned()
            }
        };
        // GetParametersForExport answers it in base64.
        let authority = Certificate::from_pem(&authority)
            .or_else(|_| Certificate::from_base64_pem(authority.trim()))
            .context("the certificate of the authority")?;
        let path = file.unwrap_or_else(|| place.data_dir.join(AUDIT_FILE));
        let file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        let statements = receipts(BufReader::new(file), &authority)
            .with_context(|| format!("a receipt in {} does not hold", path.display()))?;
        for statement in &statements {
            writeln!(
                out,
                "{} {} {} {} to {} by {} approved by {}",
                CalendarTime::from(statement.time).extended(),
                statement.key_arn,
                statement.key_check_value,
                statement.form,
                statement.recipient,
                statement.requester.as_deref().unwrap_or("-"),
                if statement.approvers.is_empty() {
                    "-".to_owned()
                } else {
                    statement.approvers.join(", ")
                },
            )?;
        }
        writeln!(out, "{}: {} receipts hold", path.display(), statements.len())?;
        Ok(())
    }
}
