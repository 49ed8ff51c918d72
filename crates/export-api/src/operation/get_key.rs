//! GetKey: reads what is known of a key.

use crate::access::Touches;
use crate::error::Error;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{KeyAnswer, KeyIdentifier, Members};

pub(crate) struct GetKey {
    key: KeyIdentifier,
}

impl Call for GetKey {
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
        Ok(world.key(&self.key).await?.into())
    }
}
