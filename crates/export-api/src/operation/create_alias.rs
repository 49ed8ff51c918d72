//! CreateAlias: gives a key a second name.

use crate::access::Touches;
use crate::error::Error;
use crate::ports::{Alias, Clock, CommitError, KeyStore, Randomness, RsaKeys, Write};
use crate::service::{Call, World};
use crate::wire::{AliasAnswer, Members};
use crate::{AliasName, KeyArn, Rule};

/// Makes an alias, with or without a key.
pub(crate) struct CreateAlias {
    name: AliasName,
    target: Option<KeyArn>,
}

impl Call for CreateAlias {
    type Answer = AliasAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { name: members.required("AliasName")?, target: members.optional("KeyArn")? })
    }

    fn touches(&mut self) -> Touches<'_> {
        Touches::arn("KeyArn", self.target.as_ref())
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<AliasAnswer, Error> {
        if let Some(target) = &self.target {
            world.key_by_arn("KeyArn", target.clone()).await?;
        }
        let alias = Alias { name: self.name, target: self.target, version: 0 };
        match world.store.commit(vec![Write::PutAlias { alias: alias.clone() }]).await {
            Ok(()) => Ok(alias.into()),
            Err(CommitError::Conflict) => Err(Error::state("AliasName", Rule::AliasTaken)),
            Err(error) => Err(error.into()),
        }
    }
}
