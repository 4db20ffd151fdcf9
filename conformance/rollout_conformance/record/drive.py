"""Start the CLI inside its own namespaces and play the steps of a scenario on it.

:func:`record` runs outside: it starts this module again through ``unshare`` with a network namespace that has
only loopback, an own mount namespace with a tmpfs for every path the CLI sees, an own host name, and an own
process namespace, so that nothing outlives the run.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rollout_conformance.record.scenarios import Scenario, Step
from rollout_conformance.record.server import ScriptedModel
from rollout_conformance.record.session_scenarios import ALL_SCENARIOS

STAGE = Path("/mnt")
CLI = STAGE / "cli"
CODEX_HOME = STAGE / "codex-home"
PROJECT = STAGE / "project"
USER_HOME = STAGE / "user"
TRACES = STAGE / "traces"
WAIT_SECONDS = 40.0
INSTRUCTIONS = "You are the scripted model of a recording.\n"


class DriveError(RuntimeError):
    """A scenario did not run as written."""


@dataclass(frozen=True)
class RawRun:
    """What one scenario left: bundles in the order of their making, rollouts, and the texts that are ours."""

    bundles: list[Path]
    own_texts: list[str]
    surprises: list[str]
    home: Path
    """The session rollouts, where they lay in the home of the CLI."""

    @classmethod
    def read(cls, raw: Path) -> RawRun:
        """Return the run that :func:`record` left below ``raw``."""
        run = json.loads((raw / "run.json").read_text(encoding="utf-8"))
        bundles = [raw / name for name in run["bundles"]]
        return cls(bundles, run["own_texts"], run["surprises"], raw / "home")


def record(scenario: Scenario, codex: Path, raw: Path, *, limit: float = 150.0) -> RawRun:
    """Run one scenario in fresh namespaces and leave its raw bundles below ``raw``."""
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir(parents=True)
    command = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        command += ["--user", "--map-root-user"]
    command += [sys.executable, "-m", __name__, scenario.name, str(codex.resolve()), str(raw.resolve())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)  # noqa: S603
    (raw / "log.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise DriveError(f"{scenario.name}: {(done.stderr.strip() or 'no message').splitlines()[-1]}")
    return RawRun.read(raw)


def play(scenario: Scenario, codex: Path, raw: Path) -> None:
    """Play one scenario; called inside the namespaces."""
    _set_stage(codex)
    model = ScriptedModel(scenario.script, scenario.compactions)
    server = model.serve()
    _write_home(scenario, server.server_address[1])
    own = [INSTRUCTIONS, *scenario.files.values()]
    for name, content in scenario.files.items():
        path = PROJECT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes.fromhex(content[4:]) if content.startswith("hex:") else content.encode())
    player = _Player(model, raw, CLI / codex.relative_to(codex.parent.parent))
    try:
        for step in scenario.steps:
            own.append(step.text)
            player.play(step)
    finally:
        player.stop()
    for rollouts in ("sessions", "archived_sessions"):
        if (CODEX_HOME / rollouts).is_dir():
            shutil.copytree(CODEX_HOME / rollouts, raw / "home" / rollouts)
    bundles = sorted(TRACES.iterdir(), key=_made_at)
    for number, bundle in enumerate(bundles, 1):
        shutil.copytree(bundle, raw / f"bundle-{number}")
    run = {
        "bundles": [f"bundle-{number}" for number in range(1, len(bundles) + 1)],
        "own_texts": own + _strings(model.sent),
        "surprises": model.surprises + model.left_over(),
    }
    (raw / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=1), encoding="utf-8")


def _made_at(bundle: Path) -> int:
    started: int = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["started_at_unix_ms"]
    return started


def _strings(value: Any) -> list[str]:
    """Return every string leaf, also those inside strings of JSON."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            return [value]
        return [value, *_strings(inner)] if isinstance(inner, dict | list) else [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in _strings(each)]
    return []


def _set_stage(codex: Path) -> None:
    _run("mount", "--make-rprivate", "/")
    _run("mount", "-t", "tmpfs", "stage", str(STAGE))
    _run("ip", "link", "set", "lo", "up")
    socket.sethostname("recorder")
    for path in (CLI, CODEX_HOME, PROJECT, USER_HOME, TRACES):
        path.mkdir()
    # The binary looks for its companions beside its own folder, so the whole package folder is bound.
    _run("mount", "--bind", str(codex.parent.parent), str(CLI))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=10)  # noqa: S603


def _write_home(scenario: Scenario, port: int) -> None:
    (CODEX_HOME / "instructions.md").write_text(INSTRUCTIONS, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("mcp_server.py"), CODEX_HOME / "mcp_server.py")
    features = {"plugins": False, "apps": False, "remote_plugin": False, **scenario.features}
    plain = {name: value for name, value in features.items() if isinstance(value, bool)}
    tables = {name: value for name, value in features.items() if not isinstance(value, bool)}
    lines = [
        f'model = "{scenario.model}"',
        'model_provider = "scripted"',
        f'model_instructions_file = "{CODEX_HOME}/instructions.md"',
        f'experimental_instructions_file = "{CODEX_HOME}/instructions.md"',
        'approval_policy = "never"',
        'sandbox_mode = "danger-full-access"',
        *scenario.settings,
        "[features]",
        *(f"{name} = {json.dumps(value)}" for name, value in plain.items()),
    ]
    for name, table in tables.items():
        lines += [f"[features.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    lines += [
        "[model_providers.scripted]",
        f'name = "{scenario.provider}"',
        f'base_url = "http://127.0.0.1:{port}/v1"',
        'env_key = "SCRIPTED_KEY"',
        'wire_api = "responses"',
        f"request_max_retries = {scenario.retries}",
        f"stream_max_retries = {scenario.retries}",
        f"supports_websockets = {json.dumps(scenario.websocket)}",
    ]
    if scenario.mcp:
        lines += [
            "[mcp_servers.tiny]",
            f'command = "{sys.executable}"',
            f'args = ["{CODEX_HOME}/mcp_server.py"]',
        ]
    (CODEX_HOME / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _environment() -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(USER_HOME),
        "CODEX_HOME": str(CODEX_HOME),
        "CODEX_ROLLOUT_TRACE_ROOT": str(TRACES),
        "SCRIPTED_KEY": "none",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "SHELL": "/bin/bash",
    }


@dataclass
class _Player:
    """Plays steps on one process of the CLI at a time."""

    model: ScriptedModel
    raw: Path
    binary: Path
    process: subprocess.Popen[str] | None = None
    thread: str = ""
    turn: str = ""
    notes: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    backlog: list[dict[str, Any]] = field(default_factory=list)
    last_id: int = 0
    last_exec: bool = False

    def play(self, step: Step) -> None:
        action = getattr(self, f"_do_{step.do}")
        action(step)

    def _do_exec(self, step: Step) -> None:
        self._exec(step.text)

    def _do_exec_resume(self, step: Step) -> None:
        [rollout] = CODEX_HOME.glob("sessions/*/*/*/*.jsonl")
        self._exec("resume", rollout.stem[-36:], step.text)

    def _do_exec_resume_file(self, step: Step) -> None:
        """Resume as releases did before they had a command for it."""
        [rollout] = CODEX_HOME.glob("sessions/*/*/*/*.jsonl")
        self._exec("-c", f"experimental_resume={rollout}", step.text)

    def _exec(self, *arguments: str) -> None:
        command = [str(self.binary), "exec", "--skip-git-repo-check", *arguments]
        log = (self.raw / "exec.log").open("a", encoding="utf-8")
        subprocess.run(  # noqa: S603
            command,
            cwd=PROJECT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=WAIT_SECONDS,
            check=False,
        )

    def _do_open(self, step: Step) -> None:
        self._spawn()
        started = self._ask("thread/start", {"cwd": str(PROJECT)})
        self.thread = started["thread"]["id"]

    def _do_reopen(self, step: Step) -> None:
        self.stop()
        self._spawn()
        self._ask("thread/resume", {"threadId": self.thread})

    def _do_kill(self, step: Step) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None

    def _spawn(self) -> None:
        log = (self.raw / "server.log").open("a", encoding="utf-8")
        self.process = subprocess.Popen(  # noqa: S603
            [str(self.binary), "app-server"],
            cwd=PROJECT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        client = {"name": "scripted", "title": None, "version": "1"}
        self._ask("initialize", {"clientInfo": client, "capabilities": {"experimentalApi": True}})
        self._write({"method": "initialized"})

    def stop(self) -> None:
        """Close the process as a client does, by closing its input."""
        process, self.process = self.process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)

    def _do_say(self, step: Step) -> None:
        self._do_begin(step)
        self._do_finish(step)

    def _do_begin(self, step: Step) -> None:
        given: list[dict[str, Any]] = [{"type": "text", "text": step.text, "text_elements": []}]
        given += [{"type": "localImage", "path": str(PROJECT / name)} for name in step.images]
        started = self._ask("turn/start", {"threadId": self.thread, "input": given})
        self.turn = started["turn"]["id"]

    def _do_finish(self, step: Step) -> None:
        self._await("turn/completed", lambda note: note.get("threadId") == self.thread)

    def _do_children(self, step: Step) -> None:
        for _ in range(step.count):
            self._await("turn/completed", lambda note: note.get("threadId") != self.thread)

    def _do_steer(self, step: Step) -> None:
        given = [{"type": "text", "text": step.text, "text_elements": []}]
        self._ask("turn/steer", {"threadId": self.thread, "input": given, "expectedTurnId": self.turn})

    def _do_interrupt(self, step: Step) -> None:
        self._ask("turn/interrupt", {"threadId": self.thread, "turnId": self.turn})
        self._do_finish(step)

    def _do_held(self, step: Step) -> None:
        if not self.model.holding.wait(WAIT_SECONDS):
            raise DriveError("no stream is held open")
        time.sleep(0.5)

    def _do_running(self, step: Step) -> None:
        def is_command(note: dict[str, Any]) -> bool:
            return bool(note.get("item", {}).get("type") == "commandExecution")

        self._await("item/started", is_command)
        time.sleep(0.3)

    def _do_pause(self, step: Step) -> None:
        time.sleep(step.count / 10)

    def _do_compact(self, step: Step) -> None:
        self._ask("thread/compact/start", {"threadId": self.thread})
        self._do_finish(step)

    def _do_rollback(self, step: Step) -> None:
        self._ask("thread/rollback", {"threadId": self.thread, "numTurns": step.count})

    def _do_revert(self, step: Step) -> None:
        """Go back to before the turn that began last."""
        self._ask("thread/revert", {"threadId": self.thread, "beforeTurnId": self.turn})

    def _do_fork(self, step: Step) -> None:
        forked = self._ask("thread/fork", {"threadId": self.thread})
        self.thread = forked["thread"]["id"]

    def _do_review(self, step: Step) -> None:
        target = {"type": "custom", "instructions": step.text}
        self._ask("review/start", {"threadId": self.thread, "target": target, "delivery": "inline"})
        self._do_finish(step)

    def _write(self, message: dict[str, Any]) -> None:
        if self.process is None or self.process.stdin is None:
            raise DriveError("the CLI is not running")
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def _read(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            return
        with (self.raw / "wire.jsonl").open("a", encoding="utf-8") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                message = json.loads(line)
                if "method" in message and "id" in message:
                    # A request from the server must be answered, or the turn hangs.
                    self._write({"id": message["id"], "result": {"decision": "accept"}})
                else:
                    self.notes.put(message)

    def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.last_id += 1
        number = self.last_id
        self._write({"id": number, "method": method, "params": params})
        message = self._take(lambda each: each.get("id") == number)
        if "error" in message:
            raise DriveError(f"{method}: {message['error'].get('message')}")
        result: dict[str, Any] = message["result"]
        return result

    def _await(self, method: str, test: Any) -> None:
        self._take(lambda each: each.get("method") == method and test(each.get("params", {})))

    def _take(self, wanted: Any) -> dict[str, Any]:
        deadline = time.monotonic() + WAIT_SECONDS
        for index, message in enumerate(self.backlog):
            if wanted(message):
                return self.backlog.pop(index)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise DriveError("the CLI did not say what was waited for")
            try:
                message = self.notes.get(timeout=left)
            except queue.Empty:
                continue
            if wanted(message):
                return message
            self.backlog.append(message)


if __name__ == "__main__":
    play(ALL_SCENARIOS[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3]))
