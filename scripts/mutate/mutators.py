"""Valid bytes -> bytes that are nearly valid: what a broken disk, a bad cable or an enemy makes of a file."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

#: Changes one file: (its bytes, another valid file of the kind, dice) -> other bytes.
Mutator = Callable[[bytes, bytes, Random], bytes]

#: Whole numbers at which programs break.
NUMBERS: Final = (0, 1, -1, 2, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 10**30)

#: Texts at which programs break: empty, long, deep, of control characters, right to left, half a letter.
TEXTS: Final = (
    b"", b"\0", b"A" * 5000, b"[" * 3000, b'{"a":' * 1000, b"\xe2\x80\xae", b"\r\n\x1b[2J", b"\xff\xfe",
    b"\xed\xa0\x80", b"NaN",
    b"Infinity", b"1e999", b"null", b"true", b"-0", b"%s%n", b"../../etc/passwd", b"'\"",
    b"\xcc\x81" * 50,
)  # fmt: skip


def mutate(kind: str, data: bytes, other: bytes, rng: Random) -> bytes:
    """One to three changes, those made for this kind of file more often than blind ones."""
    for _change in range(rng.choice((1, 1, 1, 2, 3))):
        made_for_it = OF_A_KIND.get(kind)
        change = rng.choice(made_for_it) if made_for_it and rng.random() < 0.5 else rng.choice(BLIND)
        data = change(data, other, rng)
    return data


def _flip(data: bytes, _other: bytes, rng: Random) -> bytes:
    found = bytearray(data)
    for _bit in range(rng.choice((1, 1, 2, 8, 64))):
        if found:
            found[_place(found, rng)] ^= 1 << rng.randrange(8)
    return bytes(found)


def _place(data: Sequence[int], rng: Random) -> int:
    """Any byte, those of the header as often as all others."""
    return rng.randrange(min(len(data), 256)) if rng.random() < 0.5 else rng.randrange(len(data))


def _cut(data: bytes, _other: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _cut_out(data: bytes, _other: bytes, rng: Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _double(data: bytes, _other: bytes, rng: Random) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 1, 2, 50)) + data[end:]


def _splice(data: bytes, other: bytes, rng: Random) -> bytes:
    """The beginning of one file and the end of another."""
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _swap(data: bytes, _other: bytes, rng: Random) -> bytes:
    start, end = _span(data, rng)
    middle = rng.randint(start, end)
    return data[:start] + data[middle:end] + data[start:middle] + data[end:]


def _span(data: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 4, 16, 256, 4096)))


def _binary_number(data: bytes, _other: bytes, rng: Random) -> bytes:
    """A length, a count or an offset that is a lie."""
    size, order = rng.choice((1, 2, 4, 8)), rng.choice(("little", "big"))
    if len(data) < size:
        return data
    at = min(_place(data, rng), len(data) - size)
    value = (rng.choice(NUMBERS) % (1 << 8 * size)).to_bytes(size, "little" if order == "little" else "big")
    return data[:at] + value + data[at + size :]


def _written_number(data: bytes, _other: bytes, rng: Random) -> bytes:
    """A number in digits, as in PDF, TOML, CSV and JSON, that is another."""
    return _replaced(data, rb"-?\d+(\.\d+)?", str(rng.choice((*NUMBERS, 0.5, -1e300))).encode(), rng)


def _word(data: bytes, _other: bytes, rng: Random) -> bytes:
    """A word that is something else."""
    return _replaced(data, rb'"[^"\n]{0,60}"|[A-Za-z_]{2,}', rng.choice(TEXTS), rng)


def _replaced(data: bytes, pattern: bytes, new: bytes, rng: Random) -> bytes:
    places = [each.span() for each in re.finditer(pattern, data[:200_000])]
    if not places:
        return data
    start, end = rng.choice(places)
    return data[:start] + new + data[end:]


def _inserted(data: bytes, _other: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(TEXTS) + data[at:]


def _line(data: bytes, other: bytes, rng: Random) -> bytes:
    """A line that stands twice, is missing, stands elsewhere, or comes from another file."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            lines.insert(at, lines[at])
        case 1:
            del lines[at]
        case 2:
            lines.insert(rng.randrange(len(lines)), lines.pop(at))
        case _:
            lines[at] = rng.choice(other.split(b"\n"))
    return b"\n".join(lines)


def _png_chunk(data: bytes, _other: bytes, rng: Random) -> bytes:
    """A chunk with other content and a checksum that is right, so that decoders look at it."""
    chunks = list(_png_chunks(data))
    if not chunks:
        return data
    at = rng.randrange(len(chunks))
    name, content = chunks[at]
    chunks[at] = (name, rng.choice(BLIND)(content, content, rng))
    if rng.random() < 0.2:
        chunks.insert(rng.randrange(len(chunks)), rng.choice(chunks))
    return data[:8] + b"".join(map(_packed_chunk, chunks))


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _packed_chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, content = chunk
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _jpeg_segment(data: bytes, _other: bytes, rng: Random) -> bytes:
    """A segment of the header (sizes, tables, components) with other content, of the length it says."""
    starts = [each.start() for each in re.finditer(rb"\xff[\xc0-\xfe]", data[:4096])]
    if not starts:
        return data
    at = rng.choice(starts) + 4
    end = max(at, min(len(data), at + rng.choice((1, 2, 8, 32))))
    return data[:at] + rng.randbytes(end - at) + data[end:]


def _zip_member(data: bytes, _other: bytes, rng: Random) -> bytes:
    """A member of a ZIP with other content, packed anew."""
    try:
        with ZipFile(io.BytesIO(data)) as whole:
            members = {name: whole.read(name) for name in whole.namelist()}
    except (
        BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
        EOFError,
        struct.error,
    ):
        return data
    if not members:
        return data
    name = rng.choice(sorted(members))
    members[name] = rng.choice((_written_number, _word, _flip, _cut, _line))(
        members[name], members[name], rng
    )
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for each, content in members.items():
            packed.writestr(each, content)
    return out.getvalue()


def _json_value(data: bytes, _other: bytes, rng: Random) -> bytes:
    """A value of a JSON text that is of another kind."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return data
    holders = list(_holders(document))
    if not holders:
        return data
    holder = rng.choice(holders)
    at: Any = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    odd: tuple[Any, ...] = (
        None,
        True,
        "",
        "x" * 3000,
        "\u202e\0",
        [],
        {},
        [[]],
        -1,
        10**30,
        1e308,
        float("nan"),
        holder[at],
        {"@id": 1},
    )
    if rng.random() < 0.2:
        del holder[at]
    else:
        holder[at] = rng.choice(odd)
    return json.dumps(document).encode()


def _holders(value: Any) -> list[Any]:
    """Every list and table in a JSON value that holds something."""
    found, open_ = [], [value]
    while open_:
        each = open_.pop()
        if isinstance(each, dict | list) and each:
            found.append(each)
            open_ += each.values() if isinstance(each, dict) else each
    return found


BLIND: Final[tuple[Mutator, ...]] = (
    _flip, _flip, _cut, _cut_out, _double, _splice, _swap, _binary_number, _binary_number, _inserted,
)  # fmt: skip
_WRITTEN: Final[tuple[Mutator, ...]] = (_written_number, _word, _line, _inserted)

#: Changes that know how a kind of file is made.
OF_A_KIND: Final[dict[str, tuple[Mutator, ...]]] = {
    "png": (_png_chunk,),
    "jpeg": (_jpeg_segment,),
    "pdf": (_written_number, _word, _line),
    "xlsx": (_zip_member,),
    "result.zip": (_zip_member,),
    "election.toml": _WRITTEN,
    "people.csv": _WRITTEN,
    "qr": (_written_number, _word, _inserted),
    "layout.json": (_json_value, _json_value, _written_number, _word),
    "cvr": (_json_value, _json_value, _written_number, _word),
}
