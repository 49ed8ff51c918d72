"""Key blocks exchanged with psec, an independent implementation.

Reads lines of a KBPK, a key and a key block, opens them all, and writes as many of its own, for
`cargo xtask ci exchange` to open. What psec cannot do is not asked of it:

- version E: psec does not know it;
- optional blocks of more than 251 characters: psec counts the digits of an extended length in
  bytes, so it neither reads nor writes the form of the standard;
- an HM block is not demanded by psec for HMAC keys, so here every HMAC key has one.
"""

import random
import sys

from psec import tr31

SEED = 31

KBPK_LENGTHS = {"A": [16, 24], "B": [16, 24], "C": [16, 24], "D": [16, 24, 32]}
KEY_LENGTHS = {"T": [16, 24], "A": [16, 24, 32], "D": [8], "H": [16, 20, 33, 64]}


def open_theirs(lines: list[str]) -> None:
    """psec opens what this project made."""
    for line in lines:
        kbpk, key, block = line.split(" ", 2)
        header, opened = tr31.unwrap(bytes.fromhex(kbpk), block)
        assert opened == bytes.fromhex(key), line
        assert (header.version_id, header.key_usage) == (block[0], block[5:7]), line


def make_ours(number: int) -> None:
    """psec makes what this project opens."""
    choose = random.Random(SEED)
    for _ in range(number):
        version = choose.choice("ABCD")
        algorithm = choose.choice("TADH")
        header = tr31.Header(
            version_id=version,
            key_usage=choose.choice(["P0", "K0", "B0", "D0", "M3", "V1"]),
            algorithm=algorithm,
            mode_of_use=choose.choice("BCDEGNVX"),
            version_num=choose.choice(["00", "c1", "A7"]),
            exportability=choose.choice("ENS"),
        )
        if algorithm == "H":
            header.blocks["HM"] = "21"
        if choose.random() < 0.5:
            header.blocks["LB"] = "till / ~" * choose.randrange(25)
        kbpk = choose.randbytes(choose.choice(KBPK_LENGTHS[version]))
        key = choose.randbytes(choose.choice(KEY_LENGTHS[algorithm]))
        block = tr31.wrap(kbpk, header, key)
        print(kbpk.hex(), key.hex(), block)


if __name__ == "__main__":
    ours = sys.stdin.read().splitlines()
    open_theirs(ours)
    make_ours(len(ours))
