//! What the server prints when it starts.

use std::io::{self, Write};

use crate::config::Settings;
use crate::serve::Server;
use crate::sigv4::Credential;

/// Prints where the server listens and how to call it; the secret of a new access key is shown
/// here and never again.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn print(out: &mut impl Write, server: &Server, settings: &Settings) -> io::Result<()> {
    let (address, realm) = (server.address(), &settings.realm);
    let (version, scheme) = (env!("CARGO_PKG_VERSION"), scheme(server));
    writeln!(out, "export-server {version} listens on {scheme}://{address}")?;
    writeln!(out)?;
    writeln!(out, "  region     {}, account {}", realm.region(), realm.account())?;
    writeln!(out, "  data       {}", settings.data_dir.display())?;
    writeln!(out, "  audit      {} lines", server.audit_head().sequence_number)?;
    if let Some(tls) = server.tls() {
        let clients = if tls.is_mutual() { "with a certificate" } else { "with or without one" };
        writeln!(out, "  TLS        1.2 and 1.3, clients {clients}")?;
    }
    if settings.no_auth {
        writeln!(out, "  access     NO SIGNATURES: whoever reaches this address is served")?;
    } else {
        writeln!(out, "  access     signed requests, access keys: {}", server.access_keys())?;
    }
    writeln!(out)?;
    match server.new_access_key() {
        Some(credential) => print_access_key(out, credential)?,
        None if settings.no_auth => writeln!(out, "Any access key will do:\n")?,
        None => writeln!(out, "With the access key in the environment:\n")?,
    }
    print_commands(out, server, settings)
}

fn print_access_key(out: &mut impl Write, credential: &Credential) -> io::Result<()> {
    writeln!(out, "An access key was made. Its secret is shown now and never again:\n")?;
    writeln!(out, "  export AWS_ACCESS_KEY_ID={}", credential.id())?;
    writeln!(out, "  export AWS_SECRET_ACCESS_KEY={}", credential.secret().expose_secret())
}

fn print_commands(out: &mut impl Write, server: &Server, settings: &Settings) -> io::Result<()> {
    let (address, region) = (server.address(), settings.realm.region());
    let scheme = scheme(server);
    writeln!(
        out,
        "  export AWS_DEFAULT_REGION={region}
  export AWS_ENDPOINT_URL_PAYMENT_CRYPTOGRAPHY={scheme}://{address}

  aws payment-cryptography create-key --exportable --key-attributes '{{
    \"KeyUsage\": \"TR31_K1_KEY_BLOCK_PROTECTION_KEY\", \"KeyClass\": \"SYMMETRIC_KEY\",
    \"KeyAlgorithm\": \"AES_256\", \"KeyModesOfUse\":
    {{\"Encrypt\": true, \"Decrypt\": true, \"Wrap\": true, \"Unwrap\": true}}}}'
  aws payment-cryptography list-keys
"
    )?;
    out.flush()
}

fn scheme(server: &Server) -> &'static str {
    if server.tls().is_some() { "https" } else { "http" }
}
