//! The `Authorization` header.

use super::Refusal;

/// The only algorithm there is.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How every credential scope ends.
pub(super) const TERMINATOR: &str = "aws4_request";
/// The signature in lower-case hex digits.
const SIGNATURE_DIGITS: usize = 64;

/// What the `Authorization` header says, taken apart and not yet believed.
///
/// ```
/// use export_server::sigv4::Authorization;
///
/// let header = format!(
///     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/payment-cryptography/aws4_request, \
///      SignedHeaders=host;x-amz-date, Signature={}",
///     "0f".repeat(32)
/// );
/// let authorization = Authorization::parse(&header)?;
/// assert_eq!(authorization.access_key_id(), "AKIDEXAMPLE");
/// # Ok::<(), export_server::sigv4::Refusal>(())
/// ```
#[derive(Debug)]
pub struct Authorization<'a> {
    pub(super) access_key_id: &'a str,
    /// The scope's date, `YYYYMMDD`.
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// `date/region/service/aws4_request`, as it stands in the string to sign.
    pub(super) scope: &'a str,
    /// Names in lower case, ascending, each once, joined by `;`.
    pub(super) signed_headers: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Takes a header apart.
    ///
    /// # Errors
    ///
    /// [`Refusal::Incomplete`] if it has another form.
    pub fn parse(header: &'a str) -> Result<Self, Refusal> {
        let incomplete = |missing| move || Refusal::Incomplete { missing };
        let parameters = header
            .strip_prefix(ALGORITHM)
            .and_then(|rest| rest.strip_prefix(' '))
            .ok_or_else(incomplete("an Authorization header that begins with AWS4-HMAC-SHA256"))?;
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for parameter in parameters.split(',') {
            let (name, value) = parameter
                .trim()
                .split_once('=')
                .ok_or_else(incomplete("name=value in Authorization"))?;
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(incomplete("only parameters of AWS4-HMAC-SHA256")()),
            };
            if place.replace(value).is_some() {
                return Err(incomplete("each parameter of Authorization once")());
            }
        }
        let credential = credential.ok_or_else(incomplete("Credential in Authorization"))?;
        let (access_key_id, scope) =
            credential.split_once('/').ok_or_else(incomplete("a scope in Credential"))?;
        let [date, region, service] = scope_parts(scope)
            .ok_or_else(incomplete("a scope of date/region/service/aws4_request in Credential"))?;
        let signed_headers = signed_headers
            .filter(|list| is_ascending_list(list))
            .ok_or_else(incomplete("SignedHeaders in lower case and ascending order"))?;
        let signature = signature
            .filter(|digits| is_signature(digits))
            .ok_or_else(incomplete("Signature of 64 lower-case hex digits"))?;
        Ok(Self { access_key_id, date, region, service, scope, signed_headers, signature })
    }

    /// The access key that the request says it was signed with.
    #[must_use]
    pub const fn access_key_id(&self) -> &'a str {
        self.access_key_id
    }

    /// Whether a header of this name, in lower case, was signed.
    pub(super) fn has_signed(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == name)
    }
}

fn scope_parts(scope: &str) -> Option<[&str; 3]> {
    let mut parts = scope.split('/');
    let found = [parts.next()?, parts.next()?, parts.next()?];
    (parts.next() == Some(TERMINATOR) && parts.next().is_none()).then_some(found)
}

fn is_ascending_list(list: &str) -> bool {
    let named =
        |name: &str| !name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_uppercase());
    list.split(';').all(named) && list.split(';').is_sorted_by(|before, after| before < after)
}

fn is_signature(digits: &str) -> bool {
    digits.len() == SIGNATURE_DIGITS
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: &str = "AKIDEXAMPLE/20150830/us-east-1/payment-cryptography/aws4_request";

    fn header(credential: &str, headers: &str, signature: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature={signature}"
        )
    }

    #[test]
    fn a_header_is_taken_apart_in_any_order_of_parameters() {
        let signature = "0f".repeat(32);
        let usual = header(SCOPE, "host;x-amz-date", &signature);
        let other = format!(
            "AWS4-HMAC-SHA256 Signature={signature},SignedHeaders=host;x-amz-date,Credential={SCOPE}"
        );
        for text in [usual, other] {
            let read = Authorization::parse(&text).unwrap();
            assert_eq!(read.scope, "20150830/us-east-1/payment-cryptography/aws4_request");
            assert_eq!((read.date, read.region), ("20150830", "us-east-1"));
            assert_eq!(read.service, "payment-cryptography");
            assert!(read.has_signed("x-amz-date"));
            assert!(!read.has_signed("x-amz"));
            assert_eq!(read.signature, signature);
        }
    }

    #[test]
    fn any_other_form_is_incomplete() {
        let good = "0f".repeat(32);
        for bad in [
            String::new(),
            "Basic dXNlcjpwYXNz".into(),
            "AWS4-HMAC-SHA256".into(),
            format!("AWS4-HMAC-SHA256 Credential={SCOPE}, Signature={good}"),
            format!("AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host"),
            format!("AWS4-HMAC-SHA256 SignedHeaders=host, Signature={good}"),
            header("AKIDEXAMPLE", "host", &good),
            header(&format!("{SCOPE}/more"), "host", &good),
            header("AKIDEXAMPLE/20150830/us-east-1/payment-cryptography", "host", &good),
            header(SCOPE, "", &good),
            header(SCOPE, "host;;x-amz-date", &good),
            header(SCOPE, "Host", &good),
            header(SCOPE, "x-amz-date;host", &good),
            header(SCOPE, "host;host", &good),
            header(SCOPE, "host", &good.to_uppercase()),
            header(SCOPE, "host", &good[1..]),
            header(SCOPE, "host", ""),
            format!("{}, Signature={good}", header(SCOPE, "host", &good)),
            format!("{}, Extra=1", header(SCOPE, "host", &good)),
            header(SCOPE, "host", &good).replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        ] {
            let refusal = Authorization::parse(&bad).unwrap_err();
            assert!(matches!(refusal, Refusal::Incomplete { .. }), "{bad}");
        }
    }
}
