//! GetAlias: reads a second name.

use crate::AliasName;
use crate::access::Touches;
use crate::error::Error;
use crate::ports::{Alias, Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{AliasAnswer, Members};

pub(crate) struct GetAlias {
    name: AliasName,
    /// The alias as it was when it was asked whether this may be done.
    found: Option<Alias>,
}

impl Call for GetAlias {
    type Answer = AliasAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { name: members.required("AliasName")?, found: None })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::alias(&self.name, &mut self.found, None)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<AliasAnswer, Error> {
        let alias = match self.found {
            Some(alias) => alias,
            None => world.alias(&self.name).await?,
        };
        Ok(alias.into())
    }
}
