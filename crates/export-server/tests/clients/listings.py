"""Listings, aliases, tags and the life of a key, as boto3 shows them."""

from server import create_key

WRAP = ["Encrypt", "Decrypt", "Wrap", "Unwrap"]
KEK = "TR31_K1_KEY_BLOCK_PROTECTION_KEY"


def listings(server):
    client = server.client()
    made = [create_key(client, KEK, "AES_128", WRAP)["KeyArn"] for _ in range(7)]

    def keys_page_by_page():
        pages = client.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3})
        found = [key["KeyArn"] for page in pages for key in page["Keys"]]
        assert len(found) == len(set(found)) and set(made) <= set(found)

    def keys_by_state():
        client.delete_key(KeyIdentifier=made[0], DeleteKeyInDays=3)
        pending = client.list_keys(KeyState="DELETE_PENDING")["Keys"]
        assert [key["KeyArn"] for key in pending] == [made[0]]
        restored = client.restore_key(KeyIdentifier=made[0])["Key"]
        assert restored["KeyState"] == "CREATE_COMPLETE"

    def usage_stops_and_starts():
        assert client.stop_key_usage(KeyIdentifier=made[1])["Key"]["Enabled"] is False
        started = client.start_key_usage(KeyIdentifier=made[1])["Key"]
        assert started["Enabled"] is True
        assert started["UsageStartTimestamp"] >= started["CreateTimestamp"]

    def aliases():
        for number in range(5):
            client.create_alias(AliasName=f"alias/listed-{number}", KeyArn=made[2])
        pages = client.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2})
        names = [alias["AliasName"] for page in pages for alias in page["Aliases"]]
        assert {f"alias/listed-{number}" for number in range(5)} <= set(names)
        assert client.get_key(KeyIdentifier="alias/listed-0")["Key"]["KeyArn"] == made[2]
        client.update_alias(AliasName="alias/listed-0")
        assert "KeyArn" not in client.get_alias(AliasName="alias/listed-0")["Alias"]
        client.delete_alias(AliasName="alias/listed-0")

    def tags():
        labels = [{"Key": f"label-{number}", "Value": "x"} for number in range(5)]
        client.tag_resource(ResourceArn=made[3], Tags=labels)
        pages = client.get_paginator("list_tags_for_resource")
        pages = pages.paginate(ResourceArn=made[3], PaginationConfig={"PageSize": 2})
        assert [tag for page in pages for tag in page["Tags"]] == labels
        client.untag_resource(ResourceArn=made[3], TagKeys=["label-0"])
        assert client.list_tags_for_resource(ResourceArn=made[3])["Tags"] == labels[1:]

    yield "keys, page by page", keys_page_by_page
    yield "keys by state", keys_by_state
    yield "usage stops and starts", usage_stops_and_starts
    yield "aliases", aliases
    yield "tags", tags


CHECKS = [listings]
