"""What the API tester cannot guess: bodies of our media types. Each is a real one, whole or damaged, chosen by what it drew."""

import hashlib
import os

import schemathesis

REAL = [bytes.fromhex(text) for text in os.environ["CARNET_BODIES"].split()]


@schemathesis.serializer("application/cbor", "application/cose")
def body(_, value):
    drawn = hashlib.sha256(repr(value).encode()).digest()
    real = bytearray(REAL[drawn[0] % len(REAL)])
    at = int.from_bytes(drawn[1:4], "big") % max(len(real), 1)
    match drawn[4] % 6:
        case 0:
            return bytes(real)
        case 1:
            return bytes(real[:at])
        case 2:
            real[at] ^= 1 << (drawn[5] % 8)
            return bytes(real)
        case 3:
            return bytes(real[:at] + drawn + real[at:])
        case 4:
            return drawn[: drawn[5] % 33]
        case _:
            return value.encode() if isinstance(value, str) else bytes(drawn)
