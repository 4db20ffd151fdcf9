"""`rolloutspec init`: a skeleton in each language starts, greets and can be gone on with."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rollout_conformance.answers import Accepted, Refused, Unsupported
from rollout_conformance.cli.init import BUILD, LANGUAGES
from rollout_conformance.implementations import open_implementation
from rollout_conformance.tasks import Task

TOOLS = {"python": "python3", "node": "node", "go": "go", "rust": "cargo", "shell": "sh"}

GO_ON = {
    "python": (
        "adapter.py",
        'raise Unsupported("trace.reduce")',
        'if not (given / "trace.jsonl").exists():\n'
        '        raise Rejected("trace.log_unreadable", "no log")\n'
        '    return b"{}"',
    ),
    "node": (
        "adapter.mjs",
        'throw new Unsupported("trace.reduce");',
        'try { readFileSync(join(given, "trace.jsonl")); }\n'
        'catch { throw new Rejected("trace.log_unreadable", "no log"); }\n'
        'return "{}";',
    ),
    "go": (
        "main.go",
        "return nil, errUnsupported",
        'if _, err := os.Stat(filepath.Join(folder, "trace.jsonl")); err != nil {\n'
        '\treturn nil, rejected{"trace.log_unreadable", "no log", 0}\n}\n'
        'return []byte("{}"), nil',
    ),
    "rust": (
        "src/main.rs",
        "Err(Fault::Unsupported)\n",
        'if !_given.join("trace.jsonl").exists() {\n'
        '    let (code, message) = ("trace.log_unreadable".to_string(), "no log".to_string());\n'
        "    return Err(Fault::Rejected { code, message });\n}\n"
        'Ok("{}".to_string())\n',
    ),
    "shell": (
        "adapter.sh",
        "    return 4\n",
        '    if ! [ -f "$1/trace.jsonl" ]; then echo "trace.log_unreadable no log"; return 3; fi\n'
        "    printf '{}'\n",
    ),
}
"""By language: the place to go on in which file, and a reader of one line to put there."""


def rolloutspec(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-c", "from rollout_conformance.cli import main; main()"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)


def build(language: str, folder: Path) -> str:
    """Do what has to be done before the adapter can be started; return the manifest."""
    if language in BUILD:
        subprocess.run(BUILD[language].split(), cwd=folder, check=True, capture_output=True)
    return str(folder / "adapter.toml")


def begin(language: str, folder: Path) -> None:
    """Write a skeleton, if this machine has the language."""
    if shutil.which(TOOLS[language]) is None:
        pytest.skip(f"{TOOLS[language]} is not installed")
    done = rolloutspec("init", "--lang", language, folder)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_skeleton_greets_and_supports_nothing(language: str, tmp_path: Path) -> None:
    """Started as it was written it says hello, unsupported, and goes at bye."""
    begin(language, tmp_path / "reader")
    (tmp_path / "in").mkdir()

    adapter = open_implementation(build(language, tmp_path / "reader"))
    answers = [adapter.perform(Task(op, tmp_path / "in", 2000)) for op in ("trace.reduce", "trace.write")]
    adapter.close()

    assert adapter.identity.name == "my-reader"
    assert adapter.identity.profiles == ()
    assert answers == [Unsupported("trace.reduce"), Unsupported("trace.write")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_skeleton_can_be_gone_on_with(language: str, tmp_path: Path) -> None:
    """A reader at the marked place can accept and reject; nothing else has to be changed."""
    begin(language, tmp_path / "reader")
    name, place, reader = GO_ON[language]
    source = tmp_path / "reader" / name
    text = source.read_text()
    assert text.count("GO ON HERE") == 1
    source.write_text(text.replace(place, reader, 1))
    bundle, empty = tmp_path / "bundle", tmp_path / "empty"
    bundle.mkdir()
    empty.mkdir()
    (bundle / "trace.jsonl").write_text("")

    adapter = open_implementation(build(language, tmp_path / "reader"))
    accepted, rejected = (adapter.perform(Task("trace.reduce", given, 2000)) for given in (bundle, empty))
    adapter.close()

    assert isinstance(accepted, Accepted)
    assert accepted.outputs["state.json"].strip() == b"{}"
    assert isinstance(rejected, Refused)
    assert (rejected.code, rejected.message) == ("trace.log_unreadable", "no log")


@pytest.mark.parametrize("language", LANGUAGES)
def test_new_folder_says_what_comes_next(language: str, tmp_path: Path) -> None:
    """Adapter, manifest and README are there, and the next commands are told."""
    folder = tmp_path / "deep" / "reader"

    done = rolloutspec("init", "--lang", language, folder)

    assert done.returncode == 0
    assert {GO_ON[language][0], "adapter.toml", "README.md"} <= {
        path.relative_to(folder).as_posix() for path in folder.rglob("*")
    }
    assert f"rolloutspec smoke {folder}/adapter.toml" in done.stdout
    assert f"rolloutspec run {folder}/adapter.toml" in done.stdout


def test_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """Nothing is ever overwritten."""
    (tmp_path / "adapter.py").write_text("mine")

    done = rolloutspec("init", "--lang", "python", tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "is not empty; name a new folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.py"]
    assert (tmp_path / "adapter.py").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments", [["reader"], ["--lang", "cobol", "reader"], ["--lang", "go"], ["--lang", "go", __file__]]
)
def test_misuse_is_explained(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing or unknown language, no folder, a file in its place: usage, and nothing is written."""
    monkeypatch.chdir(tmp_path)

    done = rolloutspec("init", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """A path through a file is a clear error without a traceback."""
    (tmp_path / "file").write_text("")

    done = rolloutspec("init", "--lang", "python", tmp_path / "file" / "reader")

    assert done.returncode == 1
    assert "Could not open file" in done.stderr


@pytest.mark.parametrize("options", [(), ("--fast",)])
def test_fresh_skeleton_is_never_conformant(options: tuple[str, ...], tmp_path: Path) -> None:
    """Where nothing is supported nothing is judged: no success, and the next step is told."""
    rolloutspec("init", "--lang", "python", tmp_path / "reader")

    done = rolloutspec("run", tmp_path / "reader" / "adapter.toml", "--case", "trace-thread*", *options)

    told = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "inconclusive: trace-reader, MUST 0 of 0" in told
    assert "Nothing was judged: the implementation claims no profile in its hello" in told
    assert "add 'trace-reader' to 'profiles' in the answer to hello" in told


@pytest.mark.parametrize("command", ["run", "smoke"])
def test_forgotten_quotes_are_told(command: str) -> None:
    """A command of several words is one IMPL, in quotes."""
    done = rolloutspec(command, "node", "my reader.mjs")

    assert (done.returncode, done.stdout) == (2, "")
    assert "IMPL is one argument; put the command in quotes: \"node 'my reader.mjs'\"" in done.stderr
