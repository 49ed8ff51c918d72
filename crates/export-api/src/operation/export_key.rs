//! ExportKey: hands out a key, wrapped.

use serde_json::{Map, Value, json};

use crate::access::Touches;
use crate::approval::{self, Consent};
use crate::error::{Error, Fault};
use crate::export::{Counterpart, ExportPlan, OutgoingKey, Request, wrap};
use crate::ports::{Caller, Clock, KeyStore, Randomness, RsaKeys};
use crate::receipt::{self, Export};
use crate::service::{Call, World};
use crate::wire::{ExportKeyAnswer, Members, parse_export_key};

pub(crate) struct ExportKey {
    request: Request,
    /// The id of the request, and the name of the credential that asks.
    asked_by: (String, Option<String>),
}

impl Call for ExportKey {
    type Answer = ExportKeyAnswer;

    fn parse(members: &mut Members) -> Result<Self, Error> {
        Ok(Self { request: parse_export_key(members)?, asked_by: Default::default() })
    }

    fn touches(&mut self) -> Touches<'_> {
        self.request.touches()
    }

    fn asked_by(&mut self, caller: &Caller) {
        let name = caller.principal.as_ref().map(|principal| principal.name().to_owned());
        self.asked_by = (caller.request_id.clone(), name);
    }

    fn remarks(answer: &ExportKeyAnswer) -> Value {
        let mut remarks = Map::new();
        if let Some(approval) = &answer.approval {
            let [requester, approver] = [Some(approval.requester()), approval.approver()];
            remarks
                .insert("approval".into(), json!({"requester": requester, "approver": approver}));
        }
        if let Some(receipt) = &answer.receipt {
            remarks.insert("receipt".into(), json!(receipt));
        }
        if remarks.is_empty() { Value::Null } else { Value::Object(remarks) }
    }

    async fn perform<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<ExportKeyAnswer, Error> {
        let Self { request, asked_by } = self;
        let (key, counterpart) = Counterpart::open(world, &request.key, &request.form).await?;
        // What is opened follows from the form, so that there is a recipient.
        let recipient = request.form.recipient(&counterpart);
        let (request_id, requester) = asked_by;
        let export = Export {
            request_id,
            requester,
            key: key.key.arn().clone(),
            form: request.form.name(),
            recipient: recipient.ok_or(Error::Internal { cause: Fault::Answer })?,
            key_serial_number: request.initial_key.as_ref().map(|it| it.key_serial_number.clone()),
        };
        // The plan takes the key, and whoever decides about the approval asks about it.
        let needed = approval::needed(world, &key.key, &export)?.map(|it| (it, key.key.clone()));
        let plan = ExportPlan::new(request, key, counterpart, world.key_cryptograms)?;
        let consent = match needed {
            Some((needed, of)) => Some(approval::consent(world, needed, &of).await?),
            None => None,
        };
        let wrapped = wrap(OutgoingKey::of(plan)?, world).await?;
        let approval = consent.as_ref().map(Consent::approval);
        let receipt = receipt::sign(world, export, &wrapped, approval).await?;
        // Before the key leaves, and after all that could still keep it from leaving.
        let approval = match consent {
            Some(consent) => Some(consent.use_up(world).await?),
            None => None,
        };
        Ok(ExportKeyAnswer::new(wrapped, approval, receipt))
    }
}
