"""The same clients over TLS, with a certificate of their own."""

import tempfile
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionError, SSLError
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from certified import certify, name, pem
from server import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Server, create_key

WRAP = ["Encrypt", "Decrypt", "Wrap", "Unwrap"]


class Authority:
    def __init__(self, directory, common_name):
        self.directory = directory
        self.key = rsa.generate_private_key(65537, 2048)
        self.certificate = certify(name(common_name), self.key.public_key(), name(common_name), self.key, True)
        self.file = self.write(f"{common_name}.pem", pem(self.certificate))

    def write(self, file, contents):
        path = self.directory / file
        path.write_bytes(contents)
        path.chmod(0o600)
        return str(path)

    def certified(self, common_name):
        """Files with a certificate for the local machine and its key."""
        key = rsa.generate_private_key(65537, 2048)
        machine = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        certificate = certify(
            name(common_name), key.public_key(), self.certificate.subject, self.key, False, machine
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self.write(f"{common_name}.pem", pem(certificate)), self.write(f"{common_name}.key", private)


def over_tls(_):
    with tempfile.TemporaryDirectory() as directory:
        here = Path(directory)
        ours, others = Authority(here, "ours"), Authority(here, "others")
        certificate, key = ours.certified("server")
        settings = ["--tls-cert", certificate, "--tls-key", key, "--tls-client-ca", ours.file]
        with Server(here / "data", *settings, trusted=ours.file, own=ours.certified("probe")) as server:

            def client(authority, own):
                return boto3.client(
                    "payment-cryptography",
                    endpoint_url=server.url.replace("127.0.0.1", "localhost"),
                    region_name=REGION,
                    aws_access_key_id=ACCESS_KEY_ID,
                    aws_secret_access_key=SECRET_ACCESS_KEY,
                    verify=authority.file,
                    config=Config(retries={"max_attempts": 0}, client_cert=own),
                )

            def served():
                made = create_key(
                    client(ours, ours.certified("client")),
                    "TR31_K1_KEY_BLOCK_PROTECTION_KEY", "AES_256", WRAP,
                )
                assert made["KeyCheckValue"]

            def not_let_in(own):
                def run():
                    try:
                        client(ours, own).list_keys()
                    except (SSLError, ConnectionError):
                        return
                    raise AssertionError("it was let in")

                return run

            def not_trusted():
                try:
                    client(others, ours.certified("client")).list_keys()
                except SSLError:
                    return
                raise AssertionError("it trusted a stranger")

            yield "a client with a certificate", served
            yield "a client without one", not_let_in(None)
            yield "a client with a stranger's", not_let_in(others.certified("stranger"))
            yield "a client that trusts others", not_trusted


CHECKS = [over_tls]
