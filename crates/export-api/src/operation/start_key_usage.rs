//! StartKeyUsage: enables a key.

use crate::access::Touches;
use crate::error::Error;
use crate::key::KeyState;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World, require_state};
use crate::wire::{KeyAnswer, KeyIdentifier, Members};

/// Enables a key; one that is enabled already stays as it is.
pub(crate) struct StartKeyUsage {
    key: KeyIdentifier,
}

impl Call for StartKeyUsage {
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
        if key.enabled {
            return Ok(key.into());
        }
        key.enabled = true;
        key.usage_started = Some(world.clock.now());
        key.usage_stopped = None;
        Ok(world.update(key).await?.into())
    }
}
