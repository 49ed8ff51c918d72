//! `cert inspect`: what certificates and requests for them say.

use clap::Args;
use payment_pki::CertificateRequest;
use serde::Serialize;

use crate::certificates::{CertificateShown, name, public_key, read, refused};
use crate::encoded::text_of;
use crate::failure::Failure;
use crate::input;
use crate::page::Page;
use crate::session::{Report, Session};
use crate::time;

/// Show what certificates, or a request for one, say
#[derive(Args, Debug)]
#[command(after_help = "Nothing that is shown of a certificate was verified: see `cert verify`.")]
pub(super) struct Arguments {
    /// The text itself, file:PATH, or - for standard input: PEM, DER, hex or base64
    #[arg(default_value = "-")]
    certificate: String,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let bytes = input::bytes(session, &self.certificate)?;
        let text = text_of(&bytes).unwrap_or_default();
        if text.contains("CERTIFICATE REQUEST-----") {
            let request = CertificateRequest::from_pem(text).map_err(|it| refused(&it, &[]))?;
            return session.show(&RequestShown::new(&request));
        }
        let now = time::or_now(None);
        let certificates = read(&bytes)?;
        let certificates = certificates.iter().map(|it| CertificateShown::new(it, now)).collect();
        session.show(&CertificatesShown { certificates })
    }
}

#[derive(Debug, Serialize)]
struct CertificatesShown {
    certificates: Vec<CertificateShown>,
}

impl Report for CertificatesShown {
    fn write(&self, page: &mut Page) {
        self.certificates.iter().for_each(|certificate| certificate.write(page));
    }
}

#[derive(Debug, Serialize)]
struct RequestShown {
    subject: String,
    public_key: String,
    /// Whether the request is signed by the key that it is for.
    signature_holds: bool,
}

impl RequestShown {
    fn new(request: &CertificateRequest) -> Self {
        Self {
            subject: name(request.subject_der()),
            public_key: public_key(request.public_key()),
            signature_holds: request.verify_signature().is_ok(),
        }
    }
}

impl Report for RequestShown {
    fn write(&self, page: &mut Page) {
        page.heading("certificate signing request");
        page.row("subject", &self.subject);
        page.row("public key", &self.public_key);
        page.row("signature", if self.signature_holds { "holds" } else { "does not hold" });
    }
}
