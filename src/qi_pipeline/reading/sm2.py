"""SM2 signature verification (GB/T 32918.2) over SM3, for the seals of OFD files.

Only verification: no secret is handled, so plain integer arithmetic is sound. The curve is the recommended one of
GB/T 32918.5, and the signer's identity the customary ``1234567812345678`` (GM/T 0009).
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_IDENTITY = b"1234567812345678"

_Point = tuple[int, int] | None
"""A point in affine coordinates; None is the point at infinity."""


def sm3(data: bytes) -> bytes:
    """The SM3 digest (GB/T 32905)."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def verify(public: tuple[int, int], message: bytes, r: int, s: int, identity: bytes = _IDENTITY) -> bool:
    """Whether ``(r, s)`` is the signature of ``message`` under the public point."""
    x, y = public
    if not (0 <= x < _P and 0 <= y < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0):
        return False
    if not (1 <= r < _N and 1 <= s < _N):
        return False
    t = (r + s) % _N
    if t == 0:
        return False
    point = _add(_times(s, _G), _times(t, public))
    if point is None:
        return False
    e = int.from_bytes(sm3(_identity_digest(public, identity) + message))
    return (e + point[0]) % _N == r


def _identity_digest(public: tuple[int, int], identity: bytes) -> bytes:
    numbers = b"".join(v.to_bytes(32) for v in (_A, _B, *_G, *public))
    return sm3((8 * len(identity)).to_bytes(2) + identity + numbers)


def _add(left: _Point, right: _Point) -> _Point:
    if left is None or right is None:
        return right if left is None else left
    (x1, y1), (x2, y2) = left, right
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    slope = (3 * x1 * x1 + _A) * pow(2 * y1, -1, _P) if left == right else (y2 - y1) * pow(x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return (x, (slope * (x1 - x) - y1) % _P)


def _times(factor: int, point: _Point) -> _Point:
    result: _Point = None
    while factor:
        if factor & 1:
            result = _add(result, point)
        point = _add(point, point)
        factor >>= 1
    return result
