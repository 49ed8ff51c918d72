"""Unmodified AWS clients against the server; what it exports is opened by psec and openssl.

The environment names the server's program in EXPORT_SERVER_BIN and the directory of the built
examples in EXPORT_SERVER_EXAMPLES; `aws` is found in PATH. The last line says how many checks
passed and failed. Keys are never printed.
"""

import sys
import tempfile
import traceback
import warnings
from pathlib import Path

# The source tree stays as it is.
sys.dont_write_bytecode = True
# psec uses cipher names that its own dependency is about to move.
warnings.filterwarnings("ignore", module="psec")

import certified
import command_line
import errors
import imports
import listings
import matrix
import story
import tls
from server import Server

# Certificates come last: their server is started anew on the way.
CHECKS = [
    *story.CHECKS,
    *matrix.CHECKS,
    *listings.CHECKS,
    *errors.CHECKS,
    *command_line.CHECKS,
    *imports.CHECKS,
    *tls.CHECKS,
    *certified.CHECKS,
]


def main():
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory) / "data") as server:
        for check in CHECKS:
            for name, run in check(server):
                try:
                    run()
                    passed += 1
                except Exception as problem:
                    failed += 1
                    print(f"FAILED {check.__module__}: {name}: {problem!r}")
                    traceback.print_exc(limit=-2)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
