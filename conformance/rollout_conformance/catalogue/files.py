"""The generated files of the catalogue, and which of them are not up to date."""

from pathlib import Path
from typing import Any

import msgspec

from rollout_conformance.catalogue import page
from rollout_conformance.catalogue.build import build
from rollout_conformance.catalogue.model import FILE, Catalogue, load

PAGE = Path("session", "catalogue.md")
SCHEMA = Path("schema", "session-catalogue.schema.json")
_SCHEMA_HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://rolloutspec.dev/schema/session-catalogue.schema.json",
    "title": "Catalogue of session rollouts",
}


def made(spec: Path) -> dict[Path, bytes]:
    """Return the content of every generated file by its path; raises `HistoryError`."""
    catalogue = build(spec)
    return {
        spec / FILE: catalogue.json(),
        spec / PAGE: page.markdown(catalogue).encode(),
        spec / SCHEMA: _json(json_schema()),
    }


def stale(spec: Path) -> dict[Path, bytes]:
    """Return what the files should hold that do not; raises `HistoryError`."""
    load.cache_clear()
    return {path: content for path, content in made(spec).items() if _content(path) != content}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the catalogue, as its structs have it."""
    (schema,), definitions = msgspec.json.schema_components([Catalogue], ref_template="#/$defs/{name}")
    return _SCHEMA_HEAD | schema | {"$defs": definitions}


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _json(tree: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(tree), indent=2) + b"\n"
