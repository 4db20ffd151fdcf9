"""What differs between two corpora: by root, folder, case, or JSON pointer."""

import io
import subprocess
import tarfile
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from rollout_conformance.cases import CASE_FILE
from rollout_conformance.compare import Comparison, PatternError
from rollout_conformance.corpus_tools import ToolError
from rollout_conformance.index import digest_of

Depth = Literal["root", "dir", "case", "pointer"]
CORPUS = "corpus"
DECIDING = ("op", "verdict", "error", "branch", "requirements", "requires", "profile", "compare", "unordered")
"""Keys of a case that decide whether an implementation passes."""


class Found(Struct, frozen=True):
    """A case as it lies on disk, in whatever version of the form."""

    folder: Path
    path: str
    sha256: str


def compare(old: str, new: str, depth: Depth) -> Iterator[str]:
    """Yield lines for a person; each side is a folder or a git revision.  Raises `ToolError`."""
    with opened(old) as one, opened(new) as two:
        before, after = _cases_of(one), _cases_of(two)
        yield f"- {_root(before)}  {old}: {len(before)} cases"
        yield f"+ {_root(after)}  {new}: {len(after)} cases"
        if depth == "dir":
            yield from _by_folder(before, after)
        elif depth != "root":
            for case in _differing(before, after):
                yield f"{_sign(before, after, case)} {case}"
                if depth == "pointer" and case in before and case in after:
                    yield from (f"    {line}" for line in _of_case(before[case], after[case]))
        yield f"this is {_demand(before, after)}"


@contextmanager
def opened(name: str) -> Iterator[Path]:
    """Give a folder of cases: the one named, or that of a git revision."""
    folder = Path(name)
    if folder.is_dir():
        yield (
            folder / CORPUS
            if (folder / CORPUS).is_dir() and not (folder / "index.json").is_file()
            else folder
        )
        return
    try:
        command = ["git", "archive", "--format=tar", name, CORPUS]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except OSError:
        done = None
    if done is None or done.returncode != 0:
        raise ToolError(f"{name}: neither a folder nor a git revision with {CORPUS}/")
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(scratch, filter="data")
        yield Path(scratch, CORPUS)


def _cases_of(corpus: Path) -> dict[str, Found]:
    cases = {}
    for path in sorted(corpus.rglob(CASE_FILE)):
        folder = path.parent
        cases[str(_described(path).get("id"))] = Found(
            folder, folder.relative_to(corpus).as_posix(), digest_of(folder)[0]
        )
    if not cases:
        raise ToolError(f"{corpus}: no {CASE_FILE} below this folder")
    return cases


def _described(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ToolError(f"{path}: {error}") from None


def _root(cases: dict[str, Found]) -> str:
    # The same sum as `index.root_of`, over cases of any form.
    from hashlib import sha256  # noqa: PLC0415

    digest = sha256()
    for case in sorted(cases):
        digest.update(f"{case} {cases[case].sha256}\n".encode())
    return digest.hexdigest()


def _differing(before: dict[str, Found], after: dict[str, Found]) -> list[str]:
    def digest(side: dict[str, Found], case: str) -> str | None:
        return side[case].sha256 if case in side else None

    return [case for case in sorted(before | after) if digest(before, case) != digest(after, case)]


def _sign(before: dict[str, Found], after: dict[str, Found], case: str) -> str:
    return "+" if case not in before else "-" if case not in after else "~"


def _by_folder(before: dict[str, Found], after: dict[str, Found]) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for case in _differing(before, after):
        path = (after.get(case) or before[case]).path
        counts[path.rpartition("/")[0], _sign(before, after, case)] += 1
    for folder in sorted({folder for folder, _ in counts}):
        yield f"{folder}: " + ", ".join(
            f"{sign}{counts[folder, sign]}" for sign in "+-~" if counts[folder, sign]
        )


def _of_case(before: Found, after: Found) -> Iterator[str]:
    one, two = _files(before.folder), _files(after.folder)
    for name in sorted(one | two):
        if name not in one or name not in two:
            yield f"{'+' if name not in one else '-'} {name}"
        elif one[name] == two[name]:
            continue
        elif name == CASE_FILE:
            yield from _of_description(before.folder / name, after.folder / name)
        else:
            try:
                differences = list(Comparison().differences(name, one[name], two[name]))
            except PatternError:
                differences = []
            yield from [f"{name}{each}" for each in differences] or [f"{name}: other bytes"]


def _of_description(before: Path, after: Path) -> Iterator[str]:
    texts = [msgspec.json.encode(_described(path), enc_hook=str) for path in (before, after)]
    for difference in Comparison().differences("case.json", *texts):
        yield f"{CASE_FILE}{difference}"


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def _demand(before: dict[str, Found], after: dict[str, Found]) -> str:
    """Say by how much the version rises: by what an implementation that passed can notice."""
    differing = _differing(before, after)
    if any(
        case not in after or (case in before and _decides(before[case], after[case])) for case in differing
    ):
        return "a new major version: an expectation changed or is gone"
    if any(case not in before for case in differing):
        return "a new minor version: there are new cases"
    return "a new patch version: only notes changed" if differing else "the same corpus"


def _decides(before: Found, after: Found) -> bool:
    described = [_described(found.folder / CASE_FILE) for found in (before, after)]
    if any(described[0].get(key) != described[1].get(key) for key in DECIDING):
        return True
    files = [
        {name: data for name, data in _files(found.folder).items() if name != CASE_FILE}
        for found in (before, after)
    ]
    return files[0] != files[1]
