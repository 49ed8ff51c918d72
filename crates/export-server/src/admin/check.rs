//! Reads everything that a store holds.

use std::fmt;

use export_api::KeyArn;
use export_api::ports::{AliasPage, KeyPage, KeyStore};
use key_store::Store;

/// How many records are read in one go.
const PAGE: usize = 1000;

/// How many records there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Keys in every state.
    pub keys: usize,
    /// Aliases.
    pub aliases: usize,
    /// Access keys, also those that are switched off.
    pub credentials: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, aliases, credentials } = self;
        write!(formatter, "{keys} keys, {aliases} aliases, {credentials} access keys")
    }
}

/// Opens every record and wipes its secret again.
///
/// # Errors
///
/// If a record does not open: it was changed, or moved to another name.
pub async fn check_records(store: &Store) -> anyhow::Result<Counts> {
    let mut counts = Counts { credentials: store.credentials().await?.len(), ..Counts::default() };
    let mut page = KeyPage::default();
    page.limit = PAGE;
    loop {
        let keys = store.keys(&page).await?;
        counts.keys = counts.keys.saturating_add(keys.len());
        let last: Option<KeyArn> = keys.last().map(|key| key.arn().clone());
        if keys.len() < PAGE || last.is_none() {
            break;
        }
        page.after = last;
    }
    let mut page = AliasPage::default();
    page.limit = PAGE;
    loop {
        let aliases = store.aliases(&page).await?;
        counts.aliases = counts.aliases.saturating_add(aliases.len());
        let last = aliases.last().map(|alias| alias.name().clone());
        if aliases.len() < PAGE || last.is_none() {
            break;
        }
        page.after = last;
    }
    Ok(counts)
}
