"""A published tool as a teller of usage: `ask.py PROGRAM WORD... session.usage --in DIR --out DIR`.

Run by `rolloutspec shim`, see the adapter files beside this one.  The tool is given a home with the rollouts
of DIR and is asked for its sessions; what it tells is written as `usage.json`, what it does not tell is not.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OPERATION = "session.usage"
UNSUPPORTED = 4
"""The exit code that says so to the shim."""
SECONDS = 60

ALONE = "sessions/2026/01/05/rollout-2026-01-05T09-12-40-00000000-0000-7000-8000-000000000000"
"""Where a rollout that is given alone is put in a home: the tools look nowhere else."""
THREAD = re.compile(r"rollout-.{19}-([0-9a-f-]{36})$")


def main() -> int:
    """Answer one operation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="+")
    parser.add_argument("--in", dest="given", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    told = parser.parse_args()
    *tool, operation = told.words
    if operation != OPERATION:
        return UNSUPPORTED
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        alone = not (told.given / "home").is_dir()
        if alone:
            put_alone(told.given, home)
        else:
            shutil.copytree(told.given / "home", home)
        answer = ask(tool, home)
    usage = total(answer) if alone else total(answer) | {"threads": threads(answer)}
    (told.out / "usage.json").write_text(json.dumps(usage, indent=2), encoding="utf-8")
    return 0


def put_alone(given: Path, home: Path) -> None:
    """Put the rollout of a folder, in whichever forms it is there, into a home."""
    for path in given.glob("rollout.jsonl*"):
        target = home / (ALONE + path.name.removeprefix("rollout"))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def ask(tool: list[str], home: Path) -> Any:
    """Return what the tool prints of a home, with nothing else to look at."""
    environment = os.environ | {"CODEX_HOME": str(home), "HOME": str(home.parent), "TZ": "UTC"}
    command = [*tool, "--json", "--offline"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.decode()[-300:]}")
    return json.loads(done.stdout)


def total(answer: Any) -> dict[str, Any]:
    """Return the sum that the tool prints, as own spend: nothing, if it found no session."""
    return {"own": spent((answer["totals"] or {}).get("totalTokens", 0))}


def threads(answer: Any) -> list[dict[str, Any]]:
    """Return what it prints of each thread, by the id in the name of its file."""
    told = {THREAD.search(each["sessionFile"]): each["totalTokens"] for each in answer["sessions"]}
    ids = sorted((found[1], tokens) for found, tokens in told.items() if found is not None)
    return [{"thread_id": thread, "own": spent(tokens)} for thread, tokens in ids]


def spent(tokens: int) -> dict[str, Any]:
    """Return a number of tokens as usage has it; of the kinds of tokens nothing is said."""
    return {"tokens": {"total_tokens": tokens}}


if __name__ == "__main__":
    sys.exit(main())
