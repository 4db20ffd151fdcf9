"""Forms of values that are no objects with known keys: scalars, names, arrays, maps.  [SESSION-LINE-7]"""

from typing import Any, Protocol

from msgspec import Meta

from rollout_reference.session.shapes.shape import Checked, Mismatch, Names, Rest


class Form(Protocol):
    """One shape, ready to check values."""

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form; `at` is its JSON pointer.  Raises `Mismatch`."""

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the JSON kind that the form begins with."""

    def old_keys(self, seen: set[type]) -> set[str]:
        """Return the older names of keys anywhere below; `seen` shapes are done."""


def pointer(at: str, key: str | int) -> str:
    """Append a key or index to a JSON pointer."""
    return f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"


class Leaf:
    """A form that holds no further forms."""

    def old_keys(self, seen: set[type]) -> set[str]:
        """Return the older names below that `seen` shapes have not."""
        return set()


class AnyForm(Leaf):
    """Any value, as it stands."""

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        return value

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return True


class ScalarForm(Leaf):
    """A string, a boolean, or an integer within bounds."""

    def __init__(self, kind: type, bounds: Meta | None) -> None:
        self.kind = kind
        self.low: Any = bounds.ge if bounds else None
        self.high: Any = bounds.le if bounds else None
        self.expected = {str: "a string", bool: "a boolean"}.get(kind) or (
            f"an integer from {self.low} to {self.high}"
        )

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        if type(value) is not self.kind or (self.low is not None and not self.low <= value <= self.high):
            raise Mismatch(at, self.expected, value)
        return value

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return type(value) is self.kind


class CheckedForm(Leaf):
    """A scalar with a rule of its own."""

    def __init__(self, kind: type[Checked]) -> None:
        self.kind = kind

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        try:
            return self.kind.canonical(value)
        except Mismatch as mismatch:
            raise Mismatch(at, str(mismatch)) from None

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return isinstance(value, str) == issubclass(self.kind, str) and not isinstance(value, dict | list)


class NameForm(Leaf):
    """One name out of a closed set."""

    def __init__(self, names: tuple[str, ...], markers: tuple[Any, ...] = ()) -> None:
        self.expected = f"one of {', '.join(names)}"
        self.names: dict[str, Any] = {name: name for name in names}
        for marker in markers:
            if isinstance(marker, Names):
                self.names |= marker.old
        self.rest = next((m for m in markers if isinstance(m, Rest)), None)

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        if not isinstance(value, str):
            raise Mismatch(at, "a string", value)
        if value in self.names:
            return self.names[value]
        if self.rest is None or value in self.rest.but:
            raise Mismatch(at, self.expected)
        return self.rest.name

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return isinstance(value, str)


class ListForm:
    """An array of one shape."""

    def __init__(self, element: Form) -> None:
        self.element = element

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        if not isinstance(value, list):
            raise Mismatch(at, "an array", value)
        return [self.element.canonical(child, pointer(at, i)) for i, child in enumerate(value)]

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return isinstance(value, list)

    def old_keys(self, seen: set[type]) -> set[str]:
        """Return the older names below that `seen` shapes have not."""
        return self.element.old_keys(seen)


class MapForm:
    """An object whose values have one shape."""

    def __init__(self, element: Form) -> None:
        self.element = element

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        if not isinstance(value, dict):
            raise Mismatch(at, "an object", value)
        return {key: self.element.canonical(child, pointer(at, key)) for key, child in value.items()}

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return isinstance(value, dict)

    def old_keys(self, seen: set[type]) -> set[str]:
        """Return the older names below that `seen` shapes have not."""
        return self.element.old_keys(seen)
