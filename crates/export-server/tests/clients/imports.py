"""Keys taken back: between two servers with root keys of their own, from psec and from openssl.

The second server takes TR-34 key tokens of the layouts A and E, because openssl writes CMS as it
stands, which is layout A.
"""

import base64
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from psec import tr31

from certified import WRAP, certify, elements, encoded, name, pem
from receiver import check_value_of
from server import Server, create_key, export_key

# Keys of a partner, for tests only.
TDES = bytes.fromhex("0123456789ABCDEFFEDCBA987654321089ABCDEF01234567")
AES = bytes(range(16))
NONCE = "0123456789ABCDEF"
KEK = "TR31_K0_KEY_ENCRYPTION_KEY"
PIN = "TR31_P0_PIN_ENCRYPTION_KEY"
SAMPLE = [
    ("TR31_B0_BASE_DERIVATION_KEY", "TDES_2KEY", ["DeriveKey"]),
    ("TR31_B0_BASE_DERIVATION_KEY", "AES_128", ["DeriveKey"]),
    (PIN, "TDES_3KEY", ["Encrypt", "Wrap"]),
    ("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_128", ["Decrypt", "Unwrap"]),
    ("TR31_M3_ISO_9797_3_MAC_KEY", "TDES_2KEY", ["Generate"]),
    ("TR31_C0_CARD_VERIFICATION_KEY", "TDES_2KEY", ["Generate", "Verify"]),
    ("TR31_V2_VISA_PIN_VERIFICATION_KEY", "TDES_2KEY", ["NoRestrictions"]),
]


def attributes(usage, algorithm, modes, key_class="SYMMETRIC_KEY"):
    return {
        "KeyUsage": usage,
        "KeyClass": key_class,
        "KeyAlgorithm": algorithm,
        "KeyModesOfUse": dict.fromkeys(modes, True),
    }


def trust(client, certificate, algorithm):
    root = {
        "KeyAttributes": attributes(
            "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", algorithm, ["Verify"], "PUBLIC_KEY"
        ),
        "PublicKeyCertificate": certificate,
    }
    return client.import_key(KeyMaterial={"RootCertificatePublicKey": root})["Key"]["KeyArn"]


def import_block(client, kek, block):
    form = {"WrappingKeyIdentifier": kek, "WrappedKeyBlock": block}
    return client.import_key(KeyMaterial={"Tr31KeyBlock": form})["Key"]


def same(one, other):
    for member in ["KeyAttributes", "KeyCheckValue", "KeyCheckValueAlgorithm", "Exportable"]:
        assert one[member] == other[member], (member, one[member], other[member])


def element(tag, *parts):
    """An element in DER."""
    contents = b"".join(parts)
    length = len(contents)
    if length < 0x80:
        return bytes([tag, length]) + contents
    digits = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(digits)]) + digits + contents


def identifier(text):
    return element(0x06, bytes.fromhex(text))


ENVELOPED = identifier("2a864886f70d010703")
SHA_256 = element(0x30, identifier("608648016503040201"))
RSA_SHA_256 = element(0x30, identifier("2a864886f70d01010b"), b"\x05\x00")


class Sender:
    """A key distribution host of openssl: it encrypts, and it signs."""

    def __init__(self):
        self.root_key = rsa.generate_private_key(65537, 3072)
        self.root = certify(name("Senders"), self.root_key.public_key(), name("Senders"), self.root_key, True)
        self.key = rsa.generate_private_key(65537, 2048)
        self.certificate = certify(
            name("KDH"), self.key.public_key(), self.root.subject, self.root_key, False
        )

    def token(self, receiver, header, key, cipher):
        """A key token of two passes, as RFC 5652 has it."""
        issuer = self.certificate.issuer.public_bytes()
        serial = self.certificate.serial_number
        serial = element(0x02, serial.to_bytes(serial.bit_length() // 8 + 1))
        identity = element(0x30, issuer, serial)
        shown = element(
            0x30, identifier("2a864886f70d010701"), element(0x31, element(0x04, header.encode()))
        )
        block = element(0x30, element(0x02, b"\x01"), identity, element(0x04, key), shown)
        with tempfile.TemporaryDirectory() as directory:
            here = Path(directory)

            def openssl(*arguments):
                subprocess.run(
                    ["openssl", *arguments], cwd=here, env={"PATH": os.environ["PATH"]},
                    check=True, capture_output=True,
                )

            (here / "block").write_bytes(block)
            (here / "receiver").write_bytes(receiver)
            openssl(
                "cms", "-encrypt", "-binary", "-outform", "DER", "-in", "block", "-out", "envelope",
                cipher, "-recip", "receiver", "-keyopt", "rsa_padding_mode:oaep",
                "-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha256",
            )
            [(_, info)] = elements((here / "envelope").read_bytes())
            envelope = elements(info)[1][1]
            attribute = lambda kind, value: element(0x30, identifier(kind), element(0x31, value))
            signed = element(
                0x31,
                attribute("2a864886f70d010903", ENVELOPED),
                attribute("2a864886f70d01091903", element(0x04, bytes.fromhex(NONCE))),
                shown,
                attribute("2a864886f70d010904", element(0x04, hashlib.sha256(envelope).digest())),
            )
            (here / "signed").write_bytes(signed)
            (here / "key").write_bytes(
                self.key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            openssl("dgst", "-sha256", "-sign", "key", "-out", "signature", "signed")
            signature = (here / "signature").read_bytes()
        signer = element(
            0x30, element(0x02, b"\x01"), identity, SHA_256, b"\xa0" + signed[1:], RSA_SHA_256,
            element(0x04, signature),
        )
        content = element(0x30, ENVELOPED, element(0xA0, element(0x04, envelope)))
        data = element(
            0x30, element(0x02, b"\x03"), element(0x31, SHA_256), content, element(0x31, signer)
        )
        token = element(0x30, identifier("2a864886f70d010702"), element(0xA0, data))
        return token.hex().upper()


def imports(server):
    here = server.client()
    with tempfile.TemporaryDirectory() as directory:
        with Server(Path(directory) / "data", "--import-layouts", "A,E") as other:
            yield from between(here, other.client())


def between(here, there):
    signer = here.get_parameters_for_export(
        KeyMaterialType="TR34_KEY_BLOCK", SigningKeyAlgorithm="RSA_2048"
    )
    receiver = there.get_parameters_for_import(
        KeyMaterialType="TR34_KEY_BLOCK", WrappingKeyAlgorithm="RSA_3072"
    )
    wrapper = there.get_parameters_for_import(
        KeyMaterialType="KEY_CRYPTOGRAM", WrappingKeyAlgorithm="RSA_3072"
    )
    receivers = trust(here, receiver["WrappingKeyCertificateChain"], "RSA_4096")
    senders = trust(there, signer["SigningKeyCertificateChain"], "RSA_4096")

    def by_token(key, nonce):
        fresh = {"RandomNonce": nonce} if nonce else {}
        form = {
            "CertificateAuthorityPublicKeyIdentifier": receivers,
            "WrappingKeyCertificate": receiver["WrappingKeyCertificate"],
            "ExportToken": signer["ExportToken"],
            "KeyBlockFormat": "X9_TR34_2012",
            **fresh,
        }
        sent = here.export_key(ExportKeyIdentifier=key, KeyMaterial={"Tr34KeyBlock": form})
        form = {
            "CertificateAuthorityPublicKeyIdentifier": senders,
            "SigningKeyCertificate": signer["SigningKeyCertificate"],
            "ImportToken": receiver["ImportToken"],
            "WrappedKeyBlock": sent["WrappedKey"]["KeyMaterial"],
            "KeyBlockFormat": "X9_TR34_2012",
            **fresh,
        }
        return there.import_key(KeyMaterial={"Tr34KeyBlock": form})["Key"]

    def import_cryptogram(cryptogram, key_attributes, spec="RSA_OAEP_SHA_256"):
        form = {
            "KeyAttributes": key_attributes,
            "Exportable": True,
            "WrappedKeyCryptogram": cryptogram,
            "ImportToken": wrapper["ImportToken"],
            "WrappingSpec": spec,
        }
        return there.import_key(KeyMaterial={"KeyCryptogram": form})["Key"]

    kek_here = create_key(here, KEK, "AES_128", WRAP)
    kek_there = by_token(kek_here["KeyArn"], NONCE)

    def round_trip(usage, algorithm, modes):
        def run():
            same(kek_there, kek_here)
            made = create_key(here, usage, algorithm, modes)
            sent = export_key(here, made["KeyArn"], kek_here["KeyArn"])["KeyMaterial"]
            taken = import_block(there, kek_there["KeyArn"], sent)
            same(taken, made)
            same(by_token(made["KeyArn"], None), made)
            form = {
                "CertificateAuthorityPublicKeyIdentifier": receivers,
                "WrappingKeyCertificate": wrapper["WrappingKeyCertificate"],
                "WrappingSpec": "RSA_OAEP_SHA_512",
            }
            sent = here.export_key(
                ExportKeyIdentifier=made["KeyArn"], KeyMaterial={"KeyCryptogram": form}
            )["WrappedKey"]["KeyMaterial"]
            same(import_cryptogram(sent, made["KeyAttributes"], "RSA_OAEP_SHA_512"), made)
            back = export_key(there, taken["KeyArn"], kek_there["KeyArn"])["KeyMaterial"]
            same(import_block(here, kek_here["KeyArn"], back), made)

        return run

    # A partner brings KEKs as RSA cryptograms; only it and the endpoint know them.
    public_key = x509.load_pem_x509_certificate(base64.b64decode(wrapper["WrappingKeyCertificate"]))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

    def partners_kek(key, algorithm):
        cryptogram = public_key.public_key().encrypt(key, oaep).hex().upper()
        taken = import_cryptogram(cryptogram, attributes(KEK, algorithm, WRAP))
        assert taken["KeyCheckValue"] == check_value_of(algorithm[0], key)
        return taken["KeyArn"]

    keks = {24: partners_kek(TDES, "TDES_3KEY"), 16: partners_kek(AES, "AES_128")}

    def from_psec(version):
        def run():
            kek = AES if version == "D" else TDES
            for usage, mode, algorithm, key in [
                ("P0", "E", "T", TDES[:16]),
                ("B0", "X", "T", TDES[8:]),
                ("M3", "G", "T", TDES),
                ("D0", "D", "A", AES),
            ]:
                # An AES key would be stronger than a TDES KEK.
                if algorithm == "A" and version != "D":
                    continue
                header = tr31.Header(version, usage, algorithm, mode, "c1", "S")
                header.blocks["LB"] = "terminal"
                block = tr31.wrap(kek, header, key)
                taken = import_block(there, keks[len(kek)], block)
                assert taken["KeyCheckValue"] == check_value_of(algorithm, key)
                assert taken["KeyOrigin"] == "EXTERNAL" and taken["Exportable"]
                back = export_key(there, taken["KeyArn"], keks[len(kek)])["KeyMaterial"]
                header, opened = tr31.unwrap(kek, back)
                assert opened == key
                assert (header.key_usage, header.mode_of_use) == (usage, mode)
                assert (header.version_num, header.blocks["LB"]) == ("c1", "terminal")

        return run

    def refused(call, part):
        try:
            call()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ValidationException", error
            assert part in error.response["Error"]["Message"], error
        else:
            raise AssertionError("it was carried out")

    def psec_tampered():
        block = tr31.wrap(TDES, tr31.Header("B", "P0", "T", "E", "00", "N"), TDES[:16])
        changed = block[:40] + ("1" if block[40] == "0" else "0") + block[41:]
        refused(lambda: import_block(there, keks[24], changed), "does not open under the wrapping key")
        refused(lambda: import_block(there, keks[16], block), "does not open under the wrapping key")
        taken = import_block(there, keks[24], block)
        assert not taken["Exportable"]
        refused(lambda: export_key(there, taken["KeyArn"], keks[24]), "Exportable")

    sender = Sender()
    root = trust(there, encoded(sender.root), "RSA_3072")

    def from_openssl(client, root, receiver, header, key, cipher):
        token = sender.token(base64.b64decode(receiver["WrappingKeyCertificate"]), header, key, cipher)
        form = {
            "CertificateAuthorityPublicKeyIdentifier": root,
            "SigningKeyCertificate": encoded(sender.certificate),
            "ImportToken": receiver["ImportToken"],
            "WrappedKeyBlock": token,
            "KeyBlockFormat": "X9_TR34_2012",
            "RandomNonce": NONCE,
        }
        return client.import_key(KeyMaterial={"Tr34KeyBlock": form})["Key"]

    def openssl_token(header, key, cipher):
        def run():
            taken = from_openssl(there, root, receiver, header, key, cipher)
            assert taken["KeyCheckValue"] == check_value_of(header[7], key)
            assert taken["KeyAttributes"]["KeyUsage"][5:7] == header[5:7]

        return run

    def openssl_not_allowed():
        other = here.get_parameters_for_import(
            KeyMaterialType="TR34_KEY_BLOCK", WrappingKeyAlgorithm="RSA_2048"
        )
        own_root = trust(here, encoded(sender.root), "RSA_3072")
        refused(
            lambda: from_openssl(here, own_root, other, "D0112K0TB00E0000", TDES[:16], "-des3"),
            "has layout A",
        )

    for usage, algorithm, modes in SAMPLE:
        yield f"{usage[5:7]} {algorithm} there and back", round_trip(usage, algorithm, modes)
    for version in "ABCD":
        yield f"version {version} of psec", from_psec(version)
    yield "a changed block of psec, and one that may not leave", psec_tampered
    yield "TDES by openssl", openssl_token("D0112K0TB00E0000", TDES[:16], "-des3")
    yield "AES by openssl", openssl_token("D0112K0AB00E0000", AES, "-aes128")
    yield "a layout that was not allowed", openssl_not_allowed


CHECKS = [imports]
