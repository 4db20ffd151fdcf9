"""Operators that mix two bundles."""

from rollout_conformance.mutation.drafts import LOG, MANIFEST, Dice, Draft, ended, is_reference
from rollout_conformance.mutation.jsontree import Members, Tree, copy, dump, parse, slots
from rollout_conformance.mutation.vocabulary import KIND_OF_ID


def graft_line(draft: Draft, dice: Dice) -> None:
    """Put one event of the donor in, with its payloads, its ids made ours or not."""
    donated = draft.donor.files.get(LOG, b"").splitlines(keepends=True)
    tree = parse(dice.pick(donated)) if donated else None
    if tree is None:
        return
    _bring_payloads(draft, tree)
    if dice.often(0.6):
        _make_ids_ours(draft, tree)
    lines = [ended(line) for line in draft.lines]
    lines.insert(dice.below(len(lines) + 1), dump(tree).encode() + b"\n")
    draft.lines = lines


def merge_logs(draft: Draft, dice: Dice) -> None:
    """Put the donor's events in, in their order, but not what already started here."""
    ours = [ended(line) for line in draft.lines]
    started = {_start_of(parse(line)) for line in ours}
    theirs = []
    for line in draft.donor.files.get(LOG, b"").splitlines(keepends=True):
        tree = parse(line)
        if tree is not None and (_start_of(tree) is None or _start_of(tree) not in started):
            _bring_payloads(draft, tree)
            theirs.append(dump(tree).encode() + b"\n")
    merged: list[bytes] = []
    append = dice.often(0.5)
    while ours and theirs:
        merged.append(ours.pop(0) if append or dice.often(0.5) else theirs.pop(0))
    draft.lines = [*merged, *ours, *theirs]


def graft_payload(draft: Draft, dice: Dice) -> None:
    """Replace a payload file by one of the donor."""
    names, donated = draft.payload_names(), sorted(draft.donor.files.keys() - {MANIFEST, LOG})
    if names and donated:
        draft.files[dice.pick(names)] = draft.donor.files[dice.pick(donated)]


def graft_elements(draft: Draft, dice: Dice) -> None:
    """Put elements of an array of the donor into one of ours with a like name."""
    names, donated = draft.payload_names(), sorted(draft.donor.files.keys() - {MANIFEST, LOG})
    text = draft.open_file(dice.pick(names)) if names else None
    source = parse(draft.donor.files[dice.pick(donated)]) if donated else None
    ours = [slot for slot in slots(text.tree) if isinstance(slot.value, list)] if text else []
    theirs = [slot for slot in slots(source) if isinstance(slot.value, list) and slot.value]
    if text is None or not ours or not theirs:
        return
    target, origin = dice.pick(ours), dice.pick(theirs)
    place = dice.below(len(target.value) + 1)
    taken = origin.value if dice.often(0.5) else [dice.pick(origin.value)]
    target.value[place:place] = copy(taken)
    draft.save(text)


def _bring_payloads(draft: Draft, tree: Tree) -> None:
    """Copy the donor's payloads that an event names, under paths that are free here."""
    for slot in slots(tree):
        if is_reference(slot):
            path = slot.value.get("path")
            if isinstance(path, str) and path in draft.donor.files:
                name = f"payloads/donor-{path.rpartition('/')[2]}"
                draft.files[name] = draft.donor.files[path]
                slot.value.values[slot.value.names.index("path")] = name


def _make_ids_ours(draft: Draft, tree: Tree) -> None:
    """Replace each id of the donor by the one of ours that has its rank."""
    for slot in slots(tree):
        kind = KIND_OF_ID.get(slot.name, "")
        ours, theirs = draft.ids.get(kind), draft.donor.ids.get(kind, [])
        if ours and slot.value in theirs and kind not in {"payload", "payload path"}:
            slot.put(ours[theirs.index(slot.value) % len(ours)])


def _start_of(tree: Tree) -> tuple[str, str] | None:
    """Return what a thread or turn start begins."""
    payload = tree.get("payload") if isinstance(tree, Members) else None
    if not isinstance(payload, Members):
        return None
    name = {"thread_started": "thread_id", "codex_turn_started": "codex_turn_id"}.get(
        str(payload.get("type"))
    )
    return (name, str(payload.get(name))) if name else None
