//! A PostgreSQL server that is thrown away: for the tests of the store that many machines share.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, io};

use anyhow::{Context, bail};

use super::programs;
use crate::workspace::{Workspace, run};

/// Where Debian and others keep the programs of each release.
const RELEASES: &str = "/usr/lib/postgresql";
/// Whom the server runs as when we are root, as which it does not run.
const UNPRIVILEGED: &str = "nobody";

/// The program whose tests end the server and start it again.
const RESTARTING: &str = "key-store test crash";

/// Starts servers and lets all tests run that ask for one, which the others are without.
pub(super) fn carry_out(workspace: &Workspace, out: &mut impl Write) -> anyhow::Result<()> {
    let server = Cluster::start("shared")?;
    let restarted = Cluster::start("restarted")?;
    let environment = |program: &str| {
        let server = if program == RESTARTING { &restarted } else { &server };
        server.environment()
    };
    let packages = ["-p", "key-store", "-p", "export-server"];
    programs::carry_out(workspace, &packages, &["postgres"], environment, out)
}

/// A server on a socket in a directory of its own, and with TLS on a loopback port; both end with
/// this value.
struct Cluster {
    directory: PathBuf,
    pg_ctl: PathBuf,
    is_root: bool,
    port: u16,
}

impl Cluster {
    /// Makes and starts a server.
    fn start(name: &str) -> anyhow::Result<Self> {
        let initdb = program("initdb")?;
        let pg_ctl = program("pg_ctl")?;
        let directory = env::temp_dir().join(format!("keys-{}-{name}", process::id()));
        fs::create_dir(&directory).with_context(|| format!("{}", directory.display()))?;
        let is_root = fs::metadata(&directory)?.uid() == 0;
        // A port that is free now, and most likely in a moment.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let cluster = Self { directory, pg_ctl, is_root, port };
        cluster.certificates().context("certificates for the server cannot be made")?;
        if is_root {
            run(Command::new("chown").arg("-R").arg(UNPRIVILEGED).arg(&cluster.directory))?;
        }
        let mut command = cluster.command(&initdb);
        command.args(["--encoding=UTF8", "--locale=C", "--auth=trust", "--username=tests"]);
        quietly(command.arg("--pgdata").arg(cluster.data()), &cluster.directory)?;

        let shown = cluster.directory.display();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={shown} \
             -c max_connections=300 -c ssl=on -c ssl_cert_file={shown}/server.pem \
             -c ssl_key_file={shown}/server.key"
        );
        let mut command = cluster.command(&cluster.pg_ctl);
        command.arg("--pgdata").arg(cluster.data()).arg("--options").arg(options);
        command.arg("--log").arg(cluster.directory.join("log")).args(["--wait", "start"]);
        quietly(&mut command, &cluster.directory)?;
        Ok(cluster)
    }

    /// What the tests read to find it.
    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("EXPORT_SERVER_TEST_POSTGRES", self.url()),
            ("EXPORT_SERVER_TEST_POSTGRES_RESTART", self.restart()),
            ("EXPORT_SERVER_TEST_POSTGRES_TLS", self.tls_url()),
        ]
    }

    /// The address of its database by the socket.
    fn url(&self) -> String {
        let directory = encoded(&self.directory);
        format!("postgres://tests@{directory}:{}/postgres", self.port)
    }

    /// The same by TLS.
    fn tls_url(&self) -> String {
        let authority = encoded(&self.directory.join("ca.pem"));
        format!(
            "postgres://tests@localhost:{}/postgres?sslmode=verify-full&sslrootcert={authority}",
            self.port
        )
    }

    /// A shell command that ends it at once, with nothing written any more, and starts it again.
    fn restart(&self) -> String {
        let user =
            if self.is_root { format!("runuser -u {UNPRIVILEGED} --") } else { String::new() };
        format!(
            "cd '{}' && {user} '{}' --pgdata '{}' --log log --mode=immediate --wait restart",
            self.directory.display(),
            self.pg_ctl.display(),
            self.data().display(),
        )
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// An authority, and the certificate of a server called `localhost`.
    fn certificates(&self) -> anyhow::Result<()> {
        let make = |arguments: &[&str]| {
            let mut command = Command::new("openssl");
            command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
            command.args(["-nodes", "-days", "7"]).args(arguments).current_dir(&self.directory);
            quietly(&mut command, &self.directory)
        };
        make(&["-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"])?;
        make(&[
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-keyout",
            "server.key",
            "-out",
            "server.pem",
        ])
    }

    /// A command that runs as whoever the server runs as.
    fn command(&self, program: &Path) -> Command {
        let mut command = match self.is_root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", UNPRIVILEGED, "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        // Where we are may be closed to whoever that is.
        command.current_dir(&self.directory);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut command = self.command(&self.pg_ctl);
        command.arg("--pgdata").arg(self.data()).args(["--mode=immediate", "--wait", "stop"]);
        // A server that did not start cannot be stopped, and the directory is a temporary one.
        let _ = quietly(&mut command, &self.directory);
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A program of PostgreSQL: on the path, or of the newest release in the usual place.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let on_path = env::var_os("PATH").and_then(|path| {
        env::split_paths(&path).map(|directory| directory.join(name)).find(|path| path.is_file())
    });
    if let Some(path) = on_path {
        return Ok(path);
    }
    let release = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        let path = entry.path().join("bin").join(name);
        path.is_file().then_some((number, path))
    };
    let newest = fs::read_dir(RELEASES).ok().and_then(|found| found.filter_map(release).max());
    match newest {
        Some((_, path)) => Ok(path),
        None => bail!("{name} is not there: please install the package postgresql"),
    }
}

/// Runs a command, and shows what it wrote only if it fails.
fn quietly(command: &mut Command, directory: &Path) -> anyhow::Result<()> {
    let path = directory.join("output");
    let output = File::create(&path)?;
    let outcome = run(command.stdout(output.try_clone()?).stderr(output));
    outcome.with_context(|| fs::read_to_string(&path).unwrap_or_default())
}

/// A path as it stands in an address.
fn encoded(path: &Path) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    path.as_os_str().as_encoded_bytes().iter().copied().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        assert_eq!(encoded(Path::new("/tmp/a b:c-1")), "%2Ftmp%2Fa%20b%3Ac-1");
    }
}
