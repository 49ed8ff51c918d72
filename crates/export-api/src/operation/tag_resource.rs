//! TagResource: labels a key.

use crate::access::Touches;
use crate::error::Error;
use crate::ports::{Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{EmptyAnswer, MOST_TAGS, Members, Tags};
use crate::{KeyArn, Rule};

/// Adds labels; a label with a key that is there already takes the new value.
pub(crate) struct TagResource {
    resource: KeyArn,
    tags: Tags,
}

impl Call for TagResource {
    type Answer = EmptyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { resource: members.required("ResourceArn")?, tags: members.required("Tags")? })
    }

    fn touches(&mut self) -> Touches<'_> {
        let tags = self.tags.0.iter().map(|tag| tag.key.clone());
        Touches::arn("ResourceArn", Some(&self.resource)).with_tags(tags)
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<EmptyAnswer, Error> {
        let mut key = world.key_by_arn("ResourceArn", self.resource).await?;
        for tag in self.tags.0 {
            match key.tags.iter_mut().find(|present| present.key == tag.key) {
                Some(present) => present.value = tag.value,
                None => key.tags.push(tag),
            }
        }
        if key.tags.len() > MOST_TAGS {
            return Err(Error::Quota {
                member: "Tags".into(),
                rule: Rule::TooManyTags { most: MOST_TAGS },
            });
        }
        world.update(key).await?;
        Ok(EmptyAnswer {})
    }
}
