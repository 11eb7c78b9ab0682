"""A stack for the tests: the one at AWS_ENDPOINT_URL, or one that is started for them (`npx outcrop`)."""

import json
import os
import shlex
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

RULES = Path(__file__).parents[1] / "weather.rules.yaml"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Rules:
    """The rules of a running stack, over its management API."""

    def __init__(self, endpoint: str):
        self.endpoint = endpoint

    def _ask(self, method: str, path: str, body=None):
        url = f"{self.endpoint}/_outcrop/{path}"
        request = AWSRequest(method=method, url=url, data=None if body is None else json.dumps(body))
        SigV4Auth(Credentials("test", "test"), "outcrop", "us-east-1").add_auth(request)
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, dict(request.headers), method=method), timeout=30) as answer:
            return json.load(answer)

    def add(self, **rule) -> str:
        return self._ask("POST", "rules", rule)["id"]

    def clear(self) -> None:
        self._ask("DELETE", "rules")

    def used(self, id: str) -> int:
        return self._ask("GET", f"rules/{id}")["used"]


@pytest.fixture(scope="session")
def endpoint():
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = shlex.split(os.environ.get("STACK_COMMAND", "npx outcrop"))
    process = subprocess.Popen([*command, "start", "--ephemeral", "--port", str(port), "--rules", str(RULES)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/_outcrop/health", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the stack did not start"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def rules(endpoint, monkeypatch) -> Rules:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    own = Rules(endpoint)
    own.clear()
    return own
