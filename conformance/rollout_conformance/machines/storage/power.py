"""What may be left on a disk when the power went and came back."""

from collections.abc import Iterator
from itertools import chain, combinations

from rollout_conformance.machines.storage.disk import Disk, Inode


def after_power_loss(disk: Disk) -> Iterator[dict[str, bytes]]:
    """Yield what the folder of rollouts may hold when the power went and came back."""
    for names in _surviving_names(disk):
        choices: list[dict[str, bytes]] = [{}]
        for name, number in sorted(names.items()):
            inode = disk.inodes[number]
            if inode is not None:
                choices = [
                    held | {name: inode.data[:length]} for held in choices for length in _lengths(inode)
                ]
        yield from choices


def _surviving_names(disk: Disk) -> Iterator[dict[str, int]]:
    """Yield the entries that may survive; of the changes of one name a first part does."""
    indexes = range(len(disk.unsafe))
    for chosen in chain.from_iterable(combinations(indexes, size) for size in range(len(disk.unsafe) + 1)):
        lost = {disk.unsafe[index][0] for index in indexes if index not in chosen}
        late = any(
            disk.unsafe[index][0] in lost
            and any(
                disk.unsafe[before][0] == disk.unsafe[index][0]
                for before in range(index)
                if before not in chosen
            )
            for index in chosen
        )
        if late:
            continue
        names = dict(disk.safe_names)
        for index in chosen:
            name, number = disk.unsafe[index]
            if number is None:
                names.pop(name, None)
            else:
                names[name] = number
        yield names


def _lengths(inode: Inode) -> Iterator[int]:
    """Yield how much of a file may survive: all, what is safe, and cuts in and between its lines."""
    size = len(inode.data)
    if inode.safe == size:
        yield size
        return
    cuts = {inode.safe, inode.safe + 1, size - 1, size}
    yield from sorted(cut for cut in cuts if inode.safe <= cut <= size)
