"""The story of the demo, told by boto3 over HTTP with Signature Version 4."""

from receiver import open_block
from server import KNOWN_KEK, KNOWN_KEK_ALIAS, create_key, export_key

WRAP = ["Encrypt", "Decrypt", "Wrap", "Unwrap"]
BDK = "TR31_B0_BASE_DERIVATION_KEY"


def story(server):
    client = server.client()

    def key_under_new_kek(algorithm):
        def run():
            kek = create_key(client, "TR31_K1_KEY_BLOCK_PROTECTION_KEY", "AES_256", WRAP)
            _, kek_bytes = open_block(export_key(client, kek["KeyArn"], KNOWN_KEK_ALIAS), KNOWN_KEK)
            bdk = create_key(client, BDK, algorithm, ["DeriveKey"])
            wrapped = export_key(client, bdk["KeyArn"], kek["KeyArn"])
            assert wrapped["WrappedKeyMaterialFormat"] == "TR31_KEY_BLOCK"
            assert wrapped["WrappingKeyArn"] == kek["KeyArn"]
            assert wrapped["KeyCheckValue"] == bdk["KeyCheckValue"]
            header, _ = open_block(wrapped, kek_bytes)
            assert (header.version_id, header.key_usage, header.mode_of_use) == ("D", "B0", "X")

        return run

    def initial_key(algorithm, key_serial_number):
        def run():
            bdk = create_key(client, BDK, algorithm, ["DeriveKey"])
            attributes = {"ExportDukptInitialKey": {"KeySerialNumber": key_serial_number}}
            wrapped = export_key(client, bdk["KeyArn"], KNOWN_KEK_ALIAS, ExportAttributes=attributes)
            header, key = open_block(wrapped, KNOWN_KEK)
            assert (header.key_usage, header.mode_of_use) == ("B1", "X")
            assert len(key) == 16
            # Whoever holds the same key serial number with another counter gets the same key.
            again = {"ExportDukptInitialKey": {"KeySerialNumber": key_serial_number[:-1] + "9"}}
            wrapped = export_key(client, bdk["KeyArn"], KNOWN_KEK_ALIAS, ExportAttributes=again)
            assert open_block(wrapped, KNOWN_KEK)[1] == key

        return run

    def narrowed():
        key = create_key(client, "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_128", WRAP)
        headers = {
            "KeyModesOfUse": {"Encrypt": True, "Wrap": True},
            "KeyExportability": "NON_EXPORTABLE",
            "KeyVersion": "07",
            "OptionalBlocks": {"KS": "00604B120F9292800000", "10": "note"},
        }
        material = {"Tr31KeyBlock": {"WrappingKeyIdentifier": KNOWN_KEK_ALIAS, "KeyBlockHeaders": headers}}
        wrapped = client.export_key(ExportKeyIdentifier=key["KeyArn"], KeyMaterial=material)["WrappedKey"]
        header, _ = open_block(wrapped, KNOWN_KEK)
        assert (header.mode_of_use, header.exportability, header.version_num) == ("E", "N", "07")
        assert header.blocks["KS"] == "00604B120F9292800000"
        assert header.blocks["10"] == "note"

    for algorithm in ["TDES_2KEY", "AES_128"]:
        yield f"a {algorithm} key under a new KEK", key_under_new_kek(algorithm)
    yield "the initial key of a TDES terminal", initial_key("TDES_2KEY", "FFFF9876543210E00001")
    yield "the initial key of an AES terminal", initial_key("AES_128", "123456789012345600000001")
    yield "a header that is narrowed", narrowed


CHECKS = [story]
