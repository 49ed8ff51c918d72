//! RestoreKey: takes back a scheduled destruction.

use crate::Rule;
use crate::access::Touches;
use crate::error::Error;
use crate::key::KeyState;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World, require_state};
use crate::wire::{KeyAnswer, KeyIdentifier, Members};

/// Brings a key back that is pending deletion; it stays disabled until StartKeyUsage.
pub(crate) struct RestoreKey {
    key: KeyIdentifier,
}

impl Call for RestoreKey {
    type Answer = KeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { key: members.required("KeyIdentifier")? })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::key(&mut self.key)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<KeyAnswer, Error> {
        let mut key = world.key(&self.key).await?;
        require_state(&key, KeyState::DeletePending, &self.key)?;
        if key.delete_due.is_some_and(|due| due <= world.clock.now()) {
            let (found, needed) = (KeyState::DeleteComplete, KeyState::DeletePending);
            let rule = Rule::KeyState { found, needed };
            return Err(Error::state(self.key.member().clone(), rule));
        }
        key.state = KeyState::CreateComplete;
        key.delete_due = None;
        Ok(world.update(key).await?.into())
    }
}
