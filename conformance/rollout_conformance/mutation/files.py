"""Operators on references, files and bytes."""

import re

from rollout_conformance.mutation.drafts import LOG, Dice, Draft, is_reference
from rollout_conformance.mutation.jsontree import copy, dump, slots
from rollout_conformance.mutation.vocabulary import PATHS


def swap_payload_files(draft: Draft, dice: Dice) -> None:
    """Swap what two payload files hold."""
    if len(names := draft.payload_names()) > 1:
        one, other = (names[place] for place in dice.two(len(names)))
        draft.files[one], draft.files[other] = draft.files[other], draft.files[one]


def copy_payload_file(draft: Draft, dice: Dice) -> None:
    """Let a payload file hold what another one does."""
    if len(names := draft.payload_names()) > 1:
        one, other = (names[place] for place in dice.two(len(names)))
        one, other = (one, other) if dice.often(0.5) else (other, one)
        draft.files[one] = draft.files[other]


def swap_references(draft: Draft, dice: Dice) -> None:
    """Swap the references of two events, whole or only their ids."""
    one, other = draft.open_line(dice), draft.open_line(dice)
    ours = [slot for slot in slots(one.tree) if is_reference(slot)] if one else []
    theirs = [slot for slot in slots(other.tree) if is_reference(slot)] if other else []
    if one is None or other is None or not ours or not theirs or one.line == other.line:
        return
    mine, yours = dice.pick(ours), dice.pick(theirs)
    if dice.often(0.5):
        first, second = copy(mine.value), copy(yours.value)
        mine.put(second)
        yours.put(first)
    else:
        mine.value.values[mine.value.names.index("raw_payload_id")] = yours.value.get("raw_payload_id")
    draft.save(one)
    draft.save(other)


def change_path(draft: Draft, dice: Dice) -> None:
    """Let a reference name another path, also one outside the bundle."""
    text = draft.open_line(dice)
    refs = [slot.value for slot in slots(text.tree) if is_reference(slot)] if text else []
    if text and refs:
        ref = dice.pick(refs)
        paths = (*PATHS, *draft.payload_names())
        ref.values[ref.names.index("path")] = dice.pick(paths)
        draft.save(text)


def drop_file(draft: Draft, dice: Dice) -> None:
    """Leave a file out."""
    names = sorted(draft.files)
    del draft.files[dice.pick(names)]


def make_file_folder(draft: Draft, dice: Dice) -> None:
    """Put a folder where a file was."""
    name = dice.pick(sorted(draft.files))
    if not any(other.startswith(f"{name}/") for other in draft.files):
        draft.files[f"{name}/inside"] = draft.files.pop(name)


# --- cuts and bytes ---


def truncate_log_at_line(draft: Draft, dice: Dice) -> None:
    """End the log after some line."""
    if lines := draft.lines:
        draft.lines = lines[: dice.below(len(lines))]


def truncate_log_at_byte(draft: Draft, dice: Dice) -> None:
    """End the log at some byte."""
    log = draft.files.get(LOG, b"")
    draft.files[LOG] = log[: dice.below(len(log) + 1)]


def truncate_file(draft: Draft, dice: Dice) -> None:
    """End any file but the log at some byte."""
    if names := sorted(draft.files.keys() - {LOG}):
        name = dice.pick(names)
        draft.files[name] = draft.files[name][: dice.below(len(draft.files[name]) + 1)]


def change_byte(draft: Draft, dice: Dice) -> None:
    """Replace a byte of any file, or put one more in."""
    name = LOG if dice.often(0.4) and LOG in draft.files else dice.pick(sorted(draft.files))
    data = draft.files[name]
    place = dice.below(len(data) + 1)
    byte = dice.pick(
        (b'"', b"{", b"}", b"[", b",", b":", b"\\", b"0", b"-", b"e", b" ", b"\x00", b"\xff", b"\n")
    )
    draft.files[name] = data[:place] + byte + data[place + dice.below(2) :]


def add_at_ends(draft: Draft, dice: Dice) -> None:
    """Put something before or after what a file holds."""
    name = dice.pick(sorted(draft.files))
    extra = dice.pick(
        (b"\xef\xbb\xbf", b" ", b"\n\n", b"\t\r\n", b"{}", b"\x00", b"\x0c", b"\xc2\xa0", b"//", b",")
    )
    draft.files[name] = dice.pick((extra + draft.files[name], draft.files[name] + extra))


def respace(draft: Draft, dice: Dice) -> None:
    """Print a text with white space between its tokens, or with escapes for some characters."""
    text = draft.open_any(dice)
    if text is None:
        return
    printed = dump(text.tree).encode()
    if dice.often(0.6):
        data = re.sub(rb'":', b'" : ', printed)
    else:
        character = dice.pick((b"e", b"t", b"_", b"/"))
        escape = b"\\/" if character == b"/" else b"\\u%04x" % character[0]
        data = re.sub(rb'"[a-z_/]+"', lambda match: match[0].replace(character, escape, 1), printed)
    if text.line is None:
        draft.files[text.name] = data
    else:
        lines = draft.lines
        lines[text.line] = data + b"\n"
        draft.lines = lines
