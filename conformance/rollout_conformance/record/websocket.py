"""The little of RFC 6455 that a scripted server needs: accept, read text frames, write text frames."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import BinaryIO

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


def accept_key(client_key: str) -> str:
    """Return the answer to a client's handshake key."""
    return base64.b64encode(
        hashlib.sha1((client_key + _GUID).encode(), usedforsecurity=False).digest()
    ).decode()


def read_text(source: BinaryIO, sink: BinaryIO) -> str | None:
    """Return the next text message, or None when the client is gone."""
    message = b""
    while True:
        frame = _read_frame(source)
        if frame is None or frame[1] == _CLOSE:
            return None
        final, opcode, data = frame
        if opcode == _PING:
            _write_frame(sink, _PONG, data)
            continue
        if opcode == _PONG:
            continue
        message += data
        if final:
            return message.decode()


def write_text(sink: BinaryIO, text: str) -> None:
    """Send one text message."""
    _write_frame(sink, _TEXT, text.encode())


def _read_frame(source: BinaryIO) -> tuple[bool, int, bytes] | None:
    head = source.read(2)
    if len(head) < 2:
        return None
    length = head[1] & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", source.read(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", source.read(8))
    mask = source.read(4) if head[1] & 0x80 else bytes(4)
    data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(source.read(length)))
    return bool(head[0] & 0x80), head[0] & 0x0F, data


def _write_frame(sink: BinaryIO, opcode: int, data: bytes) -> None:
    length = len(data)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, length)
    sink.write(head + data)
    sink.flush()
