"""What the tests of other languages' clients stand on: a built stack and a server that proves codecs, each started once."""

import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 120
SEED = int(os.environ.get("OUTCROP_TEST_SEED") or secrets.randbelow(2**31))


def pytest_report_header():
    return f"OUTCROP_TEST_SEED={SEED}"


@pytest.fixture
def rng(request) -> random.Random:
    """Numbers that follow from the printed seed and the test's name, so that a test can be repeated alone."""
    return random.Random(f"{SEED} {request.node.nodeid.rsplit('::', 1)[-1]}")


def clean_environment() -> dict[str, str]:
    """The environment without anybody's AWS settings: no call may leave the machine or use a real credential."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OUTCROP_", "LANGSMITH_", "LANGCHAIN_"))}
    nowhere = os.devnull
    return {
        **kept,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
    }


@dataclass(frozen=True)
class Stack:
    """A running stack: its address, and the environment that the AWS CLI and SDKs need to reach it."""

    endpoint: str
    env: dict[str, str]

    def client(self, service: str, **config):
        """A boto3 client that knows the stack from nothing but the environment."""
        session = boto3.Session()
        return session.client(service, config=Config(retries={"total_max_attempts": 1}, **config))

    def aws(self, *arguments: str, input: bytes | None = None, check: bool = True, key: str = "test") -> subprocess.CompletedProcess:
        """Runs `aws`, the CLI of this environment, under an access key. Fails the test with its errors unless told not to check."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("aws")), *arguments],
            input=input,
            capture_output=True,
            env={**self.env, "AWS_ACCESS_KEY_ID": key},
            timeout=COMMAND_SECONDS_MAX,
        )
        if check and done.returncode != 0:
            pytest.fail(f"aws {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr.decode()}")
        return done


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def outcrop() -> Stack:
    """The built stack, started as a user starts it."""
    env = clean_environment()
    subprocess.run(["node", "tools/start.mjs", "--build-only"], cwd=ROOT, env=env, check=True, timeout=300)
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        ["node", "dist/cli/outcrop.js", "start", "--ephemeral", "--port", str(port)], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
    )
    stack_env = {
        **env,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in stack_env.items() if name.startswith("AWS_")})
    try:
        await_health(process, endpoint)
        yield Stack(endpoint, stack_env)
        assert process.poll() is None, f"the stack ended with {process.returncode} during the tests"
    finally:
        stop(process)


def await_health(process: subprocess.Popen, endpoint: str) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the stack ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(f"{endpoint}/_outcrop/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise TimeoutError(f"the stack did not answer within {START_SECONDS_MAX} s")


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Wire:
    """The server of `tests/wire/serve.ts`, which records what it decodes."""

    def __init__(self, ready: dict[str, str]):
        self.endpoint = ready["endpoint"]
        self.control = ready["control"]
        self.region = ready["region"]
        self.credentials = {"aws_access_key_id": ready["accessKeyId"], "aws_secret_access_key": ready["secretAccessKey"]}
        self.clients = self._ask("/clients")

    def _ask(self, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.control + path, data), timeout=30) as answer:
            return json.load(answer)

    def shapes(self, sdk: str) -> dict:
        """What the JavaScript client knows: `{inputs: {operation: id}, shapes: [{kind, members, element}]}`."""
        return self._ask(f"/shapes/{sdk}")

    def plan(self, **plan) -> None:
        """Of the next answer: `omit`, `events`, `fail`."""
        self._ask("/next", plan)

    def exchange(self):
        """The last call, and forgets it."""
        return self._ask("/exchange")


@pytest.fixture(scope="session")
def wire() -> Wire:
    env = {**clean_environment(), "OUTCROP_TEST_SEED": str(SEED)}
    process = subprocess.Popen(
        [str(ROOT / "node_modules/.bin/tsx"), "tests/wire/serve.ts"], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"tests/wire/serve.ts ended with {process.wait()}")
        yield Wire(json.loads(line))
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
