"""psec as an implementation that `cargo xtask conformance --against` can ask.

README.md in this directory tells the protocol. What psec leaves open is settled here:

- psec draws padding from the system. A case of tr31/wrap says what the padding is, so here psec
  gets it from the case, and the block is compared character for character. psec always pads by a
  byte at least, so that a case without padding is beyond it.
- psec adds the padding block itself, and reads over it. Going out, a case's own is left to psec;
  coming in, it is taken from the text, between the other blocks and where psec saw the end.
- The algorithm of the KBPK is not asked for by psec, which goes by the version.
- tr31/decode is what psec does without a key: it reads the header and nothing behind it.
- Check values are those of DES: psec has no other.
- A ValueError is how psec refuses; its HeaderError and KeyBlockError are such. Any other error is a
  failure.
"""

import importlib.metadata
import json
import sys
import warnings

from psec import des, tr31

BLOCK_SIZES = {"A": 8, "B": 8, "C": 8, "D": 16}
TDES_KEYS = {"DES", "TDES_2KEY", "TDES_3KEY"}


class Unsupported(Exception):
    """psec cannot do what is asked."""


def header_fields(header: tr31.Header, length: int, text: str) -> dict:
    """A header that psec read from the first `length` characters of a text."""
    blocks = [{"id": block_id, "data": data} for block_id, data in header.blocks.items()]
    begin = 16 + sum(len(block["data"]) + 4 for block in blocks)
    padding = text[begin:length]
    if padding.startswith("PB"):
        blocks.append({"id": "PB", "data": padding[4:]})
    return {
        "version": header.version_id,
        "keyUsage": header.key_usage,
        "algorithm": header.algorithm,
        "modeOfUse": header.mode_of_use,
        "keyVersion": header.version_num,
        "exportability": header.exportability,
        "keyContext": header.reserved[:1],
        "optionalBlocks": blocks,
    }


def known_version(version: str) -> None:
    if version == "E":
        raise Unsupported("psec does not know version E")


def decode(inputs: dict) -> dict:
    text = inputs["keyBlock"]
    known_version(text[:1])
    header = tr31.Header()
    length = header.load(text)
    return {"header": header_fields(header, length, text)}


def open_block(inputs: dict) -> dict:
    text = inputs["keyBlock"]
    known_version(text[:1])
    header, key = tr31.unwrap(bytes.fromhex(inputs["kbpk"]), text)
    length = tr31.Header().load(text)
    outputs = {"header": header_fields(header, length, text), "key": key.hex().upper()}
    if header.algorithm == "T" and len(key) in (8, 16, 24):
        outputs["kcv"] = des.generate_kcv(key, 3).hex().upper()
    return outputs


def wrap(inputs: dict) -> dict:
    fields, key = inputs["header"], bytes.fromhex(inputs["key"])
    padding = bytes.fromhex(inputs["padding"])
    known_version(fields["version"])
    if fields["keyContext"] != "0":
        raise Unsupported("psec writes no key context")
    if not padding:
        raise Unsupported("psec pads by a byte at least")
    header = tr31.Header(
        version_id=fields["version"],
        key_usage=fields["keyUsage"],
        algorithm=fields["algorithm"],
        mode_of_use=fields["modeOfUse"],
        version_num=fields["keyVersion"],
        exportability=fields["exportability"],
    )
    for block in fields["optionalBlocks"]:
        if block["id"] != "PB":
            header.blocks[block["id"]] = block["data"]
    # psec fills up to whole blocks; what is to be more than that hides the length of the key.
    hidden = max(len(padding) - BLOCK_SIZES[fields["version"]], 0)
    drawn = []

    def draw(length: int) -> bytes:
        drawn.append(length)
        return padding.ljust(length, b"\0")[:length]

    from_system, tr31._urandom = tr31._urandom, draw
    try:
        block = tr31.wrap(bytes.fromhex(inputs["kbpk"]), header, key, len(key) + hidden)
    finally:
        tr31._urandom = from_system
    if drawn != [len(padding)]:
        raise Unsupported(f"psec pads by {drawn} bytes, not by {len(padding)}")
    return {"keyBlock": block}


def check_value(inputs: dict) -> dict:
    if inputs["method"] != "ANSI_X9_24" or inputs["keyAlgorithm"] not in TDES_KEYS:
        raise Unsupported("psec has check values of DES alone")
    length = inputs.get("kcvLength", 3)
    return {"kcv": des.generate_kcv(bytes.fromhex(inputs["key"]), length).hex().upper()}


OPERATIONS = {
    "kcv/kcv": check_value,
    "tr31/decode": decode,
    "tr31/open": open_block,
    "tr31/wrap": wrap,
}


def answer(question: dict) -> dict:
    """What psec says."""
    operation = OPERATIONS.get(question["operation"])
    if operation is None:
        return {"unsupported": f"psec does not do {question['operation']}"}
    try:
        return {"outputs": operation(question["inputs"])}
    except Unsupported as reason:
        return {"unsupported": str(reason)}
    except ValueError as error:
        return {"error": {"kind": type(error).__name__, "message": str(error)}}
    except Exception as error:
        return {"failure": f"{type(error).__name__}: {error}"}


def main() -> None:
    # Two-key TDES is deprecated in what psec builds on, which is no news here.
    warnings.simplefilter("ignore")
    sys.stdin.reconfigure(encoding="utf-8")
    json.loads(sys.stdin.readline())
    version = importlib.metadata.version("psec")
    introduction = {"protocol": 1, "implementation": f"psec {version}", "errorKinds": "own"}
    print(json.dumps(introduction), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps({"id": question["id"], **answer(question)}), flush=True)


if __name__ == "__main__":
    main()
