//! StopKeyUsage: disables a key.

use crate::access::Touches;
use crate::error::Error;
use crate::key::KeyState;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World, require_state};
use crate::wire::{KeyAnswer, KeyIdentifier, Members};

/// Disables a key; one that is disabled already stays as it is.
pub(crate) struct StopKeyUsage {
    key: KeyIdentifier,
}

impl Call for StopKeyUsage {
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
        require_state(&key, KeyState::CreateComplete, &self.key)?;
        if !key.enabled {
            return Ok(key.into());
        }
        key.enabled = false;
        key.usage_stopped = Some(world.clock.now());
        Ok(world.update(key).await?.into())
    }
}
