"""`rolloutspec init`: begin an adapter in a new folder."""

from pathlib import Path

import click

SKELETONS = Path(__file__).resolve().parent.parent / "skeletons"
LANGUAGES = ("python", "node", "go", "rust", "shell")
BUILD = {"go": "go build .", "rust": "cargo build --release"}
"""What has to be done before the adapter of a compiled language can be started."""

EPILOG = """\b
Examples:
  rolloutspec init --lang go my-reader     my-reader/main.go, adapter.toml and README.md
  rolloutspec init --lang python .         into this folder, if it is empty

\b
The adapter greets and says "unsupported" to everything else; its comments say where to go on.
"""


@click.command(epilog=EPILOG)
@click.option("--lang", type=click.Choice(LANGUAGES), required=True, help="The language of the adapter.")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def command(lang: str, folder: Path) -> None:
    """Write a small adapter into the new folder DIR, to be filled with calls of your reader."""
    if folder.is_dir() and any(folder.iterdir()):
        raise click.BadParameter(f"{folder} is not empty; name a new folder", param_hint="DIR")
    try:
        written = copy_skeleton(SKELETONS / lang, folder)
    except OSError as error:
        raise click.FileError(str(error.filename), error.strerror) from None
    click.echo(f"wrote {folder}: {', '.join(written)}\n\nnext:")
    if lang in BUILD:
        click.echo(f"  (cd {folder} && {BUILD[lang]})")
    manifest = folder / "adapter.toml"
    click.echo(f"  rolloutspec smoke {manifest}        # is it a good partner?")
    click.echo(f"  rolloutspec run {manifest} --fast   # what does it get right?")


def copy_skeleton(skeleton: Path, folder: Path) -> list[str]:
    """Copy the files of a skeleton and return their names.  Raises `OSError`."""
    names = sorted(
        path.relative_to(skeleton).as_posix()
        for path in skeleton.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((skeleton / name).read_bytes())
    return names
