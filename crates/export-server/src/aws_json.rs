//! The protocol AWS JSON 1.0: which operation is meant, and how a refusal is written.

use std::error::Error as _;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use export_api::{Named, Operation};
use serde::Serialize;

use crate::sigv4::Refusal;

const MEDIA_TYPE: &str = "application/x-amz-json-1.0";
const TARGET_PREFIX: &str = "PaymentCryptographyControlPlane.";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Why a request gets no answer but an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The path or the method is not the endpoint's.
    #[error("operations are called by POST on the path / without a query")]
    Place {
        /// 404 for another path, 405 for another method, 400 for a query.
        status: StatusCode,
    },
    /// The body is longer than the endpoint reads.
    #[error("the body of a request has at most {most} bytes")]
    BodyTooLarge {
        /// The limit.
        most: usize,
    },
    /// The body did not arrive in time.
    #[error("the body of the request did not arrive in time")]
    BodyTooSlow,
    /// The connection broke before the body had arrived.
    #[error("the body of the request did not arrive")]
    BodyBroken,
    /// The content type is another one.
    #[error("Content-Type must be {MEDIA_TYPE}")]
    ContentType,
    /// The target is absent, or there is no such operation.
    #[error(
        "X-Amz-Target must be {TARGET_PREFIX} followed by one of {}",
        Operation::table().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    )]
    Target,
    /// Nobody known signed the request.
    #[error(transparent)]
    Signature(#[from] Refusal),
    /// The access key makes too many requests.
    #[error("the access key makes more requests than its limit; slow down and try again")]
    Throttled,
    /// As many operations are being carried out as may be.
    #[error("the service is busy; slow down and try again")]
    Busy,
    /// The operation refused.
    #[error(transparent)]
    Operation(#[from] export_api::Error),
    /// The operation takes too long. It is carried out to its end, but its answer is lost.
    #[error("the operation takes too long; look whether it was carried out before trying again")]
    TooSlow,
    /// The operation panicked.
    #[error("the service failed")]
    Panicked,
    /// Something the endpoint needs for itself failed.
    #[error("the service failed")]
    Endpoint,
}

impl Failure {
    /// The HTTP status and the error's name in the API.
    #[must_use]
    pub const fn status_and_code(&self) -> (StatusCode, &'static str) {
        const REFUSED: StatusCode = StatusCode::BAD_REQUEST;
        const FAULT: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;
        match self {
            Self::Place { status } => (*status, "UnknownOperationException"),
            Self::BodyTooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException")
            }
            Self::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException"),
            Self::BodyBroken | Self::ContentType => (REFUSED, "SerializationException"),
            Self::Target => (REFUSED, "UnknownOperationException"),
            Self::Signature(refusal) => (REFUSED, refusal.code()),
            Self::Throttled | Self::Busy => (REFUSED, "ThrottlingException"),
            Self::Operation(error) => {
                (if error.is_fault() { FAULT } else { REFUSED }, error.code())
            }
            Self::TooSlow => (FAULT, "ServiceUnavailableException"),
            Self::Panicked | Self::Endpoint => (FAULT, "InternalServerException"),
        }
    }

    /// The resource that was not found.
    fn resource_id(&self) -> Option<&str> {
        match self {
            Self::Operation(error) => error.resource_id(),
            _ => None,
        }
    }

    /// What the log says beyond what the caller is told.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Operation(error) => error.source().map_or_else(String::new, ToString::to_string),
            _ => String::new(),
        }
    }
}

/// The body of an error, with the member names of the API's model.
#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "__type")]
    code: &'a str,
    #[serde(rename = "Message")]
    message: String,
    #[serde(rename = "ResourceId", skip_serializing_if = "Option::is_none")]
    resource_id: Option<&'a str>,
}

/// Reads which operation a request calls.
///
/// # Errors
///
/// [`Failure::ContentType`] or [`Failure::Target`] if a header is absent, double or wrong. A
/// character set beside the media type is passed over.
pub fn operation(headers: &HeaderMap) -> Result<Operation, Failure> {
    let media_type = single(headers, CONTENT_TYPE).and_then(|value| value.split(';').next());
    if !media_type.is_some_and(|found| found.trim().eq_ignore_ascii_case(MEDIA_TYPE)) {
        return Err(Failure::ContentType);
    }
    single(headers, HeaderName::from_static("x-amz-target"))
        .and_then(operation_of_target)
        .ok_or(Failure::Target)
}

/// The operation that a value of `X-Amz-Target` names.
pub(crate) fn operation_of_target(target: &str) -> Option<Operation> {
    target.strip_prefix(TARGET_PREFIX).and_then(Operation::from_name)
}

fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Writes an answer or an error.
#[must_use]
pub fn response(outcome: Result<Vec<u8>, Failure>, request_id: &str) -> Response<Body> {
    let mut response = match outcome {
        Ok(answer) => Response::new(Body::from(answer)),
        Err(failure) => error_response(&failure),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

fn error_response(failure: &Failure) -> Response<Body> {
    let (status, code) = failure.status_and_code();
    let resource_id = failure.resource_id();
    let body = ErrorBody { code, message: failure.to_string(), resource_id };
    // A structure of three texts always has a JSON form.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(code));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &'static str, target: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert("x-amz-target", HeaderValue::from_static(target));
        headers
    }

    const TARGET: &str = "PaymentCryptographyControlPlane.ExportKey";

    #[test]
    fn the_target_names_the_operation() {
        for content_type in [MEDIA_TYPE, "application/x-amz-json-1.0; charset=utf-8"] {
            let read = operation(&headers(content_type, TARGET)).unwrap();
            assert_eq!(read, Operation::ExportKey);
        }
        for bad in [
            "",
            "ExportKey",
            "PaymentCryptographyControlPlane.",
            "PaymentCryptographyControlPlane.exportKey",
        ] {
            let failure = operation(&headers(MEDIA_TYPE, bad)).unwrap_err();
            assert_eq!(failure.status_and_code().1, "UnknownOperationException");
            assert!(failure.to_string().contains("X-Amz-Target"), "{failure}");
        }
        let mut twice = headers(MEDIA_TYPE, TARGET);
        twice.append("x-amz-target", HeaderValue::from_static(TARGET));
        assert!(matches!(operation(&twice), Err(Failure::Target)));
    }

    #[test]
    fn the_content_type_is_the_protocols() {
        for bad in ["", "application/json", "application/x-amz-json-1.1", "text/plain"] {
            let failure = operation(&headers(bad, TARGET)).unwrap_err();
            assert!(matches!(failure, Failure::ContentType), "{bad}");
        }
    }
}
