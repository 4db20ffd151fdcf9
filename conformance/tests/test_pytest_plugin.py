"""The pytest plugin: a case is a test, and without its option the plugin is not there."""

import shutil
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from rollout_conformance import index, locations

pytest_plugins = ["pytester"]

CASES = ["trace-thread-start", "trace-thread-duplicate-start", "trace-manifest-cut"]

REJECTING = """
import json, sys
for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "bye":
        break
    about = {"name": "no", "version": "0"}
    hello = {"rcp": 1, "implementation": about, "profiles": PROFILES, "capabilities": []}
    print(json.dumps({"id": ask["id"], **(hello if ask["op"] == "hello" else ANSWER)}), flush=True)
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Make a corpus of a few cases."""
    whole = index.Index(locations.corpus_dir())
    folder = tmp_path / "corpus"
    for entry in whole.entries():
        if entry.id in CASES:
            shutil.copytree(whole.corpus / entry.path, folder / entry.path)
    index.write(folder)
    return folder


def adapter(tmp_path: Path, answer: str, profiles: tuple[str, ...] = ("trace-reader",)) -> str:
    """Make an adapter that gives one answer to everything."""
    script = tmp_path / "adapter.py"
    script.write_text(REJECTING.replace("PROFILES", repr(list(profiles))).replace("ANSWER", answer))
    return f"{sys.executable} {script}"


REJECTS = '{"outcome": "rejected", "code": "trace.duplicate_thread_start", "message": "always"}'


def test_each_case_is_a_test(pytester: pytest.Pytester, corpus: Path) -> None:
    """The ids of the tests are those of the cases."""
    run = pytester.runpytest("--rollout-impl", "reference", "--rollout-corpus", corpus, "-v")

    run.assert_outcomes(passed=3)
    run.stdout.fnmatch_lines_random([f"*rollout::{case} PASSED*" for case in CASES])
    assert run.ret == 0


def test_cases_stand_beside_other_tests(pytester: pytest.Pytester, corpus: Path) -> None:
    """The project's own tests run too, and -k and -m choose among all."""
    pytester.makepyfile("def test_mine(): pass")
    options = ("--rollout-impl", "reference", "--rollout-corpus", corpus)

    pytester.runpytest(*options).assert_outcomes(passed=4)
    pytester.runpytest(*options, "-m", "rollout").assert_outcomes(passed=3, deselected=1)
    pytester.runpytest(*options, "-k", "duplicate-start").assert_outcomes(passed=1, deselected=3)


def test_requirements_are_properties(pytester: pytest.Pytester, corpus: Path) -> None:
    """A JUnit report says which requirements a test is about."""
    pytester.runpytest("--rollout-impl", "reference", "--rollout-corpus", corpus, "--junit-xml=report.xml")

    report = (pytester.path / "report.xml").read_text()
    assert '<property name="requirement" value="TRACE-THREAD-2"' in report
    assert '<property name="outcome" value="pass"' in report


def test_failure_is_told_by_its_rule(pytester: pytest.Pytester, corpus: Path, tmp_path: Path) -> None:
    """A wrong answer shows requirement, difference and how to see it again, and no traceback."""
    run = pytester.runpytest("--rollout-impl", adapter(tmp_path, REJECTS), "--rollout-corpus", corpus)

    run.assert_outcomes(passed=1, failed=2)
    run.stdout.fnmatch_lines(
        [
            "fail trace-thread-start: *",
            "[[]TRACE-THREAD-*",
            "rejected what is to be accepted: always",
            "again: *",
        ]
    )
    run.stdout.no_fnmatch_line("*Traceback*")


def test_unsupported_is_skipped(pytester: pytest.Pytester, corpus: Path, tmp_path: Path) -> None:
    """What an adapter does not claim is no success and no failure."""
    nothing = adapter(tmp_path, '{"outcome": "unsupported", "capability": "trace.reduce"}', ())

    run = pytester.runpytest("--rollout-impl", nothing, "--rollout-corpus", corpus)

    run.assert_outcomes(skipped=3)


KNOWN = """
[[known]]
case = "{case}"
outcome = "fail"
kind = "wontfix"
digest = "{digest}"
reason = "rejects everything"
"""


def test_known_failure_is_expected(pytester: pytest.Pytester, corpus: Path, tmp_path: Path) -> None:
    """A listed failure is an xfail; one that fails differently, and one that passes, is red."""
    impl = adapter(tmp_path, REJECTS)
    digest = signature(pytester, corpus, impl, "trace-thread-start")
    known = tmp_path / "known.toml"
    known.write_text(
        KNOWN.format(case="trace-thread-start", digest=digest)
        + KNOWN.format(case="trace-manifest-cut", digest="00000000")
        + KNOWN.format(case="trace-thread-duplicate-start", digest="00000000")
    )

    run = pytester.runpytest(
        "--rollout-impl", impl, "--rollout-corpus", corpus, "--rollout-known", known, "-rx"
    )

    run.assert_outcomes(xfailed=1, failed=2)
    run.stdout.fnmatch_lines_random(
        [
            "XFAIL *rollout::trace-thread-start - known: rejects everything",
            "fails differently: *",
            "[[]XPASS(strict)[]] trace-thread-duplicate-start passes, but *known.toml lists it; *",
        ]
    )


def signature(pytester: pytest.Pytester, corpus: Path, impl: str, case: str) -> str:
    """Return the digest of the failure of a case."""
    from rollout_conformance import campaign  # noqa: PLC0415
    from rollout_conformance.implementations import open_implementation  # noqa: PLC0415
    from rollout_conformance.runner import Runner  # noqa: PLC0415

    plan = campaign.plan(profile="trace-reader", pattern=case, corpus=corpus)
    implementation = open_implementation(impl)
    (result,) = Runner(implementation, plan.requirements).run(plan.cases)
    implementation.close()
    assert result.signature is not None
    return result.signature


def test_manifest_brings_profile_and_known(pytester: pytest.Pytester, corpus: Path, tmp_path: Path) -> None:
    """What an adapter.toml says about a run holds here too."""
    adapter(tmp_path, REJECTS)
    (tmp_path / "known.toml").write_text("[[known]]\n")
    manifest = tmp_path / "adapter.toml"
    manifest.write_text(
        f'name = "no"\ncommand = ["{sys.executable}", "./adapter.py"]\nknown = "known.toml"\n'
    )

    run = pytester.runpytest("--rollout-impl", manifest, "--rollout-corpus", corpus)

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*rolloutspec: *known.toml line 1: *"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--rollout-impl", "no-such-program"], "there is no program 'no-such-program'"),
        (
            ["--rollout-impl", "reference", "--rollout-profile", "trace-eater"],
            "profile 'trace-eater' is unknown",
        ),
        (["--rollout-impl", "reference", "--rollout-known", "nowhere.toml"], "nowhere.toml: No such file"),
        (["--rollout-impl", "no/adapter.toml"], "there is no file no/adapter.toml"),
    ],
)
def test_misuse_is_an_error_of_collection(
    pytester: pytest.Pytester, corpus: Path, options: list[str], told: str
) -> None:
    """What cannot be run is one clear error, before any test."""
    run = pytester.runpytest(*options, "--rollout-corpus", corpus)

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines([f"*rolloutspec: *{told}*"])
    run.stdout.no_fnmatch_line("*Traceback*")


def test_broken_case_is_an_error_of_collection(pytester: pytest.Pytester, corpus: Path) -> None:
    """A corpus that cannot be read is named with its file."""
    (corpus / "index.json").write_text("{}")

    run = pytester.runpytest("--rollout-impl", "reference", "--rollout-corpus", corpus)

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*rolloutspec: *index.json line 1*"])


def test_collecting_starts_nothing(pytester: pytest.Pytester, corpus: Path) -> None:
    """A list of the cases needs no implementation."""
    run = pytester.runpytest(
        "--rollout-impl", "no-such-program", "--rollout-corpus", corpus, "--collect-only", "-q"
    )

    assert run.ret == 0
    run.stdout.fnmatch_lines_random([f"rollout::{case}" for case in CASES])


def test_second_answer_is_noticed(pytester: pytest.Pytester, corpus: Path, tmp_path: Path) -> None:
    """An adapter that goes on after its last answer is charged with it."""
    impl = adapter(tmp_path, REJECTS)
    script = tmp_path / "adapter.py"
    late = "    if ask['op'] != 'hello': import time; time.sleep(0.005); print('{}', flush=True)\n"
    script.write_text(script.read_text() + late)

    run = pytester.runpytest(
        "--rollout-impl", impl, "--rollout-corpus", corpus, "-k", "trace-thread-duplicate-start"
    )

    assert run.ret == pytest.ExitCode.TESTS_FAILED
    run.stdout.fnmatch_lines_random(["*protocol-error *trace-thread-duplicate-start: *"])


def test_workers_share_the_cases(pytester: pytest.Pytester, corpus: Path) -> None:
    """With pytest-xdist each worker has a process of its own."""
    pytest.importorskip("xdist")

    run = pytester.runpytest_subprocess("--rollout-impl", "reference", "--rollout-corpus", corpus, "-n", "2")

    run.assert_outcomes(passed=3)


def test_without_the_option_nothing_is_imported(pytester: pytest.Pytester) -> None:
    """Who only has the package installed pays nothing."""
    pytester.makepyfile(
        dedent(
            """
            import sys

            def test_imports(pytestconfig):
                assert "rollout_conformance.pytest_plugin" in sys.modules
                assert pytestconfig.pluginmanager.get_plugin("rolloutspec-cases") is None
                ours = {name for name in sys.modules if name.startswith(("rollout_", "msgspec", "click"))}
                assert ours == {"rollout_conformance", "rollout_conformance.pytest_plugin"}
            """
        )
    )

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
