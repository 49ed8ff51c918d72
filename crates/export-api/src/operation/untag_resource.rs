//! UntagResource: removes labels from a key.

use crate::access::Touches;
use crate::error::Error;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{EmptyAnswer, Members, TagKeys};
use crate::{KeyArn, Operation};

/// Removes labels by their keys; a key that is not there is passed over.
pub(crate) struct UntagResource {
    resource: KeyArn,
    keys: TagKeys,
}

impl Call for UntagResource {
    type Answer = EmptyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { resource: members.required("ResourceArn")?, keys: members.required("TagKeys")? })
    }

    fn touches(&mut self) -> Touches<'_> {
        let tags = self.keys.0.iter().cloned();
        Touches::arn("ResourceArn", Some(&self.resource)).with_tags(tags)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<EmptyAnswer, Error> {
        let mut key = world.key_by_arn("ResourceArn", self.resource).await?;
        // Who could remove it would export without anybody's approval.
        let is_kept = |label: &String| {
            self.keys.0.contains(label) && key.tags.iter().any(|tag| tag.key == *label)
        };
        if world.approval_tag.as_ref().is_some_and(is_kept) {
            return Err(Error::Denied { operation: Operation::UntagResource });
        }
        let before = key.tags.len();
        key.tags.retain(|tag| !self.keys.0.contains(&tag.key));
        if key.tags.len() < before {
            world.update(key).await?;
        }
        Ok(EmptyAnswer {})
    }
}
