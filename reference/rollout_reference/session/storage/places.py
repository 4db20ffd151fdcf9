"""Where a rollout may lie: below a home, on a way of real folders.  [SESSION-STORE-2, SESSION-STORE-3]"""

from pathlib import Path, PurePosixPath

from rollout_reference.session.errors import NotARollout, OutsideHome
from rollout_reference.session.names import ARCHIVED, SESSIONS, is_rollout_name, logical_path
from rollout_reference.session.storage.filesystem import FileSystem


def plain_path(home: Path, path: Path, files: FileSystem) -> Path:
    """Return the plain path of a rollout of a home, given in either form, from the home or from the root.

    Raises `OutsideHome`, and `NotARollout` if the name or a folder on the way is not what it has to be.
    """
    if path.is_absolute() and not path.is_relative_to(home):
        raise OutsideHome(path.name)
    inner = PurePosixPath(path.relative_to(home) if path.is_absolute() else path)
    if ".." in inner.parts or inner.parts[:1] not in ((SESSIONS,), (ARCHIVED,)):
        raise OutsideHome(str(inner))
    if not is_rollout_name(inner.name):
        raise NotARollout(inner.name)
    folder = home
    for part in inner.parts[:-1]:
        folder /= part
        facts = files.facts(folder)
        if facts is not None and facts.kind != "folder":
            raise NotARollout(part)
    return logical_path(home / inner)
