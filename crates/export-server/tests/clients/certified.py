"""Exports under certificates: `openssl` verifies each token, and it is decrypted with what
`cryptography` has, after the layout is undone.

The receiver knows the standard and nothing of the endpoint: its keys, its root and its parser are
made here.
"""

import base64
import datetime
import os
import subprocess
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.x509.oid import NameOID

from receiver import check_value_of
from server import create_key

WRAP = ["Encrypt", "Decrypt", "Wrap", "Unwrap"]
SIGNING = "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE"
KEYS = [
    ("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_2KEY", WRAP, 16),
    ("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "TDES_3KEY", WRAP, 24),
    ("TR31_B0_BASE_DERIVATION_KEY", "AES_128", ["DeriveKey"], 16),
]
INITIAL_KEYS = [("TDES_2KEY", "FFFF9876543210E00001"), ("AES_128", "123456789012345600000001")]
NONCE = "0123456789ABCDEF0123456789ABCDEF"


def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certify(subject, public_key, issuer, key, authority, extension=None):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=30))
    )
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if extension:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def encoded(certificate):
    return base64.b64encode(pem(certificate)).decode()


class Receiver:
    """A device with its root; its certificate has no extensions, as published samples have it."""

    def __init__(self):
        self.root_key = rsa.generate_private_key(65537, 3072)
        self.root = certify(name("Root"), self.root_key.public_key(), name("Root"), self.root_key, True)
        self.key = rsa.generate_private_key(65537, 3072)
        self.certificate = self.certified(name("KRD"), self.key.public_key())

    def certified(self, subject, public_key):
        return certify(subject, public_key, self.root.subject, self.root_key, False)

    def verify(self, token, signer, chain):
        """Lets openssl verify the signature of a token, and gives what was signed."""
        with tempfile.TemporaryDirectory() as directory:
            here = Path(directory)
            (here / "token").write_bytes(token)
            (here / "signer").write_bytes(signer)
            (here / "chain").write_bytes(chain)
            subprocess.run(
                ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "token", "-out",
                 "content", "-certfile", "signer", "-CAfile", "chain", "-partial_chain", "-purpose", "any"],
                cwd=here, env={"PATH": os.environ["PATH"]}, check=True, capture_output=True,
            )
            return (here / "content").read_bytes()

    def open(self, content):
        """Decrypts an EnvelopedData without SEQUENCE header, and gives header and key."""
        version, recipients, encrypted = elements(content)
        assert version == (0x02, b"\x00")
        [(_, recipient)] = elements(recipients[1])
        _, identity, algorithm, wrapped = elements(recipient)
        issuer, serial = elements(identity[1])
        assert issuer[1] == elements(self.certificate.issuer.public_bytes())[0][1]
        assert int.from_bytes(serial[1]) == self.certificate.serial_number
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        content_key = self.key.decrypt(wrapped[1], oaep)
        _, (_, cipher) = elements(encrypted[1])
        _, (_, iv), (tag, ciphertext) = elements(cipher)
        assert tag == 0x80, "the ciphertext stands inside the algorithm"
        algorithm = TripleDES(content_key) if len(content_key) == 24 else AES(content_key)
        clear = Cipher(algorithm, modes.CBC(iv)).decryptor().update(ciphertext)
        assert clear[-1] and clear.endswith(bytes([clear[-1]]) * clear[-1])
        [(_, block)] = elements(clear[: -clear[-1]])
        version, _, key, attribute = elements(block)
        assert version == (0x02, b"\x01")
        [(_, header)] = elements(elements(attribute[1])[1][1])
        return header.decode(), key[1]


def elements(data):
    """The elements of DER contents, as tags and contents."""
    found = []
    while data:
        tag, length, at = data[0], data[1], 2
        if length & 0x80:
            at += length & 0x7F
            length = int.from_bytes(data[2:at])
        found.append((tag, data[at : at + length]))
        assert len(found[-1][1]) == length
        data = data[at + length :]
    return found


def attributes_of(token):
    """The signed attributes of a token, by their type, in order."""
    signed = elements(elements(elements(elements(token)[0][1])[1][1])[0][1])
    signer = elements(elements(signed[-1][1])[0][1])
    return [tuple(part[1] for part in elements(value)) for _, value in elements(signer[3][1])]


def certified(server):
    client = server.client()
    receiver = Receiver()
    attributes = {
        "KeyUsage": SIGNING,
        "KeyClass": "PUBLIC_KEY",
        "KeyAlgorithm": "RSA_3072",
        "KeyModesOfUse": {"Verify": True},
    }
    root = client.import_key(
        KeyMaterial={
            "RootCertificatePublicKey": {
                "KeyAttributes": attributes,
                "PublicKeyCertificate": encoded(receiver.root),
            }
        },
        KeyCheckValueAlgorithm="ANSI_X9_24",
        Tags=[],
    )["Key"]["KeyArn"]
    parameters = client.get_parameters_for_export(
        KeyMaterialType="TR34_KEY_BLOCK", SigningKeyAlgorithm="RSA_2048"
    )
    signer = base64.b64decode(parameters["SigningKeyCertificate"])
    chain = base64.b64decode(parameters["SigningKeyCertificateChain"])
    form = {
        "CertificateAuthorityPublicKeyIdentifier": root,
        "WrappingKeyCertificate": encoded(receiver.certificate),
    }

    def export(key, name, more, **others):
        material = {name: {**form, **more}}
        return client.export_key(ExportKeyIdentifier=key, KeyMaterial=material, **others)["WrappedKey"]

    def check_token(wrapped, nonce, usage, length, signer=signer, chain=chain):
        assert wrapped["WrappedKeyMaterialFormat"] == "TR34_KEY_BLOCK"
        assert wrapped["KeyMaterial"] == wrapped["KeyMaterial"].upper()
        token = bytes.fromhex(wrapped["KeyMaterial"])
        header, key = receiver.open(receiver.verify(token, signer, chain))
        assert (header[5:7], len(key)) == (usage, length), header
        assert check_value_of(header[7], key) == wrapped["KeyCheckValue"]
        kinds = [kind.hex() for kind, _ in attributes_of(token)]
        fresh = "2a864886f70d01091903" if nonce else "2a864886f70d010905"
        assert kinds == ["2a864886f70d010903", fresh, "2a864886f70d010701", "2a864886f70d010904"], kinds
        if nonce:
            assert elements(attributes_of(token)[1][1])[0][1] == bytes.fromhex(nonce)
        return key

    def by_tr34(usage, algorithm, key_modes, length, nonce):
        def run():
            key = create_key(client, usage, algorithm, key_modes)
            more = {"ExportToken": parameters["ExportToken"], "KeyBlockFormat": "X9_TR34_2012"}
            if nonce:
                more["RandomNonce"] = nonce
            wrapped = export(key["KeyArn"], "Tr34KeyBlock", more)
            assert wrapped["KeyCheckValue"] == key["KeyCheckValue"]
            check_token(wrapped, nonce, usage[5:7], length)

        return run

    def unwrap(wrapped, algorithm):
        oaep = padding.OAEP(padding.MGF1(algorithm), algorithm, None)
        return receiver.key.decrypt(bytes.fromhex(wrapped["KeyMaterial"]), oaep)

    def initial_key(algorithm, key_serial_number):
        def run():
            bdk = create_key(client, "TR31_B0_BASE_DERIVATION_KEY", algorithm, ["DeriveKey"])["KeyArn"]
            wish = {"ExportDukptInitialKey": {"KeySerialNumber": key_serial_number}}
            more = {"ExportToken": parameters["ExportToken"], "KeyBlockFormat": "X9_TR34_2012"}
            wrapped = export(bdk, "Tr34KeyBlock", more, ExportAttributes=wish)
            key = check_token(wrapped, None, "B1", 16)
            by_rsa = export(bdk, "KeyCryptogram", {}, ExportAttributes=wish)
            assert unwrap(by_rsa, hashes.SHA256()) == key
            assert by_rsa["KeyCheckValue"] == wrapped["KeyCheckValue"]

        return run

    def by_rsa(usage, algorithm, key_modes, spec, hash_algorithm):
        def run():
            key = create_key(client, usage, algorithm, key_modes)
            wrapped = export(key["KeyArn"], "KeyCryptogram", {"WrappingSpec": spec} if spec else {})
            assert wrapped["WrappedKeyMaterialFormat"] == "KEY_CRYPTOGRAM"
            clear = unwrap(wrapped, hash_algorithm)
            assert check_value_of(algorithm[0], clear) == key["KeyCheckValue"]

        return run

    def own_authority():
        pair = client.create_key(
            Exportable=False,
            KeyAttributes={
                "KeyUsage": SIGNING,
                "KeyClass": "ASYMMETRIC_KEY_PAIR",
                "KeyAlgorithm": "RSA_3072",
                "KeyModesOfUse": {"Sign": True},
            },
        )["Key"]["KeyArn"]
        request = client.get_certificate_signing_request(
            KeyIdentifier=pair,
            SigningAlgorithm="SHA512",
            CertificateSubject={"CommonName": "KDH", "Country": "DE", "City": "Köln"},
        )["CertificateSigningRequest"]
        request = x509.load_pem_x509_csr(base64.b64decode(request))
        assert request.is_signature_valid
        certificate = receiver.certified(request.subject, request.public_key())
        key = create_key(client, *KEYS[0][:3])["KeyArn"]
        more = {
            "SigningKeyIdentifier": pair,
            "SigningKeyCertificate": encoded(certificate),
            "KeyBlockFormat": "X9_TR34_2012",
            "RandomNonce": NONCE[:16],
        }
        wrapped = export(key, "Tr34KeyBlock", more)
        check_token(wrapped, NONCE[:16], "K0", 16, pem(certificate), pem(receiver.root))
        shown = client.get_public_key_certificate(KeyIdentifier=pair)
        shown = x509.load_pem_x509_certificate(base64.b64decode(shown["KeyCertificate"]))
        assert shown.public_key() == request.public_key()

    def trust_is_shown():
        shown = client.get_public_key_certificate(KeyIdentifier=root)
        assert base64.b64decode(shown["KeyCertificate"]) == pem(receiver.root)

    def reused():
        again = client.get_parameters_for_export(
            KeyMaterialType="TR34_KEY_BLOCK", SigningKeyAlgorithm="RSA_2048", ReuseLastGeneratedToken=True
        )
        assert again["ExportToken"] == parameters["ExportToken"]
        assert again["SigningKeyCertificate"] == parameters["SigningKeyCertificate"]

    def restarted():
        nonlocal client
        server.restart()
        client = server.client()
        by_tr34(*KEYS[0], NONCE)()
        reused()

    for usage, algorithm, key_modes, length in KEYS:
        for nonce in [NONCE, NONCE[:16], None]:
            passes = f"two passes, {len(nonce) // 2} bytes" if nonce else "one pass"
            yield f"{algorithm} by TR-34, {passes}", by_tr34(usage, algorithm, key_modes, length, nonce)
        for spec, algorithm_of_hash in [
            (None, hashes.SHA256()),
            ("RSA_OAEP_SHA_256", hashes.SHA256()),
            ("RSA_OAEP_SHA_512", hashes.SHA512()),
        ]:
            yield f"{algorithm} by {spec}", by_rsa(usage, algorithm, key_modes, spec, algorithm_of_hash)
    for algorithm, key_serial_number in INITIAL_KEYS:
        yield f"initial key of {algorithm} by both", initial_key(algorithm, key_serial_number)
    yield "a signer with an own authority", own_authority
    yield "a root shown again", trust_is_shown
    yield "parameters given again", reused
    yield "parameters that outlive a restart", restarted


CHECKS = [certified]
