//! TLS: which certificate is shown, which clients are let in, and how both are read anew.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Where certificates and the private key are, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "three files, named in the settings")]
pub struct TlsFiles {
    /// The certificate of the server, and those of the authorities above it.
    pub certificate: PathBuf,
    /// Its private key: PKCS#8, PKCS#1 or SEC 1.
    pub key: PathBuf,
    /// The authorities whose clients are let in; without a file, every client is.
    pub client_ca: Option<PathBuf>,
}

/// Why TLS cannot begin, or stays as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        cause: io::Error,
    },
    /// The private key is there for all users of the machine.
    #[error("{path} is open to all users; run: chmod o-rwx {path}")]
    OpenToAll {
        /// The file.
        path: PathBuf,
    },
    /// A file has no such thing as it should have, or something broken.
    #[error("{path} has no {wanted} in PEM: {cause}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should have.
        wanted: &'static str,
        /// What is wrong.
        cause: pem::Error,
    },
    /// Certificate and key do not belong together, or cannot be used.
    #[error("{certificate} and {key} cannot be used: {cause}")]
    Pair {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
        /// Why not.
        cause: rustls::Error,
    },
    /// A certificate in the file is not one of an authority.
    #[error("{path} cannot be used to know clients by: {cause}")]
    ClientCa {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// TLS as it is offered now.
///
/// Versions 1.2, with keys agreed anew for each connection, and 1.3.
///
/// Standard: RFC 5246; RFC 8446.
pub struct Tls {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(configuration(&files)?));
        Ok(Self { files, current })
    }

    /// Reads the files again, for the connections that come from now on; those that are there
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// [`TlsError`], and then everything stays as it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        let read = Arc::new(configuration(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// Whether clients must show a certificate.
    #[must_use]
    pub const fn is_mutual(&self) -> bool {
        self.files.client_ca.is_some()
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

fn configuration(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let chain = certificates(&files.certificate)?;
    let key = private_key(&files.key)?;
    let pair = |cause| TlsError::Pair {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        cause,
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(pair)?;
    let builder = match &files.client_ca {
        Some(path) => builder.with_client_cert_verifier(client_verifier(path)?),
        None => builder.with_no_client_auth(),
    };
    let mut configuration = builder.with_single_cert(chain, key).map_err(pair)?;
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(configuration)
}

fn client_verifier(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let refuse = |cause| TlsError::ClientCa { path: path.to_owned(), cause };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|cause| refuse(cause.into()))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|cause| refuse(cause.into()))
}

/// The certificates of a file, of which there is at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let malformed =
        |cause| TlsError::Malformed { path: path.to_owned(), wanted: "certificate", cause };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    let found = found.map_err(malformed)?;
    if found.is_empty() { Err(malformed(pem::Error::NoItemsFound)) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let unreadable = |cause| TlsError::Unreadable { path: path.to_owned(), cause };
    if fs::metadata(path).map_err(unreadable)?.mode() & 0o007 != 0 {
        return Err(TlsError::OpenToAll { path: path.to_owned() });
    }
    let text = zeroize::Zeroizing::new(read(path)?);
    PrivateKeyDer::from_pem_slice(&text).map_err(|cause| TlsError::Malformed {
        path: path.to_owned(),
        wanted: "private key",
        cause,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|cause| TlsError::Unreadable { path: path.to_owned(), cause })
}
