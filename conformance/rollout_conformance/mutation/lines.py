"""Operators on the lines of the log."""

from rollout_conformance.mutation.drafts import Dice, Draft, ended
from rollout_conformance.mutation.jsontree import Members, copy, dump, parse, slots
from rollout_conformance.mutation.vocabulary import BLANKS, OWN_IDS


def drop_line(draft: Draft, dice: Dice) -> None:
    """Leave a line out."""
    if lines := draft.lines:
        del lines[dice.below(len(lines))]
        draft.lines = lines


def drop_lines(draft: Draft, dice: Dice) -> None:
    """Leave a run of lines out."""
    if len(lines := draft.lines) > 1:
        begin, end = dice.two(len(lines))
        draft.lines = lines[:begin] + lines[min(end, begin + 6) :]


def duplicate_line(draft: Draft, dice: Dice) -> None:
    """Repeat a line, at once or later."""
    if lines := draft.lines:
        source = dice.below(len(lines))
        place = source + 1 if dice.often(0.4) else source + 1 + dice.below(len(lines) - source)
        lines.insert(place, ended(lines[source]))
        draft.lines = lines


def swap_neighbours(draft: Draft, dice: Dice) -> None:
    """Swap two lines that follow each other."""
    if len(lines := [ended(line) for line in draft.lines]) > 1:
        place = dice.below(len(lines) - 1)
        lines[place : place + 2] = lines[place + 1], lines[place]
        draft.lines = lines


def swap_lines(draft: Draft, dice: Dice) -> None:
    """Swap any two lines."""
    if len(lines := [ended(line) for line in draft.lines]) > 1:
        one, other = dice.two(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        draft.lines = lines


def move_line(draft: Draft, dice: Dice) -> None:
    """Take a line out and put it elsewhere."""
    if len(lines := [ended(line) for line in draft.lines]) > 1:
        line = lines.pop(dice.below(len(lines)))
        lines.insert(dice.below(len(lines) + 1), line)
        draft.lines = lines


def repeat_as_new(draft: Draft, dice: Dice) -> None:
    """Repeat an event later under ids of its own."""
    text = draft.open_line(dice)
    payload = text.tree.get("payload") if text and isinstance(text.tree, Members) else None
    if text is None or text.line is None or not isinstance(payload, Members):
        return
    for name in OWN_IDS.get(str(payload.get("type")), ()):
        value = payload.get(name)
        if isinstance(value, str):
            fresh = dice.pick((value + "-2", "again", "0" + value, value.upper()))
            payload.values[payload.names.index(name)] = fresh
    lines = [ended(line) for line in draft.lines]
    place = text.line + 1 + dice.below(len(lines) - text.line)
    lines.insert(place, dump(text.tree).encode() + b"\n")
    draft.lines = lines


def insert_blank(draft: Draft, dice: Dice) -> None:
    """Put a line in that holds no event, or nothing but white space."""
    lines = [ended(line) for line in draft.lines]
    lines.insert(dice.below(len(lines) + 1), dice.pick(BLANKS).encode())
    draft.lines = lines


def end_lines_otherwise(draft: Draft, dice: Dice) -> None:
    """End lines with CR LF, two CRs, LF CR, or the last one with nothing."""
    ending = dice.pick((b"\r\n", b"\r\r\n", b"\n\r", b" \n", b"\x0c\n", b""))
    lines = draft.lines
    if ending and dice.often(0.5):
        draft.lines = [line.rstrip(b"\n") + ending for line in lines]
    elif lines:
        draft.lines = [*lines[:-1], lines[-1].rstrip(b"\n") + ending]


def repeat_block(draft: Draft, dice: Dice) -> None:
    """Repeat a run of events later; what they start gets ids of its own."""
    lines = [ended(line) for line in draft.lines]
    if len(lines) < 2:
        return
    begin = dice.below(len(lines))
    block = lines[begin : begin + 2 + dice.below(12)]
    for old in sorted({own for line in block for own in _own_ids(line)}):
        block = [line.replace(dump(old).encode(), dump(f"{old}-2").encode()) for line in block]
    place = begin + len(block) + dice.below(len(lines) - begin - len(block) + 1)
    draft.lines = [*lines[:place], *block, *lines[place:]]


def swap_between_lines(draft: Draft, dice: Dice) -> None:
    """Swap what two events say under the same name: their times, numbers, threads, kinds."""
    one, other = draft.open_line(dice), draft.open_line(dice)
    if one is None or other is None or one.line == other.line:
        return
    ours = list(slots(one.tree))
    names = {slot.name for slot in ours}
    theirs = [slot for slot in slots(other.tree) if slot.name in names]
    if theirs:
        yours = dice.pick(theirs)
        mine = dice.pick([slot for slot in ours if slot.name == yours.name])
        first, second = copy(mine.value), copy(yours.value)
        mine.put(second)
        yours.put(first)
        draft.save(one)
        draft.save(other)


def _own_ids(line: bytes) -> list[str]:
    """Return the ids that an event starts something under."""
    tree = parse(line)
    payload = tree.get("payload") if isinstance(tree, Members) else None
    if not isinstance(payload, Members):
        return []
    ids = [payload.get(name) for name in OWN_IDS.get(str(payload.get("type")), ())]
    return [one for one in ids if isinstance(one, str)]
