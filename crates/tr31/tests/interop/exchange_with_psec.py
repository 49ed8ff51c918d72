"""Key blocks exchanged with psec, an independent implementation: 2,000 each way.

The program of the example `exchange` is in EXCHANGE_BIN. What psec cannot do is not asked of it:

- version E: psec does not know it;
- optional blocks of more than 251 characters: psec counts the digits of an extended length in
  bytes, so it neither reads nor writes the form of the standard;
- an HM block is not demanded by psec for HMAC keys, so here every HMAC key has one.
"""

import os
import random
import subprocess
import sys

from psec import tr31

NUMBER = 2000
SEED = 31
PROGRAM = os.environ["EXCHANGE_BIN"]

KBPK_LENGTHS = {"A": [16, 24], "B": [16, 24], "C": [16, 24], "D": [16, 24, 32]}
KEY_LENGTHS = {"T": [16, 24], "A": [16, 24, 32], "D": [8], "H": [16, 20, 33, 64]}


def open_theirs() -> None:
    """psec opens what this project made."""
    made = subprocess.run(
        [PROGRAM, "make", str(NUMBER), str(SEED)], check=True, capture_output=True, text=True
    )
    lines = made.stdout.splitlines()
    assert len(lines) == NUMBER
    for line in lines:
        kbpk, key, block = line.split(" ", 2)
        header, opened = tr31.unwrap(bytes.fromhex(kbpk), block)
        assert opened == bytes.fromhex(key), line
        assert (header.version_id, header.key_usage) == (block[0], block[5:7]), line
    print(f"psec opened {NUMBER} key blocks")


def make_ours() -> None:
    """This project opens what psec made."""
    choose = random.Random(SEED)
    lines = []
    for _ in range(NUMBER):
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
        lines.append(f"{kbpk.hex()} {key.hex()} {block}\n")
    subprocess.run([PROGRAM, "open"], check=True, text=True, input="".join(lines))


if __name__ == "__main__":
    open_theirs()
    sys.stdout.flush()
    make_ours()
