//! Parsed keys by name, up to a bound.

use core::fmt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Parsed keys by name; the one used least recently makes room for a new one.
pub(super) struct HeldKeys<K> {
    most: usize,
    state: Mutex<State<K>>,
}

struct State<K> {
    keys: HashMap<String, Held<K>>,
    /// Counts the uses of all keys.
    uses: u64,
}

struct Held<K> {
    key: Arc<K>,
    last_use: u64,
}

impl<K> HeldKeys<K> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, state: Mutex::new(State { keys: HashMap::new(), uses: 0 }) }
    }

    /// The key of a name, parsed if it is not held yet.
    ///
    /// Nothing is locked while a key is parsed; two who parse the same key at once hold one of
    /// the two in the end.
    pub(super) fn key<E>(
        &self,
        name: &str,
        parse: impl FnOnce() -> Result<K, E>,
    ) -> Result<Arc<K>, E> {
        if let Some(key) = self.held(name) {
            return Ok(key);
        }
        let key = Arc::new(parse()?);
        let mut state = self.state();
        state.uses = state.uses.saturating_add(1);
        if state.keys.len() >= self.most && !state.keys.contains_key(name) {
            let oldest = state.keys.iter().min_by_key(|(_, held)| held.last_use);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                state.keys.remove(&oldest);
            }
        }
        let held = Held { key: Arc::clone(&key), last_use: state.uses };
        state.keys.insert(name.to_owned(), held);
        Ok(key)
    }

    fn held(&self, name: &str) -> Option<Arc<K>> {
        let mut state = self.state();
        let State { keys, uses } = &mut *state;
        let held = keys.get_mut(name)?;
        *uses = uses.saturating_add(1);
        held.last_use = *uses;
        Some(Arc::clone(&held.key))
    }

    pub(super) fn forget(&self, name: &str) {
        self.state().keys.remove(name);
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        // Whoever panicked left the map whole: each change of it is one call.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> fmt::Debug for HeldKeys<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HeldKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn a_key_is_parsed_once_until_it_is_forgotten_or_makes_room() {
        let held = HeldKeys::new(2);
        let parsed = Cell::new(0);
        let use_key = |name: &str| {
            let parse = || {
                parsed.set(parsed.get() + 1);
                Ok::<_, Infallible>(name.len())
            };
            let Ok(key) = held.key(name, parse);
            assert_eq!(*key, name.len());
            parsed.get()
        };
        assert_eq!((use_key("a"), use_key("a"), use_key("bb"), use_key("a")), (1, 1, 2, 2));
        assert_eq!((use_key("ccc"), use_key("a"), use_key("bb")), (3, 3, 4), "bb made room");
        held.forget("a");
        assert_eq!(use_key("a"), 5);
    }

    #[test]
    fn what_does_not_parse_is_not_held() {
        let held = HeldKeys::new(2);
        assert_eq!(held.key("a", || Err::<u8, _>("broken")).unwrap_err(), "broken");
        assert_eq!(*held.key("a", || Ok::<_, &str>(7)).unwrap(), 7);
    }
}
