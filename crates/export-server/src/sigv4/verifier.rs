//! The comparison of signatures.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::{HeaderMap, Method};
use export_api::ports::{Randomness, RandomnessUnavailable};
use export_api::{Realm, Timestamp};
use subtle::ConstantTimeEq;

use super::authorization::ALGORITHM;
use super::canonical::{canonical_request, hash_digits};
use super::{Authorization, Credential, Refusal};
use crate::clock::CalendarTime;

/// The service name in every credential scope.
const SERVICE: &str = "payment-cryptography";
/// How far the clock of a client may be away, in seconds.
const GREATEST_SKEW: u64 = 300;

/// A request to the path `/` without a query, as it arrived.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the three are all that a signature covers")]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// Knows the access keys, and says which of them signed a request.
#[derive(Debug)]
pub struct Verifier {
    region: String,
    pub(super) service: &'static str,
    credentials: RwLock<HashMap<String, Arc<Credential>>>,
    /// Stands in for an access key that does not exist, so that refusing one takes as long as
    /// refusing a wrong signature.
    nobody: Credential,
}

impl Verifier {
    /// Accepts these access keys for requests to this region.
    ///
    /// # Errors
    ///
    /// [`RandomnessUnavailable`] if the source failed.
    pub fn new(
        realm: &Realm,
        credentials: impl IntoIterator<Item = Credential>,
        randomness: &impl Randomness,
    ) -> Result<Self, RandomnessUnavailable> {
        Ok(Self {
            region: realm.region().to_owned(),
            service: SERVICE,
            credentials: RwLock::new(by_id(credentials)),
            nobody: Credential::random(randomness)?,
        })
    }

    /// Accepts these access keys from now on, and no others.
    pub fn replace(&self, credentials: impl IntoIterator<Item = Credential>) {
        let credentials = by_id(credentials);
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = credentials;
    }

    /// Says which access key signed the request, if its signature holds at the time `now`.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if it does not hold.
    pub fn verify(
        &self,
        request: SignedRequest<'_>,
        now: Timestamp,
    ) -> Result<Arc<Credential>, Refusal> {
        let headers = request.headers;
        let authorization = single(headers, "authorization")?.ok_or(Refusal::Missing)?;
        let authorization = Authorization::parse(authorization)?;
        check_signed_headers(headers, &authorization)?;
        let date = single(headers, "x-amz-date")?.ok_or(INCOMPLETE_DATE)?;
        self.check_scope(&authorization, date)?;
        check_skew(date, now)?;
        let body_hash = hash_digits(request.body);
        if single(headers, "x-amz-content-sha256")?.is_some_and(|stated| stated != body_hash) {
            return Err(Refusal::Mismatch);
        }
        let canonical = canonical_request(request.method, headers, &authorization, &body_hash)?;
        let text = [ALGORITHM, date, authorization.scope, &hash_digits(canonical.as_bytes())];
        let known = self.known(authorization.access_key_id, now);
        let Authorization { date, region, service, signature, .. } = authorization;
        let computed = known
            .as_deref()
            .unwrap_or(&self.nobody)
            .sign([date, region, service], &text.join("\n"));
        let computed = base16ct::lower::encode_string(&computed);
        let holds = bool::from(computed.as_bytes().ct_eq(signature.as_bytes()));
        // Access keys here are permanent and come without a session token.
        let has_token = headers.contains_key("x-amz-security-token");
        match known {
            Some(_) if has_token => Err(Refusal::Unrecognized),
            Some(credential) if holds => Ok(credential),
            Some(_) => Err(Refusal::Mismatch),
            None => Err(Refusal::Unrecognized),
        }
    }

    /// The access key with an id, if it is accepted.
    fn known(&self, id: &str, now: Timestamp) -> Option<Arc<Credential>> {
        let credentials = self.credentials.read().unwrap_or_else(PoisonError::into_inner);
        credentials.get(id).filter(|credential| credential.is_accepted_at(now)).cloned()
    }

    fn check_scope(&self, scope: &Authorization<'_>, date: &str) -> Result<(), Refusal> {
        let day = date.get(..8).ok_or(INCOMPLETE_DATE)?;
        for (part, found, expected) in [
            ("the day of x-amz-date,", scope.date, day),
            ("the region", scope.region, self.region.as_str()),
            ("the service", scope.service, self.service),
        ] {
            if found != expected {
                return Err(Refusal::Scope { part, expected: expected.to_owned() });
            }
        }
        Ok(())
    }
}

fn by_id(credentials: impl IntoIterator<Item = Credential>) -> HashMap<String, Arc<Credential>> {
    let by_id = |credential: Credential| (credential.id().to_string(), Arc::new(credential));
    credentials.into_iter().map(by_id).collect()
}

const INCOMPLETE_DATE: Refusal =
    Refusal::Incomplete { missing: "one header x-amz-date of the form 20150830T123600Z" };

/// The one value of a header, or `None` if it is absent.
fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    let incomplete = || Refusal::Incomplete { missing: "each of its headers once, in ASCII" };
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(incomplete());
    }
    value.to_str().map(Some).map_err(|_| incomplete())
}

/// Refuses a request that leaves out of its signature what decides about its meaning: the host,
/// the kind of content, and every header of AWS, among them the date and the operation.
fn check_signed_headers(
    headers: &HeaderMap,
    authorization: &Authorization<'_>,
) -> Result<(), Refusal> {
    let must_be_signed =
        |name: &&str| matches!(*name, "host" | "content-type") || name.starts_with("x-amz-");
    let present = headers.keys().map(|name| name.as_str()).filter(must_be_signed);
    for header in ["host", "x-amz-date"].into_iter().chain(present) {
        if !authorization.has_signed(header) {
            return Err(Refusal::Unsigned { header: header.to_owned() });
        }
    }
    Ok(())
}

fn check_skew(date: &str, now: Timestamp) -> Result<(), Refusal> {
    let signed = CalendarTime::parse_basic(date).ok_or(INCOMPLETE_DATE)?;
    let present = CalendarTime::from(now);
    if signed.seconds_since_1970().abs_diff(present.seconds_since_1970()) > GREATEST_SKEW {
        return Err(Refusal::Skewed { signed: signed.basic(), present: present.basic() });
    }
    Ok(())
}
