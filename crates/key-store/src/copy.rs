//! A store moved into another one, of the same kind or the other.

use std::collections::VecDeque;

use export_api::ports::{Alias, CommitError, StoreError};
use export_api::{Identity, Key};
use key_types::SecretKey;
use subtle::ConstantTimeEq;

use crate::Store;
use crate::credential::CredentialRecord;
use crate::record::Opened;
use crate::table::Table;

/// How many records are read, and written in one transaction, at a time.
const PAGE: usize = 200;

/// What a copy is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyStage {
    /// Both stores are compared; nothing is written yet.
    Compare,
    /// Records that are missing are written, each sealed anew under the key of the other store.
    Write,
    /// Everything is read back and compared again.
    Verify,
}

/// Why a store was not copied, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// A store cannot be read.
    #[error("the {which} store cannot be read")]
    Read {
        /// Which one.
        which: &'static str,
        /// Why not.
        source: StoreError,
    },
    /// Records cannot be written.
    #[error("the target store cannot be written")]
    Write {
        /// Why not.
        source: CommitError,
    },
    /// The target has a record that the source does not have: it is another store.
    #[error("the target store has {id}, which the source does not have; nothing more was written")]
    Foreign {
        /// The name of the record.
        id: String,
    },
    /// The target has a record of this name that says something else.
    #[error("the target store has another {id} than the source; nothing more was written")]
    Different {
        /// The name of the record.
        id: String,
    },
    /// A record that was written is not there: somebody else works on one of the stores.
    #[error("{id} is missing from the target store: somebody else works on one of them")]
    Missing {
        /// The name of the record.
        id: String,
    },
    /// A key does not have the check value that its record says.
    #[error("{id} does not have the check value of its record")]
    CheckValue {
        /// The ARN of the key.
        id: String,
    },
}

/// Copies every key, alias, identity and access key from one store to another, with their
/// versions, and says how many records there are.
///
/// A target that is empty, or holds a part of this very copy, gets what is missing; any other is
/// refused before anything is written. In the end everything is read back from the target and
/// compared with the source, and `has_check_value` is asked of every key with a secret that was
/// read back. `progress` is told each record that is done in each stage.
///
/// No server may work on either store meanwhile; one that does is found by the comparison, or
/// keeps its last changes for itself.
///
/// # Errors
///
/// [`CopyError`] names the record. What was written until then stays, and another copy goes on
/// from there.
pub async fn copy(
    from: &Store,
    to: &Store,
    has_check_value: impl AsyncFn(&Key, &SecretKey) -> bool,
    mut progress: impl FnMut(CopyStage),
) -> Result<u64, CopyError> {
    let mut copied = 0;
    for stage in [CopyStage::Compare, CopyStage::Write, CopyStage::Verify] {
        let mut pass = Pass { from, to, stage, count: 0, progress: &mut progress };
        // Keys first, because aliases point to them.
        pass.walk::<Key>(async |key, secret| match secret {
            Some(secret) => has_check_value(key, secret).await,
            None => true,
        })
        .await?;
        pass.walk::<Alias>(async |_, _| true).await?;
        pass.walk::<Identity>(async |_, _| true).await?;
        pass.walk::<CredentialRecord>(async |_, _| true).await?;
        copied = pass.count;
    }
    // Whoever noted the number of a commit of the one finds it in the other.
    if let (Store::Sqlite(from), Store::Sqlite(to)) = (from, to) {
        let raised = to.raise_commits(from.commits().last()).await;
        raised.map_err(|source| CopyError::Write { source })?;
    }
    Ok(copied)
}

/// One walk through both stores, side by side in the order of names.
struct Pass<'a, P> {
    from: &'a Store,
    to: &'a Store,
    stage: CopyStage,
    count: u64,
    progress: &'a mut P,
}

impl<P: FnMut(CopyStage)> Pass<'_, P> {
    async fn walk<R: Table>(
        &mut self,
        is_right: impl AsyncFn(&R, Option<&SecretKey>) -> bool,
    ) -> Result<(), CopyError> {
        let mut source = Cursor::<R>::new(self.from, "source");
        let mut target = Cursor::<R>::new(self.to, "target");
        let mut missing = Vec::new();
        loop {
            source.fill().await?;
            target.fill().await?;
            let (ours, theirs) = (source.records.front(), target.records.front());
            match (ours, theirs) {
                (None, None) => break,
                (ours, Some((theirs, _)))
                    if ours.is_none_or(|(ours, _)| theirs.id() < ours.id()) =>
                {
                    return Err(CopyError::Foreign { id: theirs.id().to_owned() });
                }
                (Some(ours), Some(theirs)) if ours.0.id() == theirs.0.id() => {
                    let id = || ours.0.id().to_owned();
                    if !is_same(ours, theirs) {
                        return Err(CopyError::Different { id: id() });
                    }
                    if self.stage == CopyStage::Verify
                        && !is_right(&theirs.0, theirs.1.as_ref()).await
                    {
                        return Err(CopyError::CheckValue { id: id() });
                    }
                    target.records.pop_front();
                    source.records.pop_front();
                }
                (Some((ours, _)), _) if self.stage == CopyStage::Verify => {
                    return Err(CopyError::Missing { id: ours.id().to_owned() });
                }
                _ => missing.extend(source.records.pop_front()),
            }
            if missing.len() >= PAGE {
                self.write(&mut missing).await?;
            }
            self.count += 1;
            (self.progress)(self.stage);
        }
        self.write(&mut missing).await
    }

    /// Writes what is missing, in the stage for it.
    async fn write<R: Table>(&self, missing: &mut Vec<Opened<R>>) -> Result<(), CopyError> {
        let records = std::mem::take(missing);
        if self.stage != CopyStage::Write || records.is_empty() {
            return Ok(());
        }
        self.to.insert(records).await.map_err(|source| CopyError::Write { source })
    }
}

/// Whether two records and their secrets are the same.
fn is_same<R: Table>((one, secret): &Opened<R>, (other, other_secret): &Opened<R>) -> bool {
    let json = |record| serde_json::to_string(record).ok();
    let is_same_record = json(one).is_some_and(|one| json(other) == Some(one));
    is_same_record
        && match (secret, other_secret) {
            (None, None) => true,
            (Some(one), Some(other)) => one.expose_secret().ct_eq(other.expose_secret()).into(),
            _ => false,
        }
}

/// The records of a table in the order of their names, read page by page.
struct Cursor<'a, R> {
    store: &'a Store,
    which: &'static str,
    records: VecDeque<Opened<R>>,
    after: String,
    is_at_end: bool,
}

impl<'a, R: Table> Cursor<'a, R> {
    fn new(store: &'a Store, which: &'static str) -> Self {
        let (records, after) = (VecDeque::new(), String::new());
        Self { store, which, records, after, is_at_end: false }
    }

    /// Sees to it that the next record is there, if there is one.
    async fn fill(&mut self) -> Result<(), CopyError> {
        if !self.records.is_empty() || self.is_at_end {
            return Ok(());
        }
        let page = self.store.page::<R>(&self.after, PAGE).await;
        let page = page.map_err(|source| CopyError::Read { which: self.which, source })?;
        self.is_at_end = page.len() < PAGE;
        if let Some((last, _)) = page.last() {
            last.id().clone_into(&mut self.after);
        }
        self.records.extend(page);
        Ok(())
    }
}
