//! DeleteAlias: removes a second name.

use crate::AliasName;
use crate::access::Touches;
use crate::error::Error;
use crate::ports::{Alias, Clock, KeyStore, Randomness, RsaKeys, Write};
use crate::service::{Call, World};
use crate::wire::{EmptyAnswer, Members};

pub(crate) struct DeleteAlias {
    name: AliasName,
    /// The alias as it was when it was asked whether this may be done.
    found: Option<Alias>,
}

impl Call for DeleteAlias {
    type Answer = EmptyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { name: members.required("AliasName")?, found: None })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::alias(&self.name, &mut self.found, None)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<EmptyAnswer, Error> {
        let alias = match self.found {
            Some(alias) => alias,
            None => world.alias(&self.name).await?,
        };
        world.store.commit(vec![Write::DeleteAlias { alias }]).await?;
        Ok(EmptyAnswer {})
    }
}
