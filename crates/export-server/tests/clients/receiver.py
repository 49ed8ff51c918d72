"""The receiver of key blocks: psec opens them, and check values are computed here anew."""

import hashlib
import hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from psec import tr31

HMAC_HASH_BLOCKS = {"20": "sha224", "21": "sha256", "22": "sha384", "23": "sha512"}


def open_block(wrapped, kek):
    """Opens an exported block and compares the check value of what was in it."""
    header, key = tr31.unwrap(kek, wrapped["KeyMaterial"])
    found = check_value(header, key)
    if found != wrapped["KeyCheckValue"]:
        raise AssertionError(f"check value {found} opened, {wrapped['KeyCheckValue']} sent")
    return header, key


def check_value(header, key):
    """The check value that the service states for such a key, in hex digits."""
    if header.algorithm in ("T", "A"):
        return check_value_of(header.algorithm, key)
    value = hmac.new(key, b"", HMAC_HASH_BLOCKS[header.blocks["HM"]]).digest()
    assert len(key) == hashlib.new(HMAC_HASH_BLOCKS[header.blocks["HM"]]).digest_size
    return value[:3].hex().upper()


def check_value_of(algorithm, key):
    """The check value of a TDES (T) or AES (A) key."""
    if algorithm == "T":
        # A double-length key is a triple-length key whose third part is the first.
        cipher = Cipher(TripleDES(key + key[:8] if len(key) == 16 else key), modes.ECB())
        value = cipher.encryptor().update(bytes(8))
    else:
        mac = CMAC(AES(key))
        mac.update(bytes(16))
        value = mac.finalize()
    return value[:3].hex().upper()
