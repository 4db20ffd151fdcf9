"""What a command line may name as IMPL, and what it is told when it names something else."""

import hashlib
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from rollout_conformance.answers import Identity, Refused, Unsupported
from rollout_conformance.implementations import (
    Defaults,
    ImplementationError,
    defaults_of,
    open_implementation,
    read_manifest,
)
from rollout_conformance.implementations.files import files_of
from rollout_conformance.library import Library
from rollout_conformance.protocol.child import WORDS, last_lines
from rollout_conformance.tasks import Task
from rollout_conformance.verdict import Judgement, judge, signature_of

GREETER = """
import json, sys
for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "bye":
        break
    about = {"name": "greeter", "version": "1"}
    hello = {"rcp": 1, "implementation": about, "profiles": [], "capabilities": []}
    other = {"outcome": "unsupported", "capability": ask["op"]}
    print(json.dumps({"id": ask["id"], **(hello if ask["op"] == "hello" else other)}), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with an adapter and a manifest that names it."""
    (tmp_path / "greeter.py").write_text(GREETER)
    (tmp_path / "adapter.toml").write_text(
        f'name = "my greeter"\ncommand = ["{sys.executable}", "./greeter.py"]\n'
        'profile = "trace-writer"\nknown = "known.toml"\n'
    )
    return tmp_path


def test_reference_is_built_in() -> None:
    """`reference` needs nothing."""
    assert open_implementation("reference").identity.name == "reference"


def test_command_line_is_an_adapter(folder: Path) -> None:
    """A command with its arguments is one IMPL."""
    adapter = open_implementation(f"{sys.executable} {folder / 'greeter.py'}")

    adapter.close()
    assert adapter.identity.name == "greeter"


def test_manifest_names_an_adapter(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths of the command lie beside the manifest, wherever the suite is started."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    adapter = open_implementation(str(folder / "adapter.toml"))
    answer = adapter.perform(Task("trace.reduce", folder, 2000))

    adapter.close()
    assert adapter.identity.name == "greeter"
    assert answer == Unsupported("trace.reduce")


def test_manifest_has_the_defaults_of_a_run(folder: Path) -> None:
    """Profile and known failures come from the manifest; a file that is not there yet lists nothing."""
    manifest = str(folder / "adapter.toml")

    before = defaults_of(manifest)
    (folder / "known.toml").write_text("")

    assert before == Defaults("trace-writer", None)
    assert defaults_of(manifest) == Defaults("trace-writer", folder / "known.toml")


@pytest.mark.parametrize("name", ["reference", "codex=./codex", "node adapter.mjs"])
def test_other_names_have_the_usual_defaults(name: str) -> None:
    """Without a manifest it is the reader's profile and no known failures."""
    assert defaults_of(name) == Defaults("trace-reader", None)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "no implementation is named"),
        ("  ", '"COMMAND ARGS"    an adapter'),
        ("node 'adapter.mjs", "is no command line: No closing quotation"),
        ("codex", "codex=PATH"),
        ("codex=", "codex=PATH"),
        ("codex=no/such/file", "no/such/file is no executable file"),
        ("cargo=./x", "cargo=... is no kind of implementation"),
        ("DEBUG=1 node adapter.mjs", "as in 'env DEBUG=1 node adapter.mjs'"),
        ("no/such/adapter.toml", "there is no file no/such/adapter.toml; `rolloutspec init` writes"),
        ("no-such-program --fast", "there is no program 'no-such-program'"),
    ],
)
def test_what_is_no_implementation_is_explained(name: str, told: str) -> None:
    """The message says what was understood and what can be said instead."""
    with pytest.raises(ImplementationError) as caught:
        open_implementation(name)

    assert told in str(caught.value)


def test_folder_is_pointed_to_its_manifest(folder: Path) -> None:
    """The folder that `init` wrote is not the manifest, but nearly."""
    with pytest.raises(ImplementationError, match=r"is a folder; give the file .*adapter\.toml"):
        open_implementation(str(folder))


def test_path_with_spaces_is_to_be_quoted(tmp_path: Path) -> None:
    """A path with spaces is several words unless it is quoted within the argument."""
    program = tmp_path / "my adapter"
    program.write_text("")

    with pytest.raises(ImplementationError, match="has spaces; quote it once more"):
        open_implementation(str(program))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "x"\n', "missing required field `command`"),
        ('name = "x"\ncommand = "node x"\n', "line 2: Expected `array`, got `str`"),
        ('name = "x"\ncommand = []\n', "line 2: Expected `array` of length >= 1"),
        ('name = "x"\ncommand = ["a"]\nprofil = "y"\n', "line 3: Object contains unknown field `profil`"),
        ('name = "x"\ncommand = [\n', "line 3: "),
        ('name = "x\xff"\n', "not UTF-8"),
    ],
)
def test_broken_manifest_is_explained(tmp_path: Path, text: str, told: str) -> None:
    """File, line, and what a manifest looks like."""
    manifest = tmp_path / "adapter.toml"
    manifest.write_bytes(text.encode("latin-1"))

    with pytest.raises(ImplementationError) as caught:
        read_manifest(manifest)

    assert str(caught.value).startswith(f"{manifest}")
    assert told in str(caught.value)
    assert 'command = ["node", "./adapter.mjs"]' in str(caught.value)


def test_fault_of_a_manifests_program_names_the_manifest(tmp_path: Path) -> None:
    """Who gives a manifest is told which one names what cannot be started."""
    manifest = tmp_path / "adapter.toml"
    manifest.write_text('name = "mine"\ncommand = ["./not-built"]\n')

    with pytest.raises(ImplementationError, match=r"adapter.toml: mine: .*not-built does not exist; is it"):
        open_implementation(str(manifest))


def test_sandbox_path_is_no_part_of_a_failure() -> None:
    """A message that names the folder of one run fails alike in the next one."""
    told = "No such file: '/dev/shm/rolloutspec-{}/op-{}/in/manifest.json'"

    once, again = (Judgement("error", told.format(*run)) for run in (("ab_c1x", 9), ("k2z0f_q", 48)))

    assert signature_of(once) == signature_of(again)
    assert signature_of(once) != signature_of(Judgement("error", "No such file: 'manifest.json'"))


def test_words_that_were_cut_are_the_same_failure() -> None:
    """A trace of calls has room for more or fewer lines as its numbers get longer; its last line counts."""
    trace = "".join(f"  at reduce.js:{{0}}:{line}\n" for line in range(60)) + "TypeError: no thread {0}"
    short, long = (last_lines(trace.format(number)) for number in (7, 7_777_777))

    once, again = (Judgement("crash", "exit code 1", words=words) for words in (short, long))

    assert short.count("\n") != long.count("\n")
    assert signature_of(once) == signature_of(again)
    assert signature_of(once) != signature_of(Judgement("crash", "exit code 1", words="RangeError"))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (" \n", ""),
        ("one\ntwo\n", "one\ntwo"),
        (f"first\n{'x' * 300}\n{'y' * 98}\n", f"{'x' * 300}\n{'y' * 98}"),
        (f"first\n{'x' * 300}\n{'y' * 100}\n", "y" * 100),
        (f"first\n{'z' * 900}", "z" * WORDS + "…"),
    ],
)
def test_words_are_cut_between_lines(said: str, kept: str) -> None:
    """A report shows whole lines; a line that is too long keeps its beginning."""
    assert last_lines(said) == kept


def test_rejection_without_a_reason_is_told_in_words() -> None:
    """An implementation need not say why, and the report does not invent a name for that."""
    case = Library().find("trace-thread-start")
    assert case is not None

    judgement = judge(case, Refused(None, ""), Identity("mine", "1", profiles=("trace-reader",)))

    assert judgement.detail == "rejected what is to be accepted, without a reason"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_files_of_a_manifest_are_named_from_its_folder(folder: Path) -> None:
    """The manifest and what it starts; a program that is found on the path is not looked at."""
    manifest = folder / "adapter.toml"
    command = tomllib.loads(manifest.read_text())["command"]
    own = {word.removeprefix("./") for word in command if word.startswith("./")}

    assert files_of(str(manifest)).items() >= {("adapter.toml", digest_of(manifest))}
    assert own < set(files_of(str(manifest)))


def test_files_of_a_command_are_those_that_it_names(tmp_path: Path) -> None:
    """Each word that is the path of a file; without one, the program."""
    tool = tmp_path / "tool"
    tool.write_text("one")

    assert files_of(f"rolloutspec shim -- {tool} --fast") == {str(tool): digest_of(tool)}
    assert files_of(f"codex={tool}") == {str(tool): digest_of(tool)}
    assert files_of("sh -c true") == {"sh": digest_of(Path(shutil.which("sh") or ""))}
    assert files_of("reference") == {}
