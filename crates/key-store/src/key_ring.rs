//! The store keys of a process, which grow and shrink while it runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use export_api::ports::Randomness;

use crate::Error;
use crate::root_key::{RootKey, RootKeySource};
use crate::seal::{SealingKey, StoreKeys, UnwrapError, WrappedStoreKey};

/// The store keys that are known, and the root key that opens those that come.
pub(crate) struct KeyRing {
    keys: RwLock<Arc<StoreKeys>>,
    root: Mutex<Root>,
}

struct Root {
    key: RootKey,
    /// Where another root key may be found after a rotation.
    source: Option<Arc<RootKeySource>>,
}

impl KeyRing {
    pub(crate) fn new(keys: StoreKeys, key: RootKey, source: Option<Arc<RootKeySource>>) -> Self {
        Self { keys: RwLock::new(Arc::new(keys)), root: Mutex::new(Root { key, source }) }
    }

    /// The keys that are known now.
    pub(crate) fn current(&self) -> Arc<StoreKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Knows from now on exactly the keys that stand in the store; unwraps those that are new.
    pub(crate) fn replace(
        &self,
        stored: &[WrappedStoreKey],
    ) -> Result<Arc<StoreKeys>, UnwrapError> {
        let known = self.current();
        let mut root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = BTreeMap::new();
        for key in stored {
            let known = known.numbered(key.number).map(Arc::clone);
            let opened = known.map_or_else(|| root.unwrap(key), Ok)?;
            keys.insert(key.number, opened);
        }
        let keys = Arc::new(StoreKeys::new(keys)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        Ok(keys)
    }

    /// Makes the store key of a number under the root key that wrapped the others.
    pub(crate) fn generate(
        &self,
        number: u32,
        others: &[WrappedStoreKey],
        randomness: &dyn Randomness,
    ) -> Result<WrappedStoreKey, UnwrapError> {
        let mut root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        for key in others {
            // Also finds out whether the root key was rotated since.
            root.unwrap(key)?;
        }
        WrappedStoreKey::generate(number, &root.key, randomness).map_err(UnwrapError::Unavailable)
    }
}

impl Root {
    fn unwrap(&mut self, key: &WrappedStoreKey) -> Result<Arc<SealingKey>, UnwrapError> {
        if key.root_key_id != self.key.id()
            && let Some(source) = self.source.as_ref().filter(|source| source.answers_alone())
        {
            self.key = source.for_store(&key.root_key_id).map_err(|error| match error {
                Error::RootKey(error) => UnwrapError::Unavailable(error),
                _ => UnwrapError::WrongRootKey,
            })?;
        }
        key.unwrap(&self.key)
    }
}
