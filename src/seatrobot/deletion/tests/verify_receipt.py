"""A receipt's signature in the standard library alone, from docs/receipts.md and RFC 8032."""

import base64
import hashlib
import json

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    (x, y), (u, v) = a, b
    t = D * x * y * u * v
    return ((x * v + y * u) * pow(1 + t, -1, P) % P, (y * v + x * u) * pow(1 - t, -1, P) % P)


def times(n, point, total=(0, 1)):
    for bit in bin(n)[:1:-1]:
        total, point = add(total, point) if bit == "1" else total, add(point, point)
    return total


def point_of(raw):
    y = int.from_bytes(raw, "little") & (1 << 255) - 1
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == xx, "no point"
    return (x if x % 2 == raw[31] >> 7 else P - x, y)


def verify(receipt, key):
    """Return what the receipt says; key: the line NAME+HASH+BASE64. AssertionError otherwise."""
    text, signature = receipt.split("\n\n")
    public = base64.b64decode(key.strip().split("+", 2)[2])[1:]
    raw = base64.b64decode(signature.strip().split(" ")[2])[4:]
    base = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    message = raw[:32] + public + text.encode() + b"\n"
    challenge = int.from_bytes(hashlib.sha512(message).digest(), "little") % L
    left = times(int.from_bytes(raw[32:], "little"), base)
    assert left == add(point_of(raw[:32]), times(challenge, point_of(public))), "not signed by it"
    first, line = text.split("\n")
    assert first == "seatrobot deletion receipt v1"
    return json.loads(line)
