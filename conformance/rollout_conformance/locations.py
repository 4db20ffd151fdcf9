"""Where the specification and the corpus lie: in the checkout, or beside the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def spec_dir() -> Path:
    """Return the folder of the normative text and its schemas."""
    return _data("spec")


def corpus_dir() -> Path:
    """Return the folder of the conformance cases."""
    return _data("corpus")


def _data(name: str) -> Path:
    # A checkout has both beside conformance/; site-packages has neither, so a stray folder of
    # one name there is not taken for ours.
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "conformance").is_dir()
    return (_CHECKOUT if in_checkout else _PACKAGE / "_data") / name
