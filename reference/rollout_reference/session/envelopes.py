"""The envelope of a line in ordinary form, decoded with the typed item in it: no tree is made of it."""

from functools import cache
from typing import Any, Union

import msgspec

from rollout_reference.jsontext import Number
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.shapes.shape import checked

Envelope = Any
"""A struct of the type of a line: `timestamp`, `ordinal`, `payload`."""

NAMES = {kind.tagged: kind.name for kind in LINE_TYPES.values()}
"""The line type of what was decoded, by its class."""


@cache
def envelope_decoder() -> msgspec.json.Decoder[Envelope]:
    """Make the decoder, which takes a while, when the first line is read."""
    return msgspec.json.Decoder(Union[tuple(NAMES)], dec_hook=checked, float_hook=Number)  # noqa: UP007
