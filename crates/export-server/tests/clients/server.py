"""The server on a free port, with a data directory of its own."""

import json
import os
import ssl
import subprocess
import urllib.request

import boto3
from botocore.config import Config

ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"

# The AES-256 example key of FIPS 197, appendix C.3: the one key that both sides know from the start.
KNOWN_KEK = bytes(range(32))
KNOWN_KEK_ALIAS = "alias/known-kek"


class Server:
    def __init__(self, data, *settings, trusted=None, own=None):
        """With the authority of the server's certificate and a client's own one, if it speaks TLS."""
        self.data = data
        self.context = None
        if trusted:
            self.context = ssl.create_default_context(cafile=trusted)
            self.context.load_cert_chain(*own)
        self.settings = settings

    def __enter__(self):
        seed = os.path.join(os.environ["EXPORT_SERVER_EXAMPLES"], "seed_test_keys")
        known = {
            "alias": KNOWN_KEK_ALIAS,
            "usage": "TR31_K1_KEY_BLOCK_PROTECTION_KEY",
            "algorithm": "AES_256",
            "modes": ["Encrypt", "Decrypt", "Wrap", "Unwrap"],
            "key": KNOWN_KEK.hex(),
        }
        subprocess.run([seed, self.data], input=json.dumps(known), text=True, check=True)
        self.start()
        return self

    def start(self):
        self.process = subprocess.Popen(
            [os.environ["EXPORT_SERVER_BIN"], "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data,
             *self.settings],
            env={
                "EXPORT_SERVER_ACCESS_KEY_ID": ACCESS_KEY_ID,
                "EXPORT_SERVER_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
                "EXPORT_SERVER_LOG": "warn",
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        self.greeting = ""
        while "list-keys" not in self.greeting:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"the server ended: {self.greeting}")
            self.greeting += line
        self.url = self.greeting.split(" listens on ")[1].split()[0]
        address = self.url.replace("127.0.0.1", "localhost")
        with urllib.request.urlopen(f"{address}/ready", timeout=10, context=self.context) as ready:
            assert json.load(ready)["status"] == "ready"

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0, "the server did not stop in order"

    def restart(self):
        """Another process on the same data, at another port."""
        self.stop()
        self.start()

    def __exit__(self, *_):
        self.stop()
        verify = [os.environ["EXPORT_SERVER_BIN"], "audit", "verify", "--data-dir", self.data]
        subprocess.run(verify, check=True, stdout=subprocess.DEVNULL)

    def client(self, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET_ACCESS_KEY):
        return boto3.client(
            "payment-cryptography",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(retries={"max_attempts": 0}),
        )

    def environment(self):
        """What the command line needs to call this server."""
        return {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_PAYMENT_CRYPTOGRAPHY": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }


def create_key(client, usage, algorithm, modes):
    """Makes an exportable key."""
    return client.create_key(
        Exportable=True,
        KeyAttributes={
            "KeyUsage": usage,
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": algorithm,
            "KeyModesOfUse": dict.fromkeys(modes, True),
        },
    )["Key"]


def export_key(client, key, kek, **more):
    """Exports a key by TR-31."""
    material = {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}}
    return client.export_key(ExportKeyIdentifier=key, KeyMaterial=material, **more)["WrappedKey"]
