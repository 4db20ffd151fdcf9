"""Results that lie in a file, each read when it is looked at."""

import weakref
from array import array
from collections.abc import Iterator, Sequence
from typing import BinaryIO, overload

import msgspec

from rollout_conformance.results import Result

_decoder = msgspec.json.Decoder(Result)


class StoredResults(Sequence[Result]):
    """The lines of a file that hold a result; in memory is where each begins.

    The file is closed when nobody needs it any more.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places = array("Q")
        weakref.finalize(self, file.close)

    def note(self, place: int) -> None:
        """Add the result whose line begins at a byte of the file."""
        self._places.append(place)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> list[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | list[Result]:
        if isinstance(index, slice):
            return [self._read(place) for place in self._places[index]]
        return self._read(self._places[index])

    def __iter__(self) -> Iterator[Result]:
        return map(self._read, self._places)

    def _read(self, place: int) -> Result:
        self._file.seek(place)
        return _decoder.decode(self._file.readline())
