"""The AWS command line, also with the commands that the server prints for pasting."""

import json
import subprocess

from receiver import open_block
from server import KNOWN_KEK, KNOWN_KEK_ALIAS


def command_line(server):
    def aws(*arguments):
        command = ["aws", "payment-cryptography", *arguments, "--output", "json"]
        run = subprocess.run(command, env=server.environment(), text=True, capture_output=True)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def create_list_export():
        attributes = {
            "KeyUsage": "TR31_B0_BASE_DERIVATION_KEY",
            "KeyClass": "SYMMETRIC_KEY",
            "KeyAlgorithm": "TDES_2KEY",
            "KeyModesOfUse": {"DeriveKey": True},
        }
        made = aws("create-key", "--exportable", "--key-attributes", json.dumps(attributes))["Key"]
        listed = aws("list-keys", "--page-size", "10")["Keys"]
        assert made["KeyArn"] in [key["KeyArn"] for key in listed]
        material = {"Tr31KeyBlock": {"WrappingKeyIdentifier": KNOWN_KEK_ALIAS}}
        arguments = ["--export-key-identifier", made["KeyArn"], "--key-material", json.dumps(material)]
        wrapped = aws("export-key", *arguments)["WrappedKey"]
        assert wrapped["KeyCheckValue"] == made["KeyCheckValue"]
        header, _ = open_block(wrapped, KNOWN_KEK)
        assert header.key_usage == "B0"

    def refused():
        command = ["aws", "payment-cryptography", "get-key", "--key-identifier", "alias/unknown"]
        run = subprocess.run(command, env=server.environment(), text=True, capture_output=True)
        assert run.returncode != 0
        assert "ResourceNotFoundException" in run.stderr and "alias/unknown" in run.stderr, run.stderr

    def as_pasted():
        script = server.greeting[server.greeting.index("  export AWS_DEFAULT_REGION"):]
        environment = server.environment()
        del environment["AWS_DEFAULT_REGION"], environment["AWS_ENDPOINT_URL_PAYMENT_CRYPTOGRAPHY"]
        command = ["sh", "-e", "-c", script]
        run = subprocess.run(command, env=environment, text=True, capture_output=True)
        assert run.returncode == 0, run.stderr
        assert "CREATE_COMPLETE" in run.stdout and '"Keys"' in run.stdout, run.stdout

    yield "create-key, list-keys, export-key", create_list_export
    yield "a refusal", refused
    yield "the commands of the greeting", as_pasted


CHECKS = [command_line]
