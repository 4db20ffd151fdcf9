"""Mistakes that one could make, planted in the reference: the search has to find each of them."""

from collections.abc import Callable

from msgspec import Struct

from rollout_conformance.machines.storage.explore import Explored, explore
from rollout_conformance.machines.storage.scenario import beginnings, cast
from rollout_conformance.mutants.patch import Patch, patched
from rollout_reference.session.storage import coding, locks, pairs, thawing
from rollout_reference.session.storage.filesystem import FileSystem
from rollout_reference.session.storage.freezing import Freezer
from rollout_reference.session.storage.scratch import Scratch
from rollout_reference.session.writing import tail

Damage = Callable[[Patch], None]


class Planted(Struct, frozen=True):
    """A mistake: what it is, how it is made, and the smallest company in which it shows."""

    name: str
    damage: Damage
    beginning: str = "plain"
    freezers: int = 1
    times: int = 1
    """How often each freezer freezes."""
    thawers: int = 0
    appenders: int = 1
    kills: int = 0
    faults: int = 0

    def search(self) -> Explored:
        """Look for what comes of it, without relying on the locks."""
        company = cast(
            beginnings()[self.beginning],
            freezers=self.freezers,
            times=self.times,
            thawers=self.thawers,
            appenders=self.appenders,
        )
        with patched(self.damage):
            return explore(company, kills=self.kills, faults=self.faults, disciplined=False)


def _freezer_ignores_writers(reference: Patch) -> None:
    reference.edit(Freezer._compress, "not free or ", "")


def _writers_take_no_lock(reference: Patch) -> None:
    reference.edit(locks._try_to_hold, "files.lock(handle, 0)", "True")


def _no_coordination(reference: Patch) -> None:
    reference.edit(locks.coordination.__wrapped__, "files.lock(handle, WAIT_SECONDS)", "True")  # type: ignore[attr-defined]


def _source_not_looked_at_again(reference: Patch) -> None:
    reference.edit(Freezer._compress, "not free or files.facts(plain) != before", "not free")


def _pair_not_looked_at_again(reference: Patch) -> None:
    reference.edit(Freezer._settle, " or files.facts(plain) != before or files.facts(cold) != frozen", "")


def _plain_goes_first(reference: Patch) -> None:
    reference.edit(
        Freezer._replace, "files.link(temp.path, cold)", "files.unlink(plain)\nfiles.link(temp.path, cold)"
    )


def _temporary_file_not_synced(reference: Patch) -> None:
    reference.edit(Scratch.finish, "self._files.sync(self.handle)", "pass")


def _folder_not_synced_by_freezer(reference: Patch) -> None:
    reference.edit(Freezer._replace, "files.sync_folder(plain.parent)", "pass")


def _folder_not_synced_by_thaw(reference: Patch) -> None:
    reference.edit(thawing._materialize, "files.sync_folder(plain.parent)", "pass")


def _undone_unseen(reference: Patch) -> None:
    reference.edit(Freezer._replace, "if files.facts(plain) is not None:", "if True:")


def _verifying_skipped(reference: Patch) -> None:
    # Nothing is wrong with what is compressed, so one thing is: the compressor loses the last bytes.
    reference.wrap(coding.compress, _compress_less)
    reference.edit(Freezer._compress, "relation(temp.handle, source, files) != 'equal'", "False")


def _compress_less(original: Callable[..., None], source: int, target: int, files: FileSystem) -> None:
    original(source, target, _ShortSource(files))


class _ShortSource:
    """A file system in which a file ends early."""

    def __init__(self, files: FileSystem) -> None:
        self._files = files

    def read(self, handle: int, offset: int, size: int) -> bytes:
        """Read all but the last bytes."""
        return self._files.read(handle, offset, size)[:-5] if offset == 0 else b""

    def write(self, handle: int, data: bytes) -> None:
        """Write."""
        self._files.write(handle, data)


def _cold_goes_first(reference: Patch) -> None:
    reference.edit(
        thawing._materialize,
        "files.link(temp.path, plain)",
        "files.unlink(cold)\nfiles.link(temp.path, plain)",
    )


def _cold_of_pair_trusted(reference: Patch) -> None:
    reference.edit(Freezer._settle, "found = compare(cold, plain, files)", "found = 'equal'")


def _pair_not_settled(reference: Patch) -> None:
    reference.does_nothing(pairs.settle)


def _end_not_repaired(reference: Patch) -> None:
    reference.edit(tail.is_torn, "return file.read(1) != b'\\n'", "return False")


PLANTED = (
    Planted("the freezer does not ask for writers", _freezer_ignores_writers),
    Planted("writers take no lock", _writers_take_no_lock),
    Planted("nobody takes the coordination lock", _no_coordination),
    Planted("the source is not looked at again before it goes", _source_not_looked_at_again),
    Planted(
        "a pair is not looked at again before one goes",
        _pair_not_looked_at_again,
        "foreign pair",
        2,
        2,
        appenders=0,
    ),
    Planted("the plain form goes before the cold one is there", _plain_goes_first, appenders=0),
    Planted("the cold form goes before the plain one is there", _cold_goes_first, "cold", freezers=0),
    Planted("the temporary file is not synced", _temporary_file_not_synced, appenders=0),
    Planted("the folder is not synced by a freeze", _folder_not_synced_by_freezer, appenders=0),
    Planted("the folder is not synced by a thaw", _folder_not_synced_by_thaw, "cold", freezers=0),
    Planted("a freeze is undone without a look", _undone_unseen, appenders=0, faults=1),
    Planted("what was compressed is not verified", _verifying_skipped, appenders=0),
    Planted("the cold form of a pair is believed", _cold_of_pair_trusted, "foreign pair", appenders=0),
    Planted("a pair stays a pair", _pair_not_settled, "equal pair", appenders=0),
    Planted("a torn line is not ended before an append", _end_not_repaired, freezers=0, appenders=2, kills=1),
)
