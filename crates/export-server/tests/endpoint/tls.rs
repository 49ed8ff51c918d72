//! TLS from the outside: what is spoken, who is let in, and files that change while it serves.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

use crate::program::{Running, refused, serve};

/// A directory with certificates that openssl made.
struct Pki {
    directory: TempDir,
}

impl Pki {
    /// Two authorities, and a server and a client under each.
    fn new() -> Self {
        let this = Self { directory: TempDir::new().unwrap() };
        for (authority, prefix) in [("ca", ""), ("other-ca", "other-")] {
            this.openssl(&format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
                 -keyout {authority}.key -out {authority}.pem -subj /CN={authority}"
            ));
            for name in ["server", "client"] {
                this.openssl(&format!(
                    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
                     -CA {authority}.pem -CAkey {authority}.key -keyout {prefix}{name}.key \
                     -out {prefix}{name}.pem -subj /CN={prefix}{name} \
                     -addext basicConstraints=critical,CA:FALSE \
                     -addext subjectAltName=IP:127.0.0.1,DNS:localhost"
                ));
            }
        }
        this
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(self.directory.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// A server with a certificate of the first authority.
    fn serve(&self, more: &[&str]) -> Command {
        let mut command = serve(&self.data());
        command.arg("--tls-cert").arg(self.path("server.pem"));
        command.arg("--tls-key").arg(self.path("server.key"));
        for pair in more.chunks(2) {
            command.arg(pair[0]).arg(self.path(pair[1]));
        }
        command
    }

    /// A client that trusts an authority and may show a certificate.
    fn client(
        &self,
        authority: &str,
        own: Option<&str>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path(authority)).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let Some(own) = own else { return builder.with_no_client_auth() };
        let certificate = CertificateDer::from_pem_file(self.path(&format!("{own}.pem"))).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.path(&format!("{own}.key"))).unwrap();
        builder.with_client_auth_cert(vec![certificate], key).unwrap()
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn connect(address: &str, client: ClientConfig) -> Stream {
    let name = "127.0.0.1".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(client), name).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    StreamOwned::new(connection, stream)
}

/// Asks whether the server is ready, on a connection that stays.
fn ask(stream: &mut Stream) -> std::io::Result<String> {
    stream.write_all(b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n")?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let mut part = [0; 1024];
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        answer.extend(&part[..read]);
    }
    Ok(String::from_utf8(answer).unwrap())
}

const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

#[test]
fn both_versions_are_spoken_and_nothing_older_or_weaker() {
    let pki = Pki::new();
    let server = Running::start(pki.serve(&[]));
    assert!(server.greeting.contains("listens on https://127.0.0.1:"), "{}", server.greeting);
    let address = server.address().to_owned();
    for version in [&TLS12, &TLS13] {
        let mut stream = connect(&address, pki.client("ca.pem", None, &[version]));
        assert!(ask(&mut stream).unwrap().contains(r#""status":"ready""#));
        assert_eq!(stream.conn.protocol_version(), Some(version.version));
        assert_eq!(stream.conn.alpn_protocol(), None);
    }
    // Without forward secrecy, of an older version, and without TLS.
    for options in [
        &["-tls1_2", "-cipher", "AES128-GCM-SHA256"][..],
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
    ] {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &address]).args(options);
        assert!(!command.stdin(std::process::Stdio::null()).output().unwrap().status.success());
    }
    let mut plain = TcpStream::connect(&address).unwrap();
    plain.write_all(b"GET /ready HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    server.stop(Signal::TERM);
}

#[test]
fn clients_show_a_certificate_of_the_authority() {
    let pki = Pki::new();
    let server = Running::start(pki.serve(&["--tls-client-ca", "ca.pem"]));
    let ask_as = |own| {
        [&TLS12, &TLS13].map(|version| {
            ask(&mut connect(server.address(), pki.client("ca.pem", own, &[version]))).is_ok()
        })
    };
    assert_eq!(ask_as(Some("client")), [true, true]);
    assert_eq!(ask_as(None), [false, false]);
    assert_eq!(ask_as(Some("other-client")), [false, false]);
    server.stop(Signal::TERM);
}

#[test]
fn files_are_read_again_while_requests_go_on() {
    let pki = Pki::new();
    let server = Running::start(pki.serve(&[]));
    let reaches =
        |authority| ask(&mut connect(server.address(), pki.client(authority, None, BOTH))).is_ok();
    let mut before = connect(server.address(), pki.client("ca.pem", None, BOTH));
    ask(&mut before).unwrap();
    assert!(!reaches("other-ca.pem"));

    // Files that cannot be used change nothing.
    fs::copy(pki.path("other-server.pem"), pki.path("server.pem")).unwrap();
    kill_process(server.pid(), Signal::HUP).unwrap();
    sleep(Duration::from_millis(300));
    assert!(reaches("ca.pem"));

    fs::copy(pki.path("other-server.key"), pki.path("server.key")).unwrap();
    kill_process(server.pid(), Signal::HUP).unwrap();
    let mut waits = (0..100).map(|_| sleep(Duration::from_millis(50)));
    assert!(waits.any(|()| reaches("other-ca.pem")));
    assert!(!reaches("ca.pem"));
    ask(&mut before).unwrap();
    server.stop(Signal::TERM);
}

#[test]
fn files_that_cannot_be_used_keep_the_server_from_starting() {
    let pki = Pki::new();
    let start = |certificate: &str, key: &str| {
        let mut command = serve(&pki.data());
        command.arg("--tls-cert").arg(pki.path(certificate));
        command.arg("--tls-key").arg(pki.path(key));
        refused(command)
    };
    assert!(start("nothing.pem", "server.key").contains("nothing.pem cannot be read"));
    assert!(start("server.key", "server.key").contains("server.key has no certificate in PEM"));
    fs::copy(pki.path("server.pem"), pki.path("no.key")).unwrap();
    fs::set_permissions(pki.path("no.key"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(start("server.pem", "no.key").contains("no.key has no private key in PEM"));
    assert!(start("server.pem", "other-server.key").contains("other-server.key cannot be used"));
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    open(&pki.path("server.key"));
    let refusal = start("server.pem", "server.key");
    assert!(refusal.contains("server.key is open to all users; run: chmod o-rwx"), "{refusal}");
    assert!(!pki.data().exists());
}

#[test]
fn a_client_that_does_not_shake_hands_is_cut() {
    let pki = Pki::new();
    let server = Running::start(pki.serve(&[]));
    let mut silent = TcpStream::connect(server.address()).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // Whoever speaks is served all the while.
    let client = pki.client("ca.pem", None, BOTH);
    assert!(ask(&mut connect(server.address(), client)).is_ok());
    assert_eq!(silent.read(&mut [0; 16]).unwrap(), 0);
    server.stop(Signal::TERM);
}
