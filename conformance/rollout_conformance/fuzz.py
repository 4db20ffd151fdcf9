"""Differential campaign: damaged bundles, each given to the reference and to the real CLI.

    python -m rollout_conformance.fuzz --codex PATH --seed 1 --count 20000

Both must answer every mutant alike: equal states, byte by byte, or a rejection by each.  A mutant
is named by campaign seed and number alone, so any of them can be made again.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from rollout_conformance import locations
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.compare import first_difference
from rollout_conformance.deviations import DEVIATIONS, Outcome, explain
from rollout_conformance.implementations.codex import PANIC, without_network
from rollout_conformance.mutate import MemoryBundle, Mutant, mutate
from rollout_conformance.mutation.drafts import Dice
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce

RUN_SECONDS = 20
MUTANTS_PER_TASK = 25
NUMBERS_PER_SEED = 10**9
"""Campaigns of different seeds never make the same mutant seed."""
ISOLATED = "ROLLOUTSPEC_FUZZ_ISOLATED"
"""Set in the environment of a campaign that runs without a network already."""
FAST_FOLDER = Path("/dev/shm")  # noqa: S108
SHARES = (("recorded", 0.3), ("accepted", 0.6), ("rejected", 0.1))
"""How often each group of cases is the base of a mutant."""
FINDING_EXIT = 1


# --- one mutant ----------------------------------------------------------------------------------------


class Verdict(Struct, frozen=True):
    """What one mutant showed; `finding` is the class of a disagreement, `deviation` its known name."""

    number: int
    case: str
    operators: tuple[str, ...]
    agreed: str = ""
    deviation: str = ""
    finding: str = ""
    reference_ms: float = 0
    codex_ms: float = 0


@dataclass
class Herd:
    """The bundles that mutants are made of, read when first needed."""

    cases: dict[str, list[Case]]
    loaded: dict[str, MemoryBundle] = field(default_factory=dict)

    @classmethod
    def of(cls, corpus: Path, pattern: str = "") -> "Herd":
        """Group the cases of a corpus whose id holds a text."""
        groups: defaultdict[str, list[Case]] = defaultdict(list)
        for case in load_cases(corpus):
            if pattern in case.id and case.op == "trace.reduce":
                recorded = case.source.get("kind") == "recorded"
                plain = "accepted" if case.verdict == "must-accept" else "rejected"
                groups["recorded" if recorded else plain].append(case)
        return cls(dict(groups))

    def mutant(self, seed: int, number: int) -> tuple[Case, Mutant]:
        """Make one mutant of a campaign, and tell of which case."""
        own_seed = seed * NUMBERS_PER_SEED + number
        dice = Dice(own_seed)
        case, donor = self._pick(dice), self._pick(dice)
        return case, mutate(self._bundle(case), own_seed, donor=self._bundle(donor))

    def _pick(self, dice: Dice) -> Case:
        groups = [(name, share) for name, share in SHARES if name in self.cases]
        point = dice.below(1000) / 1000 * sum(share for _, share in groups)
        for name, share in groups:
            if point < share:
                return dice.pick(self.cases[name])
            point -= share
        return dice.pick(self.cases[groups[-1][0]])

    def _bundle(self, case: Case) -> MemoryBundle:
        if case.id not in self.loaded:
            self.loaded[case.id] = MemoryBundle.load(case.input)
        return self.loaded[case.id]


def ask_reference(bundle: Path) -> Outcome:
    """Reduce a bundle in process; anything but a rejection is a crash."""
    try:
        return Outcome("accepted", state=reduce(bundle).to_json())
    except Rejected as rejection:
        return Outcome("rejected", code=rejection.code, text=str(rejection))
    except Exception:
        return Outcome("crash", text=traceback.format_exc())


def ask_codex(binary: Path, bundle: Path, scratch: Path) -> Outcome:
    """Reduce a bundle with the real CLI."""
    state = scratch / "state.json"
    state.unlink(missing_ok=True)
    home = str(scratch / "home")
    try:
        done = subprocess.run(  # noqa: S603
            [str(binary), "debug", "trace-reduce", str(bundle), "-o", str(state)],
            capture_output=True,
            timeout=RUN_SECONDS,
            env={"CODEX_HOME": home, "HOME": home, "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome("timeout", text=f"no answer within {RUN_SECONDS} s")
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode == 0:
        return Outcome("accepted", state=state.read_bytes())
    return Outcome({1: "rejected", PANIC: "panic"}.get(done.returncode, "crash"), text=said)  # type: ignore[arg-type]


def compare(reference: Outcome, codex: Outcome, files: dict[str, bytes]) -> dict[str, str]:
    """Return as fields of a verdict how the two answers go together."""
    if reference.kind == codex.kind == "accepted" and reference.state == codex.state:
        return {"agreed": "accepted"}
    if reference.kind == "rejected" and codex.kind in {"rejected", "panic"}:
        return {"agreed": "rejected" if codex.kind == "rejected" else "panic"}
    deviation = explain(reference, codex, files)
    if deviation:
        return {"deviation": deviation.id}
    return {"finding": _class_of(reference, codex)}


def _class_of(reference: Outcome, codex: Outcome) -> str:
    """Name a disagreement so that those of one cause share a name."""
    if reference.kind == codex.kind == "accepted":
        difference = first_difference(codex.state, reference.state)
        place = re.sub(r"/[^/]*[:\d][^/]*", "/*", difference.pointer) if difference else "bytes only"
        return f"states differ at {place}"
    said = {
        side: f"{one.kind} {one.code}".strip() for side, one in (("reference", reference), ("codex", codex))
    }
    if codex.kind == "rejected":
        said["codex"] += ": " + _gist(codex.text)
    return f"reference {said['reference']}, codex {said['codex']}"


def _gist(message: str) -> str:
    """Return the innermost cause of an error of the real CLI without its values."""
    last = message.splitlines()[-1] if message else ""
    return re.sub(r"[\"'`].*[\"'`]|\d+|\S*:\S*\d\S*", "*", last.strip())[:100]


# --- workers -------------------------------------------------------------------------------------------


@dataclass
class Worker:
    """What one process needs for its share of a campaign."""

    binary: Path
    seed: int
    herd: Herd
    scratch: Path
    keep: Path | None

    def judge(self, number: int) -> Verdict:
        """Make a mutant, ask both, compare, and keep it if it is a finding."""
        case, mutant = self.herd.mutant(self.seed, number)
        bundle = self.scratch / "bundle"
        mutant.bundle.write(bundle)
        begin = time.perf_counter()
        reference = ask_reference(bundle)
        middle = time.perf_counter()
        codex = ask_codex(self.binary, bundle, self.scratch)
        end = time.perf_counter()
        shutil.rmtree(bundle)
        verdict = Verdict(
            number,
            case.id,
            mutant.operators,
            reference_ms=(middle - begin) * 1000,
            codex_ms=(end - middle) * 1000,
            **compare(reference, codex, mutant.bundle.files),
        )
        if verdict.finding and self.keep is not None:
            self._save(verdict, mutant, {"reference": reference, "codex": codex})
        return verdict

    def _save(self, verdict: Verdict, mutant: Mutant, outcomes: dict[str, Outcome]) -> None:
        folder = (self.keep or self.scratch) / f"{self.seed}-{verdict.number}"
        shutil.rmtree(folder, ignore_errors=True)
        mutant.bundle.write(folder / "bundle")
        for name, outcome in outcomes.items():
            (folder / f"{name}.txt").write_text(f"{outcome.kind} {outcome.code}\n{outcome.text}\n", "utf-8")
            if outcome.kind == "accepted":
                (folder / f"{name}.json").write_bytes(outcome.state)
        told = {
            "case": verdict.case,
            "seed": self.seed,
            "number": verdict.number,
            "operators": verdict.operators,
            "finding": verdict.finding,
        }
        (folder / "mutant.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")


_workers: list[Worker] = []
"""The worker of this process, once it has begun."""


def _begin(binary: Path, seed: int, corpus: Path, pattern: str, scratch: Path, keep: Path | None) -> None:
    own = Path(tempfile.mkdtemp(dir=scratch))
    (own / "home").mkdir()
    _workers[:] = [Worker(binary, seed, Herd.of(corpus, pattern), own, keep)]


def _judge_some(numbers: range) -> list[Verdict]:
    return [_workers[0].judge(number) for number in numbers]


# --- the campaign --------------------------------------------------------------------------------------


@dataclass
class Summary:
    """The figures of a campaign."""

    seed: int
    mutants: int = 0
    agreed: Counter[str] = field(default_factory=Counter)
    deviations: Counter[str] = field(default_factory=Counter)
    findings: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    operators: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reference_ms: float = 0
    codex_ms: float = 0

    def add(self, verdict: Verdict) -> None:
        """Count one mutant."""
        self.mutants += 1
        self.reference_ms += verdict.reference_ms
        self.codex_ms += verdict.codex_ms
        outcome = verdict.agreed or ("deviation" if verdict.deviation else "disagreement")
        if verdict.agreed:
            self.agreed[verdict.agreed] += 1
        elif verdict.deviation:
            self.deviations[verdict.deviation] += 1
        else:
            self.findings[verdict.finding].append(verdict.number)
        for name in sorted(set(verdict.operators)):
            self.operators[name][outcome] += 1

    def document(self, seconds: float) -> dict[str, Any]:
        """Return the figures for machines; times are mean milliseconds a mutant."""
        reasons = {row.id: row.reason for row in DEVIATIONS}
        return {
            "seed": self.seed,
            "mutants": self.mutants,
            "accepted_by_both": self.agreed["accepted"],
            "rejected_by_both": self.agreed["rejected"] + self.agreed["panic"],
            "of_these_by_panic": self.agreed["panic"],
            "deviations": {
                name: {"mutants": count, "reason": reasons[name]}
                for name, count in sorted(self.deviations.items())
            },
            "disagreements": {name: self.findings[name] for name in sorted(self.findings)},
            "operators": {
                name: dict(sorted(self.operators[name].items())) for name in sorted(self.operators)
            },
            "ms_per_mutant": round(seconds * 1000 / max(1, self.mutants), 2),
            "ms_reference": round(self.reference_ms / max(1, self.mutants), 2),
            "ms_codex": round(self.codex_ms / max(1, self.mutants), 2),
            "seconds": round(seconds, 1),
        }


def campaign(
    codex: Path,
    seed: int,
    count: int,
    *,
    jobs: int = 2,
    keep: Path | None = None,
    corpus: Path | None = None,
    pattern: str = "",
    progress: bool = False,
) -> dict[str, Any]:
    """Run `count` mutants of a seed and return the figures; findings are saved below `keep`.

    The binary runs in the network of the caller; the command takes care to have none.
    """
    begun = time.perf_counter()
    summary = Summary(seed)
    place = str(FAST_FOLDER) if os.access(FAST_FOLDER, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rolloutspec-fuzz-", dir=place) as scratch:
        setup = (codex.resolve(), seed, corpus or locations.corpus_dir(), pattern, Path(scratch), keep)
        fresh = get_context("spawn")  # a fork of a process with threads may hang
        with ProcessPoolExecutor(jobs, fresh, initializer=_begin, initargs=setup) as pool:
            tasks = [
                range(first, min(first + MUTANTS_PER_TASK, count))
                for first in range(0, count, MUTANTS_PER_TASK)
            ]
            verdicts = (verdict for some in pool.map(_judge_some, tasks) for verdict in some)
            for verdict in _watched(verdicts, count) if progress else verdicts:
                summary.add(verdict)
    return summary.document(time.perf_counter() - begun)


def _watched(verdicts: Iterator[Verdict], count: int) -> Iterator[Verdict]:
    """Pass verdicts on while a bar shows how far they are; silent when nobody looks."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    console = Console(stderr=True)
    yield from track(
        verdicts, "mutants", count, console=console, transient=True, disable=not console.is_terminal
    )


@click.command()
@click.option(
    "--codex",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Binary of the real CLI.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Names the campaign.")
@click.option("--count", default=1000, show_default=True, type=click.IntRange(min=1), help="Mutants to run.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Processes.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Where to save disagreements.")
@click.option("--cases", default="", help="Only mutate cases whose id holds this text.")
def main(codex: Path, seed: int, count: int, jobs: int, keep: Path | None, cases: str) -> None:
    """Give damaged bundles to the reference and to the real CLI; exit 1 if they disagree.

    The figures are printed as JSON.
    """
    _leave_the_network()
    figures = campaign(codex, seed, count, jobs=jobs, keep=keep, pattern=cases, progress=True)
    click.echo(json.dumps(figures, indent=2))
    sys.exit(FINDING_EXIT if figures["disagreements"] else 0)


def _leave_the_network() -> None:
    """Start this command again without a network, once for the whole campaign."""
    if os.environ.get(ISOLATED):
        return
    wrapper = without_network()
    if not wrapper:
        click.echo("warning: no network isolation here; the binary runs with the network it finds", err=True)
        return
    command = [*wrapper, sys.executable, "-m", "rollout_conformance.fuzz", *sys.argv[1:]]
    sys.stdout.flush()
    os.execvpe(command[0], command, {**os.environ, ISOLATED: "1"})  # noqa: S606


if __name__ == "__main__":
    main()
