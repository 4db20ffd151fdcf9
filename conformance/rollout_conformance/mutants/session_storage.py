"""Wrong storage: freezing, thawing, runs, pairs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.errors import NotARollout, OutsideHome
from rollout_reference.session.storage import coding, marker, pairs, places, scratch, thawing, worker
from rollout_reference.session.storage.filesystem import RealFiles
from rollout_reference.session.storage.freezing import Freezer
from rollout_reference.session.storage.metrics import Metrics

# --- freezing a file ------------------------------------------------------------------------------


@mutant("SESSION-STORE-20", "freezes what is older than seven days, not what is as old")
def colder_than_cold(reference: Patch) -> None:
    reference.edit(Freezer._is_cold, ">=", ">")


@mutant("SESSION-STORE-20", "freezes after six days")
def cold_after_six_days(reference: Patch) -> None:
    reference.edit(Freezer._is_cold, "self._cold_after_ms", "self._cold_after_ms * 6 // 7")


@mutant("SESSION-STORE-20", "takes the distance from now for the age")
def future_is_old(reference: Patch) -> None:
    reference.edit(
        Freezer._is_cold,
        "self._now_ms - facts.mtime_ns // 1000000",
        "abs(self._now_ms - facts.mtime_ns // 1000000)",
    )


@mutant("SESSION-STORE-21", "freezes what has no owner")
def freezes_without_owner(reference: Patch) -> None:
    reference.edit(Freezer.freeze, "if threads is None:", "threads = threads or frozenset()\nif False:")


@mutant("SESSION-STORE-21", "leaves files whose name and header disagree")
def wants_one_thread(reference: Patch) -> None:
    reference.edit(Freezer.freeze, "if threads is None:", "if threads is None or len(threads) > 1:")


@mutant("SESSION-STORE-22", "compresses text with its line ends made equal")
def line_ends_made_equal(reference: Patch) -> None:
    reference.edit(
        coding.compress, "encoder.compress(piece)", "encoder.compress(piece.replace(b'\\r\\n', b'\\n'))"
    )
    reference.edit(Freezer._compress, "relation(temp.handle, source, files) != 'equal'", "False")


@mutant("SESSION-STORE-22", "ends the last line of a frozen file")
def last_line_ended(reference: Patch) -> None:
    reference.edit(coding.compress, "encoder.flush()", "encoder.compress(b'\\n') + encoder.flush()")
    reference.edit(Freezer._compress, "relation(temp.handle, source, files) != 'equal'", "False")


@mutant("SESSION-STORE-23", "gives the cold form the time of the freeze")
def cold_form_is_new(reference: Patch) -> None:
    reference.edit(Freezer._compress, "mtime_ns=before.mtime_ns", "mtime_ns=None")


@mutant("SESSION-STORE-23", "gives the cold form the mode of new files")
def cold_form_is_public(reference: Patch) -> None:
    reference.edit(Freezer._compress, "mode=before.mode", "mode=420")


# --- pairs ----------------------------------------------------------------------------------------


@mutant("SESSION-STORE-24", "leaves pairs as they are")
def pairs_stay(reference: Patch) -> None:
    reference.does_nothing(pairs.settle)


@mutant("SESSION-STORE-24", "believes the cold form of a pair")
def cold_form_believed(reference: Patch) -> None:
    reference.wrap(pairs.compare, lambda _original, *_: "equal")


@mutant("SESSION-STORE-24", "removes the cold form of every pair")
def cold_form_thrown_away(reference: Patch) -> None:
    reference.wrap(pairs.compare, lambda _original, *_: "behind")


@mutant("SESSION-STORE-24", "takes a cold form that is ahead for one that is behind")
def ahead_is_behind(reference: Patch) -> None:
    reference.edit(
        coding.relation,
        "return 'different'",
        "return 'behind' if piece.startswith(_read_all(plain, 0, len(piece), files)) else 'different'",
    )


@mutant("SESSION-STORE-24", "finishes a freeze whatever the age of the plain form")
def young_pair_frozen(reference: Patch) -> None:
    reference.edit(Freezer._settle, "found == 'equal' and self._is_cold(before)", "found == 'equal'")


@mutant("SESSION-STORE-24", "keeps mode and time of the cold form of a pair")
def pair_keeps_cold_attributes(reference: Patch) -> None:
    reference.edit(pairs.settle, "_secure(cold, files, like=facts)", "_secure(cold, files)")


@mutant("SESSION-STORE-24", "sets every cold form aside under the first name")
def set_aside_over_another(reference: Patch) -> None:
    reference.edit(pairs._set_aside, "continue", "files.unlink(cold)\nreturn")


@mutant("SESSION-STORE-24", "takes a damaged cold form for one that is behind")
def damaged_is_behind(reference: Patch) -> None:
    reference.edit(pairs.compare, "return 'different'", "return 'behind'")


# --- places ---------------------------------------------------------------------------------------


@mutant("SESSION-STORE-2", "resolves parent steps")
def parent_steps_resolved(reference: Patch) -> None:
    reference.edit(places.plain_path, "'..' in inner.parts or ", "")


@mutant("SESSION-STORE-2", "takes any folder of the home")
def any_folder_of_home(reference: Patch) -> None:
    reference.edit(places.plain_path, " or inner.parts[:1] not in ((SESSIONS,), (ARCHIVED,))", "")


@mutant("SESSION-STORE-2", "takes an absolute path as one from the home")
def root_is_home(reference: Patch) -> None:
    reference.never_raises(places.plain_path, OutsideHome, "path = Path(*path.parts[1:])")


@mutant("SESSION-STORE-2", "goes through every folder of the home")
def whole_home_frozen(reference: Patch) -> None:
    reference.edit(worker._Run.go, "(ARCHIVED, SESSIONS)", "('.',)")


@mutant("SESSION-STORE-3", "follows links while it looks for rollouts")
def links_followed(reference: Patch) -> None:
    reference.edit(RealFiles.entries, "entry.is_dir(follow_symlinks=False)", "entry.is_dir()")
    reference.edit(RealFiles.entries, "entry.is_file(follow_symlinks=False)", "entry.is_file()")
    reference.edit(RealFiles.facts, "os.lstat(path)", "os.stat(path)")


@mutant("SESSION-STORE-3", "follows a link to a folder on the way to a rollout")
def links_on_the_way_followed(reference: Patch) -> None:
    reference.edit(places.plain_path, "facts.kind != 'folder'", "False")


@mutant("SESSION-STORE-3", "thaws what a link leads to")
def links_thawed(reference: Patch) -> None:
    reference.never_raises(thawing._is_file, NotARollout)
    reference.constant(_filesystem(), "_READ", 0)


@mutant("SESSION-STORE-3", "thaws any file")
def any_file_thawed(reference: Patch) -> None:
    reference.edit(places.plain_path, "is_rollout_name(inner.name)", "True")


def _filesystem() -> Any:
    from rollout_reference.session.storage import filesystem  # noqa: PLC0415 - for one mutant

    return filesystem


@mutant("SESSION-STORE-4", "leaves its temporary files behind")
def temporary_files_stay(reference: Patch) -> None:
    reference.edit(scratch.scratch.__wrapped__, "files.unlink(path)", "pass")  # type: ignore[attr-defined]


# --- thawing --------------------------------------------------------------------------------------


@mutant("SESSION-STORE-40", "gives a plain rollout a new time when it is thawed")
def thaw_touches_plain(reference: Patch) -> None:
    def touched(original: Callable[..., str], plain: Path, files: RealFiles) -> str:
        outcome = original(plain, files)
        if outcome == "plain_exists":
            plain.touch()
        return outcome

    reference.wrap(thawing.thaw_held, touched)


@mutant("SESSION-STORE-41", "makes an empty file of a rollout that is not there")
def missing_is_made(reference: Patch) -> None:
    reference.edit(thawing.thaw, "raise RolloutNotFound", "plain.touch()")


@mutant("SESSION-STORE-42", "thaws the first frame only")
def first_frame_thawed(reference: Patch) -> None:
    reference.edit(coding.decompress, "pending += piece", "pending += b'' if pending else piece")


@mutant("SESSION-STORE-42", "gives the thawed file the old time")
def thawed_is_old(reference: Patch) -> None:
    reference.edit(thawing._materialize, "mtime_ns=None", "mtime_ns=frozen.mtime_ns")


@mutant("SESSION-STORE-42", "gives the thawed file the mode of new files")
def thawed_is_public(reference: Patch) -> None:
    reference.edit(thawing._materialize, "mode=frozen.mode", "mode=420")


@mutant("SESSION-STORE-42", "keeps the cold form of what it thaws")
def cold_form_kept(reference: Patch) -> None:
    reference.edit(thawing._materialize, "files.unlink(cold)", "pass")


@mutant("SESSION-STORE-43", "thaws as much of a damaged file as there is")
def damaged_thawed(reference: Patch) -> None:
    reference.edit(
        thawing._materialize,
        "decompress(source, temp.handle, files)",
        "from contextlib import suppress\nfrom rollout_reference.errors import Rejected\n"
        "with suppress(Rejected):\n    decompress(source, temp.handle, files)",
    )


# --- runs -----------------------------------------------------------------------------------------


@mutant("SESSION-STORE-30", "counts files in the folder only that are cold")
def counts_cold_only(reference: Patch) -> None:
    reference.edit(worker._Run._freeze_all, "self._count(path, at_once, 0)", "pass")


@mutant("SESSION-STORE-30", "measures the ratio in percent")
def ratio_without_name(reference: Patch) -> None:
    reference.edit(Metrics.file, "'file.compression_ratio'", "'file.compression_percent'")


@mutant("SESSION-STORE-30", "does not count the start of a run")
def start_not_counted(reference: Patch) -> None:
    reference.edit(worker._Run.go, "self._metrics.run('started')", "pass")


@mutant("SESSION-STORE-31", "runs whether there is a marker or not")
def marker_ignored(reference: Patch) -> None:
    reference.edit(marker._make_marker, "not is_stale(there.mtime_ns, now_ms)", "False")


@mutant("SESSION-STORE-31", "never takes over an old marker")
def marker_for_ever(reference: Patch) -> None:
    reference.edit(marker._make_marker, "not is_stale(there.mtime_ns, now_ms)", "True")


@mutant("SESSION-STORE-31", "removes the marker of a run that completed")
def marker_removed(reference: Patch) -> None:
    reference.edit(marker.Claim.close, "if failed:", "if True:")


@mutant("SESSION-STORE-31", "takes an empty marker for none")
def empty_marker_ignored(reference: Patch) -> None:
    reference.edit(
        marker._make_marker,
        "not is_stale(there.mtime_ns, now_ms)",
        "there.size and not is_stale(there.mtime_ns, now_ms)",
    )


@mutant("SESSION-STORE-31", "takes a marker from the future for an old one")
def future_marker_is_old(reference: Patch) -> None:
    reference.edit(marker.is_stale, "now_ms - mtime_ns // 1000000", "abs(now_ms - mtime_ns // 1000000)")


@mutant("SESSION-STORE-32", "sweeps temporary files of any age")
def sweeps_young_files(reference: Patch) -> None:
    reference.edit(worker._Run._sweep, "is_stale(facts.mtime_ns, self._now_ms)", "True")


@mutant("SESSION-STORE-32", "sweeps its own temporary files only")
def sweeps_own_files(reference: Patch) -> None:
    reference.edit(scratch.is_temporary, "name.endswith(SUFFIX)", "name.startswith('rollout-compress-')")


@mutant("SESSION-STORE-32", "sweeps after more than six hours")
def sweeps_later(reference: Patch) -> None:
    reference.edit(marker.is_stale, ">=", ">")


@mutant("SESSION-STORE-33", "goes through active sessions only")
def archive_forgotten(reference: Patch) -> None:
    reference.edit(worker._Run.go, "(ARCHIVED, SESSIONS)", "(SESSIONS,)")


@mutant("SESSION-STORE-33", "goes through the tree of dates only")
def dates_only(reference: Patch) -> None:
    reference.edit(
        worker._Run._walk,
        "if kind == 'folder'",
        "if kind == 'folder' and name.isdigit()",
    )


@mutant("SESSION-STORE-33", "takes any file for a rollout")
def any_jsonl_frozen(reference: Patch) -> None:
    reference.edit(worker._Run._freeze_all, "not is_rollout_name(name) or ", "")


@mutant("SESSION-STORE-36", "ends the run at what is no folder")
def ends_at_first_problem(reference: Patch) -> None:
    reference.edit(
        worker._Run.go,
        "self._freeze_all(root)",
        "if self.problems:\n    return\nself._freeze_all(root)",
    )
