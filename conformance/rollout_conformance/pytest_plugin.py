"""The corpus as tests of pytest: with `--rollout-impl IMPL` each case is one test.

Nothing of the suite is imported, and nothing is collected, unless that option is given.
"""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rollout_conformance.campaign import Plan
    from rollout_conformance.cases import Case
    from rollout_conformance.results import Result

NODE = "rollout"
"""What stands before the case id in the id of a test, and the marker of the tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("rolloutspec", "conformance of readers and writers of Codex rollouts")
    group.addoption(
        "--rollout-impl",
        metavar="IMPL",
        help="Judge IMPL, a test per case: reference, codex=PATH, 'COMMAND ARGS' or an adapter.toml.",
    )
    group.addoption(
        "--rollout-profile", metavar="P", help="The profile that is claimed (adapter.toml, or trace-reader)."
    )
    group.addoption("--rollout-corpus", metavar="DIR", help="Another folder of cases.")
    group.addoption(
        "--rollout-known", metavar="FILE", help="Known failures: they xfail, and fail once they pass."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest collect the corpus too, if an implementation is given."""
    impl = config.getoption("--rollout-impl")
    if not impl:
        return
    config.addinivalue_line("markers", f"{NODE}: a case of the conformance corpus")
    plugin = _Plugin(impl, config)
    config.pluginmanager.register(plugin, "rolloutspec-cases")
    if str(plugin.corpus) not in config.args:
        config.args.append(str(plugin.corpus))


class CaseFailed(Exception):
    """A case whose outcome is not the expected one; its text is for people."""


class _Plugin:
    """The implementation under test during one session."""

    def __init__(self, impl: str, config: pytest.Config) -> None:
        from rollout_conformance import locations  # noqa: PLC0415

        self._impl = impl
        self._profile = config.getoption("--rollout-profile")
        self._known = config.getoption("--rollout-known")
        self.corpus = Path(config.getoption("--rollout-corpus") or locations.corpus_dir()).resolve()
        self._judge: Judge | None = None

    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Take the corpus folder for what it is."""
        if path != self.corpus:
            return None
        return Corpus.from_parent(parent, path=path, plugin=self)

    def pytest_unconfigure(self) -> None:
        """End the implementation's process."""
        if self._judge is not None:
            self._judge.close()
            self._judge = None

    def plan(self) -> "Plan":
        """Choose the cases; raises one of the suite's errors."""
        from rollout_conformance import campaign, implementations  # noqa: PLC0415

        defaults = implementations.defaults_of(self._impl)
        known = self._known or defaults.known
        today = datetime.now(UTC).date()
        return campaign.plan(
            profile=self._profile or defaults.profile,
            corpus=self.corpus,
            known=(Path(known), today) if known else None,
        )

    def judge(self, plan: "Plan") -> "Judge":
        """Start the implementation; raises one of the suite's errors."""
        self._judge = Judge(self._impl, plan)
        return self._judge


class Corpus(pytest.Directory):
    """All cases of a profile."""

    def __init__(self, *, plugin: _Plugin, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._plugin = plugin

    def collect(self) -> Iterator["CaseItem"]:
        """Start the implementation and yield a test per case."""
        from rollout_conformance.campaign import NothingChosen  # noqa: PLC0415
        from rollout_conformance.cases import CaseError  # noqa: PLC0415
        from rollout_conformance.implementations import ImplementationError  # noqa: PLC0415
        from rollout_conformance.known import KnownError  # noqa: PLC0415
        from rollout_conformance.requirements import SpecError  # noqa: PLC0415

        try:
            plan = self._plugin.plan()
            judge = None if self.config.option.collectonly else self._plugin.judge(plan)
            for case in plan.cases:
                yield CaseItem.from_parent(
                    self, name=case.id, nodeid=f"{NODE}::{case.id}", case=case, judge=judge
                )
        except (CaseError, ImplementationError, KnownError, NothingChosen, SpecError) as error:
            raise self.CollectError(f"rolloutspec: {error}") from None


class CaseItem(pytest.Item):
    """One case as a test."""

    def __init__(self, *, case: "Case", judge: "Judge | None", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case
        self._judge = judge
        self.add_marker(NODE)
        self.user_properties += [("requirement", cited) for cited in case.cited]

    def runtest(self) -> None:
        """Judge the case."""
        if self._judge is None:
            return
        result = self._judge.judge(self.case)
        self.user_properties.append(("outcome", result.outcome))
        if result.outcome == "unsupported":
            pytest.skip(result.detail)
        if result.outcome in ("known", "flaky", "deviation"):
            pytest.xfail(f"{result.outcome}: {result.reason or result.detail}")
        if result.outcome != "pass":
            raise CaseFailed(self._judge.told(result))

    def teardown(self) -> None:
        """After the last case, look whether the implementation goes on talking."""
        if self._judge is not None and self.session.items[-1] is self:
            self._judge.finish()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what was found, not where in the suite."""
        if isinstance(excinfo.value, CaseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the case is."""
        return self.case.folder / "case.toml", 0, self.case.id


class Judge:
    """An implementation, and what of it is known; raises one of the suite's errors."""

    def __init__(self, impl: str, plan: "Plan") -> None:
        from rollout_conformance.implementations import LongLived, open_implementation  # noqa: PLC0415
        from rollout_conformance.known import KnownError  # noqa: PLC0415
        from rollout_conformance.runner import Runner  # noqa: PLC0415

        if plan.known and plan.known.problems:
            raise KnownError("\n".join(plan.known.problems))
        self._impl = impl
        self._rules = plan.requirements
        self._known = plan.known
        self._implementation = open_implementation(impl)
        self._long_lived = self._implementation if isinstance(self._implementation, LongLived) else None
        self._runner = Runner(self._implementation, plan.requirements)
        self._before = ""

    def judge(self, case: "Case") -> "Result":
        """Return the result of a case; raises `CaseFailed` for a fault that is none of its outcomes."""
        before, self._before = self._before, case.id
        result = self._runner.run_case(case)
        self._raise_late(before)
        if self._known is None:
            return result
        stale = len(self._known.problems)
        result = self._known.settle(result, self._runner.run_case)
        if result.outcome == "pass" and len(self._known.problems) > stale:
            raise CaseFailed(
                f"[XPASS(strict)] {case.id} passes, but {self._known.path} lists it; remove the entry"
            )
        return result

    def finish(self) -> None:
        """Raise `CaseFailed` if the implementation went on after its last answer."""
        self._raise_late(self._before, at_end=True)

    def told(self, result: "Result") -> str:
        """Return a result in words: the rules, what is different, and how to see it again."""
        rules = [
            self._rules[cited.partition("@")[0]]
            for cited in result.requirements
            if cited.partition("@")[0] in self._rules
        ]
        parts = [f"{result.outcome} {result.case}: {result.title}"]
        parts += [f"[{rule.id}] {rule.sentence}" for rule in rules]
        parts += [text for text in (result.detail, result.reason) if text]
        if result.difference is not None:
            parts.append(str(result.difference))
        return "\n".join([*parts, f"again: rolloutspec run {self._impl!r} --case {result.case}"])

    def close(self) -> None:
        """End the implementation's process."""
        with suppress(OSError), closing(self._implementation):
            pass

    def _raise_late(self, case_id: str, *, at_end: bool = False) -> None:
        from rollout_conformance.answers import with_words  # noqa: PLC0415

        late = self._long_lived.afterthought(at_end=at_end) if self._long_lived else None
        if late is not None:
            told = with_words(late.detail, late.words)
            raise CaseFailed(f"{late.kind} after the answer to {case_id}: {told}")
