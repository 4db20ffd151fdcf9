"""Install a release of the real CLI from npm: `python -m ... VERSION LINK`.

The package lands beside LINK, which then names the binary.
"""

import shutil
import subprocess
from pathlib import Path

import click

PACKAGE = "@openai/codex"
NPM_INSTALL = ("install", "--no-fund", "--no-audit", "--fetch-timeout=60000")
"""A download that stands still is begun anew after a minute, not after five."""


@click.command()
@click.argument("version")
@click.argument("link", type=click.Path(path_type=Path))
def main(version: str, link: Path) -> None:
    """Install the Codex CLI of a VERSION and let LINK name its binary."""
    npm = shutil.which("npm")
    if npm is None:
        raise click.ClickException("npm is not installed; without it the real CLI cannot be judged")
    folder = link.with_name(f"{link.name}.npm")
    if not link.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, *NPM_INSTALL, "--prefix", str(folder), f"{PACKAGE}@{version}"]
        if subprocess.run(command, check=False).returncode != 0:  # noqa: S603
            raise click.ClickException(f"npm could not install {PACKAGE}@{version}")
        link.unlink(missing_ok=True)
        link.symlink_to(find_binary(folder))
    click.echo(f"{link} -> {link.resolve().name} {version}")


def find_binary(folder: Path) -> Path:
    """Return the native binary in an npm folder; its place changed over the releases."""
    found = sorted(
        path
        for path in folder.rglob("codex*")
        if path.is_file() and path.parent.name in {"bin", "codex"} and path.suffix == ""
    )
    if not found:
        raise click.ClickException(f"no native binary in {folder}; is there a build for this platform?")
    return found[0]


if __name__ == "__main__":
    main()
