//! The canonical request: the text that both sides hash, rebuilt from what arrived.
//!
//! Standard: AWS Signature Version 4, "Create a canonical request".

use axum::http::{HeaderMap, Method};
use sha2::{Digest, Sha256};

use super::{Authorization, Refusal};

/// SHA-256 in lower-case hex digits.
pub(super) fn hash_digits(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

/// Rebuilds the canonical request of a call on the path `/`.
///
/// The query string of this protocol is empty; the caller has refused every other one.
pub(super) fn canonical_request(
    method: &Method,
    headers: &HeaderMap,
    authorization: &Authorization<'_>,
    body_hash: &str,
) -> Result<String, Refusal> {
    let mut text = String::with_capacity(512);
    text.push_str(method.as_str());
    text.push_str("\n/\n\n");
    for name in authorization.signed_headers.split(';') {
        text.push_str(name);
        text.push(':');
        push_values(&mut text, headers, name)?;
        text.push('\n');
    }
    text.push('\n');
    text.push_str(authorization.signed_headers);
    text.push('\n');
    text.push_str(body_hash);
    Ok(text)
}

/// Appends all values of a header, joined by commas, outer blanks cut and inner ones single.
fn push_values(text: &mut String, headers: &HeaderMap, name: &str) -> Result<(), Refusal> {
    let incomplete = |missing| Refusal::Incomplete { missing };
    let mut found = false;
    for value in headers.get_all(name) {
        if found {
            text.push(',');
        }
        found = true;
        let value = value.to_str().map_err(|_| incomplete("header values in ASCII"))?;
        for (index, word) in value.split([' ', '\t']).filter(|word| !word.is_empty()).enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    if found { Ok(()) } else { Err(incomplete("every header named in SignedHeaders")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization(signed_headers: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders={signed_headers}, Signature={}",
            "0".repeat(64)
        )
    }

    fn canonical(
        headers: &[(&'static str, &'static str)],
        signed: &str,
    ) -> Result<String, Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let header = authorization(signed);
        let parsed = Authorization::parse(&header).unwrap();
        canonical_request(&Method::GET, &map, &parsed, &hash_digits(b""))
    }

    /// The canonical requests published for the cases `get-header-key-duplicate` and
    /// `get-header-value-trim` of the AWS signing test suite.
    #[test]
    fn values_are_joined_and_blanks_are_single() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let date = ("x-amz-date", "20150830T123600Z");
        let host = ("host", "example.amazonaws.com");
        let signed = "host;my-header1;x-amz-date";
        let duplicates = [
            host,
            ("my-header1", "value2"),
            ("my-header1", "value2"),
            ("my-header1", "value1"),
            date,
        ];
        assert_eq!(
            canonical(&duplicates, signed).unwrap(),
            format!(
                "GET\n/\n\nhost:example.amazonaws.com\nmy-header1:value2,value2,value1\n\
                 x-amz-date:20150830T123600Z\n\n{signed}\n{hash}"
            )
        );
        let signed = "host;my-header1;my-header2;x-amz-date";
        let blanks = [host, ("my-header1", " value1"), ("my-header2", " \"a   b   c\" "), date];
        assert_eq!(
            canonical(&blanks, signed).unwrap(),
            format!(
                "GET\n/\n\nhost:example.amazonaws.com\nmy-header1:value1\nmy-header2:\"a b c\"\n\
                 x-amz-date:20150830T123600Z\n\n{signed}\n{hash}"
            )
        );
    }

    #[test]
    fn a_signed_header_must_be_there() {
        let refusal = canonical(&[("host", "example.com")], "host;x-amz-date").unwrap_err();
        assert!(matches!(refusal, Refusal::Incomplete { .. }));
        assert!(canonical(&[("host", "example.com")], "host").is_ok());
    }
}
