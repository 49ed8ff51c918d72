"""Every symmetric algorithm under every KEK: opened where it is allowed, refused where not.

The table of allowed wrapping keys is the one that the service's guide publishes. HMAC keys are
not in it; they count by their length, which only AES_256 reaches.
"""

from botocore.exceptions import ClientError

from receiver import open_block
from server import KNOWN_KEK, KNOWN_KEK_ALIAS, create_key, export_key

WRAP = ["Encrypt", "Decrypt", "Wrap", "Unwrap"]
KEKS = ["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"]
ALLOWED = {
    "TDES_2KEY": ["TDES_2KEY", "TDES_3KEY", "AES_128", "AES_192", "AES_256"],
    "TDES_3KEY": ["TDES_3KEY", "AES_128", "AES_192", "AES_256"],
    "AES_128": ["AES_128", "AES_192", "AES_256"],
    "AES_192": ["AES_192", "AES_256"],
    "AES_256": ["AES_256"],
    "HMAC_SHA224": ["AES_256"],
    "HMAC_SHA256": ["AES_256"],
    "HMAC_SHA384": ["AES_256"],
    "HMAC_SHA512": ["AES_256"],
}
LENGTHS = {
    "TDES_2KEY": 16, "TDES_3KEY": 24, "AES_128": 16, "AES_192": 24, "AES_256": 32,
    "HMAC_SHA224": 28, "HMAC_SHA256": 32, "HMAC_SHA384": 48, "HMAC_SHA512": 64,
}


def strength(server):
    client = server.client()
    keys = {}
    for algorithm in ALLOWED:
        if algorithm.startswith("HMAC"):
            keys[algorithm] = create_key(client, "TR31_M7_HMAC_KEY", algorithm, ["Generate", "Verify"])
        else:
            usage = "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY"
            keys[algorithm] = create_key(client, usage, algorithm, WRAP)

    def allowed(key, kek, kek_bytes):
        def run():
            wrapped = export_key(client, keys[key]["KeyArn"], kek["KeyArn"])
            assert wrapped["KeyCheckValue"] == keys[key]["KeyCheckValue"]
            header, opened = open_block(wrapped, kek_bytes)
            version = "B" if kek["KeyAttributes"]["KeyAlgorithm"].startswith("TDES") else "D"
            assert (header.version_id, header.algorithm) == (version, key[0])
            assert len(opened) == LENGTHS[key]

        return run

    def refused(key, kek):
        def run():
            try:
                export_key(client, keys[key]["KeyArn"], kek["KeyArn"])
            except ClientError as error:
                assert error.response["Error"]["Code"] == "ValidationException", error
                assert "WrappingKeyIdentifier" in error.response["Error"]["Message"], error
            else:
                raise AssertionError("it was exported")

        return run

    for algorithm in KEKS:
        usage = "TR31_K0_KEY_ENCRYPTION_KEY" if algorithm.startswith("TDES") else "TR31_K1_KEY_BLOCK_PROTECTION_KEY"
        kek = create_key(client, usage, algorithm, WRAP)
        _, kek_bytes = open_block(export_key(client, kek["KeyArn"], KNOWN_KEK_ALIAS), KNOWN_KEK)
        for key, strong_enough in ALLOWED.items():
            if algorithm in strong_enough:
                yield f"{key} under {algorithm}", allowed(key, kek, kek_bytes)
            else:
                yield f"{key} not under {algorithm}", refused(key, kek)


CHECKS = [strength]
