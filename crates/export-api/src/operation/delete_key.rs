//! DeleteKey: schedules the destruction of a key.

use crate::access::Touches;
use crate::error::Error;
use crate::key::KeyState;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World, require_state};
use crate::wire::{DeleteKeyInDays, KeyAnswer, KeyIdentifier, Members};

/// How long a key can be restored when the request does not say.
const DEFAULT_DAYS: u16 = 7;

/// Takes a key out of use at once, and destroys it some days later.
///
/// The key is disabled with its deletion. Published examples disagree on that; the user guide
/// says so in words.
pub(crate) struct DeleteKey {
    key: KeyIdentifier,
    days: u16,
}

impl Call for DeleteKey {
    type Answer = KeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        let key = members.required("KeyIdentifier")?;
        let days: Option<DeleteKeyInDays> = members.optional("DeleteKeyInDays")?;
        Ok(Self { key, days: days.map_or(DEFAULT_DAYS, |days| days.0) })
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
        let now = world.clock.now();
        if key.enabled {
            key.enabled = false;
            key.usage_stopped = Some(now);
        }
        key.state = KeyState::DeletePending;
        key.delete_due = Some(now.plus_days(self.days));
        Ok(world.update(key).await?.into())
    }
}
