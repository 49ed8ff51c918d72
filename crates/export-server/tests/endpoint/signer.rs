//! Signs requests with the signer that AWS publishes for its own clients.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use axum::body::Bytes;
use axum::http::{HeaderValue, Request};
use export_api::Timestamp;

pub(crate) const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const SERVICE: &str = "payment-cryptography";
pub(crate) const HOST: &str = "127.0.0.1:8131";

/// Who signs, for what, and when.
#[derive(Clone, Copy)]
pub(crate) struct Signer<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) secret_access_key: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) time: Timestamp,
}

impl Signer<'static> {
    pub(crate) const fn at(time: Timestamp) -> Self {
        Self {
            access_key_id: ACCESS_KEY_ID,
            secret_access_key: SECRET_ACCESS_KEY,
            region: REGION,
            service: SERVICE,
            time,
        }
    }
}

impl Signer<'_> {
    /// Signs all headers of a request that are to be signed.
    pub(crate) fn sign(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        let identity =
            Credentials::new(self.access_key_id, self.secret_access_key, None, None, "test").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(self.time.milliseconds()))
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let uri = format!("http://{HOST}/");
        let headers = request.headers().iter();
        let signable = SignableRequest::new(
            request.method().as_str(),
            uri,
            headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap())),
            SignableBody::Bytes(request.body()),
        );
        let (instructions, _) = sign(signable.unwrap(), &parameters).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }

    /// Makes and signs a request for an operation.
    pub(crate) fn request(&self, operation: &str, body: &str) -> Request<Bytes> {
        self.sign(unsigned(operation, body))
    }
}

/// A request for an operation that nobody signed.
pub(crate) fn unsigned(operation: &str, body: &str) -> Request<Bytes> {
    let target = format!("PaymentCryptographyControlPlane.{operation}");
    Request::post("/")
        .header("host", HOST)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", HeaderValue::try_from(target).unwrap())
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}
