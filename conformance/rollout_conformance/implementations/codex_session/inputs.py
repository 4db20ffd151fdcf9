"""The input of a case, put into the home of a server under thread ids that nothing else has there."""

import io
import json
import re
from collections.abc import Iterable
from pathlib import Path

import zstandard
from msgspec import Struct

from rollout_conformance.implementations.codex_session.server import Server

ROLLOUT = "rollout.jsonl"
HOME = "home"
COLD = ".zst"
FOLDER = "sessions/2026/01/02"
NAME = "rollout-2026-01-02T03-04-05-{}.jsonl"
NOBODY = "00000000-0000-7000-8000-ffffffffffff"
"""Whose rollout it is, by its name, if no header says."""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Given(Struct, frozen=True):
    """A rollout in the home of a server."""

    thread_id: str
    path: Path | None
    """The file that is asked for, where there are others beside it."""
    files: tuple[Path, ...]
    ids: dict[str, str]
    """The ids of threads and segments in the case and those that stand for them, in the same order."""
    paginated: tuple[str, ...]
    """The paginated threads of the input, the oldest first."""
    data: bytes
    """The plain form, with the thread ids that it has in the home."""

    @property
    def named(self) -> dict[str, str]:
        """Return the parameters that name it to a server."""
        return {"threadId": self.thread_id} | ({"path": str(self.path)} if self.path else {})

    def back(self, document: bytes) -> bytes:
        """Return a document with the thread ids of the case."""
        for own, fresh in self.ids.items():
            document = document.replace(fresh.encode(), own.encode())
        return document

    def remove(self) -> None:
        """Take the files out of the home."""
        for file in self.files:
            file.unlink(missing_ok=True)
            file.with_name(file.name.removesuffix(COLD)).unlink(missing_ok=True)


def put(server: Server, folder: Path, path: str | None, thread: str | None = None) -> Given:
    """Put the input of a case into the home of a server: its rollout, or its home.

    Of a home a `path` or a `thread` is asked for.
    """
    if path is not None or thread is not None:
        files = {each.relative_to(folder / HOME).as_posix(): _plain(each) for each in _files(folder / HOME)}
        return _put(server, files, path or "", thread)
    forms = [folder / name for name in (ROLLOUT, ROLLOUT + COLD) if (folder / name).exists()]
    data = {each.name.removeprefix(ROLLOUT): _plain(each) for each in forms}
    return _put_alone(server, data)


def put_plain(server: Server, data: bytes) -> Given:
    """Put one plain rollout into the home of a server."""
    return _put_alone(server, {"": data})


def _put_alone(server: Server, forms: dict[str, bytes]) -> Given:
    """Put one rollout into a home, its forms by what follows the plain name."""
    own = next((str(_header(data).get("id") or "") for data in forms.values()), "")
    name = f"{FOLDER}/{NAME.format(own or NOBODY)}"
    return _put(server, {name + suffix: data for suffix, data in forms.items()}, name, None)


def _put(server: Server, files: dict[str, bytes], path: str, thread: str | None) -> Given:
    told = {str(_header(data).get("id") or "") for data in files.values()}
    named = {match[0] for name in files for match in UUID.finditer(Path(name).name)}
    ids = {own: server.fresh_id() for own in sorted((told | named) - {""})}
    server.renamed = ids
    made: dict[str, Path] = {}
    for name, data in files.items():
        files[name] = _renewed(data, ids)
        made[name] = server.home / _renewed(name.encode(), ids).decode()
        made[name].parent.mkdir(parents=True, exist_ok=True)
        made[name].write_bytes(zstandard.compress(files[name]) if name.endswith(COLD) else files[name])
    plain = path.removesuffix(COLD)
    data = files.get(plain, files.get(plain + COLD, b""))
    return Given(
        thread_id=ids[thread] if thread in ids else thread or _thread_of(data, _renewed(plain.encode(), ids)),
        path=made.get(path) if len(made) > 1 else None,
        files=tuple(made.values()),
        ids=ids,
        paginated=tuple(sorted(_paginated(files.values()))),
        data=data,
    )


def _thread_of(data: bytes, path: bytes) -> str:
    """Return the id of a rollout's thread: as its header says, else as its name says."""
    named = UUID.search(path.decode())
    return str(_header(data).get("id") or (named[0] if named else ""))


def _paginated(files: Iterable[bytes]) -> set[str]:
    headers = map(_header, files)
    return {str(each.get("id")) for each in headers if each.get("history_mode") == "paginated"}


def _renewed(text: bytes, ids: dict[str, str]) -> bytes:
    for own, fresh in ids.items():
        text = text.replace(own.encode(), fresh.encode())
    return text


def _files(home: Path) -> list[Path]:
    return sorted(each for each in home.rglob("*") if each.is_file())


def _plain(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix != COLD:
        return data
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()


def _header(data: bytes) -> dict[str, object]:
    """Return the payload of the first header of a rollout, empty if none is found."""
    for line in data.splitlines():
        try:
            tree = json.loads(line)
        except ValueError:
            continue
        if isinstance(tree, dict) and tree.get("type") == "session_meta":
            payload = tree.get("payload")
            return payload if isinstance(payload, dict) else {}
    return {}
