"""The product as people start it: `interlock` in processes of its own, on free ports, with a data folder of its own."""

import contextlib
import json
import os
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psutil

from adapters.processes.ports import listens
from adapters.processes.supervisor import pid_file

PATIENCE_SECONDS = 60.0
# For clients of what listens here in plain HTTP: to read the world's certificates for each costs 40 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PORTS = ("INTERLOCK_HTTP_PORT", "INTERLOCK_TEMPORAL_PORT", "INTERLOCK_TEMPORAL_UI_PORT")


@dataclass
class ProcessEnv:
    """A data folder and its ports; `run` is a command line in it."""

    folder: Path
    ports: dict[str, str]
    mode: str = "development"
    more: dict[str, str] = field(default_factory=dict)
    """Further settings."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings of this installation."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
        alone = {"INTERLOCK_STANDBY": "false"}  # most tests kill nothing, and loading a second of a part costs seconds
        return {
            **clean,
            **alone,
            **self.ports,
            **self.more,
            "INTERLOCK_HOME": str(self.folder),
            "INTERLOCK_MODE": self.mode,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['INTERLOCK_HTTP_PORT']}"

    def begin(self, *arguments: str, out: Path | None = None) -> subprocess.Popen[str]:
        """Starts `interlock` with these arguments."""
        command = [sys.executable, "-m", "cli", *arguments]
        if out is None:
            pipe = subprocess.PIPE
            return subprocess.Popen(command, env=self.environment, stdout=pipe, stderr=pipe, text=True)
        with out.open("w") as target:
            return subprocess.Popen(command, env=self.environment, stdout=target, stderr=subprocess.STDOUT, text=True)

    def run(self, *arguments: str, timeout: float = 180.0) -> "CommandResult":
        """Runs `interlock` to its end."""
        process = self.begin(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.terminate()  # a stack that was started against expectation stops its parts
            process.communicate(timeout=PATIENCE_SECONDS)
            raise
        return CommandResult(process.returncode, out, err)

    def up(self, path: str = "/ready") -> subprocess.Popen[str]:
        """Starts the stack and waits until this answers 200; one that does not come to it is ended."""
        process = self.begin("up", out=self.folder.parent / f"up-{time.monotonic_ns()}.log")
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not self.answers(path):
                assert process.poll() is None, "the stack ended"
                assert time.monotonic() < until, "the stack is not ready"
                time.sleep(0.1)
        except BaseException:
            process.terminate()
            raise
        return process

    def is_silent(self) -> bool:
        """True where nothing listens on any of its ports."""
        return not any(listens(int(port)) for port in self.ports.values())

    def part(self, stack: int, name: str) -> psutil.Process | None:
        """The process that is a part of a stack now; None while there is none."""
        with contextlib.suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
            found = psutil.Process(int(pid_file(self.folder / "logs", name).read_text()))
            if found.ppid() == stack and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    def is_ready(self) -> bool:
        return self.answers("/ready")

    def answers(self, path: str) -> bool:
        """True where what stands there is answered with 200."""
        try:
            return _http().get(f"{self.url}{path}").status_code == 200
        except httpx.TransportError:
            return False


@cache
def _http() -> httpx.Client:
    return httpx.Client(verify=NO_TLS, timeout=2, headers={"Connection": "close"})


@dataclass
class CommandResult:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What a command with --json printed."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "step" in line]

    @property
    def summaries(self) -> dict[str, dict[str, Any]]:
        """The last object of each deal, by its name."""
        return {line["deal"]: line for line in self.lines if "engagement_id" in line and "vacancy" not in line}

    @property
    def vacancy(self) -> dict[str, Any]:
        """The last object of the act about a vacancy."""
        return next(line for line in self.lines if "vacancy" in line)
