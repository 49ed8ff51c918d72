"""Refusals, as boto3 reads them."""

from botocore.exceptions import ClientError

from server import ACCESS_KEY_ID, KNOWN_KEK_ALIAS, export_key


def errors(server):
    client = server.client()

    def refusal(call, code, message, resource_id=None):
        def run():
            try:
                call()
            except ClientError as error:
                assert error.response["Error"]["Code"] == code, error
                assert message in error.response["Error"]["Message"], error
                assert error.response.get("ResourceId") == resource_id, error.response
                assert len(error.response["ResponseMetadata"]["RequestId"]) == 36
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
            else:
                raise AssertionError("it was carried out")

        return run

    stranger = server.client(access_key_id="AKIAI44QH8DHBEXAMPLE")
    wrong = server.client(ACCESS_KEY_ID, "a secret that is not the right one")
    unknown = "alias/unknown"
    yield "unknown alias", refusal(
        lambda: client.get_key(KeyIdentifier=unknown), "ResourceNotFoundException", unknown, unknown
    )
    yield "alias taken", refusal(
        lambda: client.create_alias(AliasName=KNOWN_KEK_ALIAS), "ConflictException", "AliasName"
    )
    yield "wrong pattern", refusal(
        lambda: client.get_key(KeyIdentifier="not a key"), "ValidationException", "KeyIdentifier"
    )
    yield "key serial number in lower case", refusal(
        lambda: export_key(
            client,
            KNOWN_KEK_ALIAS,
            KNOWN_KEK_ALIAS,
            ExportAttributes={"ExportDukptInitialKey": {"KeySerialNumber": "ffff9876543210e00001"}},
        ),
        "ValidationException",
        "KeySerialNumber",
    )
    yield "other account", refusal(
        lambda: client.get_key(
            KeyIdentifier="arn:aws:payment-cryptography:us-east-1:999988887777:key/abcdefgh12345678"
        ),
        "AccessDeniedException",
        "another account",
    )
    yield "unknown access key", refusal(
        stranger.list_keys, "UnrecognizedClientException", "access key"
    )
    yield "wrong secret", refusal(wrong.list_keys, "InvalidSignatureException", "signature")
    yield "operation that is not offered", refusal(
        client.get_default_key_replication_regions,
        "UnknownOperationException",
        "X-Amz-Target",
    )


CHECKS = [errors]
