//! ExportKey: hands out a key, wrapped.

use serde_json::{Value, json};

use crate::access::Touches;
use crate::approval;
use crate::error::Error;
use crate::export::{Counterpart, ExportPlan, OutgoingKey, Request, wrap};
use crate::ports::{Caller, Clock, KeyStore, Randomness, RsaKeys};
use crate::service::{Call, World};
use crate::wire::{ExportKeyAnswer, Members, parse_export_key};

pub(crate) struct ExportKey {
    request: Request,
    /// The name of the credential that asks.
    requester: Option<String>,
}

impl Call for ExportKey {
    type Answer = ExportKeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { request: parse_export_key(members)?, requester: None })
    }

    fn touches(&mut self) -> Touches<'_> {
        self.request.touches()
    }

    fn asked_by(&mut self, caller: &Caller) {
        self.requester = caller.principal.as_ref().map(|principal| principal.name().to_owned());
    }

    fn remarks(answer: &ExportKeyAnswer) -> Value {
        answer.approval.as_ref().map_or(Value::Null, |approval| {
            json!({"approval": {"requester": approval.requester(), "approver": approval.approver()}})
        })
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ExportKeyAnswer, Error> {
        let Self { request, requester } = self;
        let (key, counterpart) = Counterpart::open(world, &request.key, &request.form).await?;
        let asked = (&request, requester.as_deref());
        let needed = approval::needed(world, &key.key, &counterpart, asked)?;
        let plan = ExportPlan::new(request, key, counterpart, world.key_cryptograms)?;
        let consent = match needed {
            Some(needed) => Some(approval::consent(world, needed).await?),
            None => None,
        };
        let wrapped = wrap(OutgoingKey::of(plan)?, world).await?;
        // Before the key leaves, and after all that could still keep it from leaving.
        let approval = match consent {
            Some(consent) => Some(consent.use_up(world).await?),
            None => None,
        };
        Ok(ExportKeyAnswer::new(wrapped, approval))
    }
}
