"""Rules as boto3 sees them: what is declared, what fails and how, what is replayed."""

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ConnectionClosedError, EventStreamError
from conftest import ROOT, clean_environment

import json
import urllib.request

EXAMPLE = ROOT / "examples/testing-an-agent/pytest"
MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


class Rules:
    def __init__(self, endpoint: str):
        self.endpoint = endpoint

    def ask(self, method: str, path: str, body=None):
        url = f"{self.endpoint}/_outcrop/{path}"
        text = None if body is None else json.dumps(body)
        request = AWSRequest(method=method, url=url, data=text)
        SigV4Auth(Credentials("test", "test"), "outcrop", "us-east-1").add_auth(request)
        with urllib.request.urlopen(urllib.request.Request(url, text and text.encode(), dict(request.headers), method=method), timeout=30) as answer:
            return json.load(answer)

    def set(self, *rules: dict) -> None:
        self.ask("PUT", "rules", list(rules))


@pytest.fixture
def rules(outcrop):
    own = Rules(outcrop.endpoint)
    yield own
    own.ask("DELETE", "rules")


def word(rng) -> str:
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(8))


def say(text: str) -> dict:
    return {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": text}]}]}


def test_a_model_says_what_is_declared_in_any_body_streamed_or_not(outcrop, rules, rng):
    city = word(rng)
    rules.set({"service": "bedrock-runtime", "prompt": r"weather in (\w+)", "say": "It rains in {{match.1}}."})
    bedrock = outcrop.client("bedrock-runtime")
    answer = bedrock.converse(**say(f"the weather in {city}"))
    assert answer["output"]["message"]["content"] == [{"text": f"It rains in {city}."}]
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-outcrop-answer"] == "declared; rule=rule-1; engine=scripted; version=1"
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 20, "messages": [{"role": "user", "content": f"weather in {city}"}]}
    native = json.load(bedrock.invoke_model(modelId=MODEL, body=json.dumps(body))["body"])
    assert native["content"] == [{"type": "text", "text": f"It rains in {city}."}]
    deltas = [event["contentBlockDelta"]["delta"]["text"] for event in bedrock.converse_stream(**say(f"weather in {city}"))["stream"] if "contentBlockDelta" in event]
    assert "".join(deltas) == f"It rains in {city}."


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("bedrock-runtime", lambda client: client.converse(**say("x")), "ThrottlingException", 429),
        ("s3", lambda client: client.list_buckets(), "SlowDown", 503),
        ("kms", lambda client: client.list_keys(), "ThrottlingException", 400),
        ("sts", lambda client: client.get_caller_identity(), "Throttling", 400),
    ],
)
def test_throttling_has_the_name_that_botocore_retries(outcrop, rules, service, call, code, status):
    rules.set({"service": service, "fault": "throttle"})
    with pytest.raises(ClientError) as refused:
        call(outcrop.client(service))
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    rules.set({"service": service, "fault": "throttle", "times": 1})
    retrying = boto3.Session().client(service, config=Config(retries={"total_max_attempts": 3, "mode": "standard"}))
    try:
        answer = call(retrying)
    except ClientError as error:
        answer = error.response
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_stream_ends_in_its_middle_with_an_exception_or_without_an_end(outcrop, rules):
    bedrock = outcrop.client("bedrock-runtime")
    rules.set({"service": "bedrock-runtime", "say": "one two three", "fault": {"cut": {"characters": 5, "error": "ThrottlingException"}}})
    seen = []
    with pytest.raises(EventStreamError, match="Too many requests, please wait before trying again."):
        for event in bedrock.converse_stream(**say("x"))["stream"]:
            seen.append(event)
    assert "".join(event["contentBlockDelta"]["delta"]["text"] for event in seen if "contentBlockDelta" in event) == "one t"
    rules.set({"service": "bedrock-runtime", "say": "one two three", "fault": "cut"})
    seen = []
    with pytest.raises(Exception):  # noqa: B017 - which one depends on the HTTP library
        for event in bedrock.converse_stream(**say("x"))["stream"]:
            seen.append(event)
    assert not any("messageStop" in event for event in seen)


def test_a_reset_connection_is_one(outcrop, rules):
    rules.set({"service": "sts", "fault": "reset"})
    with pytest.raises((ConnectionClosedError, Exception)) as lost:
        outcrop.client("sts").get_caller_identity()
    assert not isinstance(lost.value, ClientError)


def test_a_cassette_answers_what_it_has_recorded_and_shows_what_it_has_not(outcrop, rules, rng):
    name = word(rng)
    cassette = f".cache/cassettes/{name}.yaml"
    bedrock, s3 = outcrop.client("bedrock-runtime"), outcrop.client("s3")
    bucket = f"b-{word(rng)}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=name.encode())

    def calls():
        return (
            bedrock.converse(**say(f"Repeat: {name}"))["output"],
            list(bedrock.converse_stream(**say(f"Repeat: {name}"))["stream"]),
            s3.get_object(Bucket=bucket, Key="k")["Body"].read(),
            s3.list_objects_v2(Bucket=bucket)["Contents"],
        )

    try:
        rules.set({"record": cassette})
        recorded = calls()
        rules.set({"replay": cassette})
        assert calls() == recorded
        with pytest.raises(ClientError, match=r"OutcropCassetteMiss[\s\S]*The nearest is entry 1:[\s\S]*\+ \"Repeat: something else\""):
            bedrock.converse(**say("Repeat: something else"))
    finally:
        (ROOT / cassette).unlink(missing_ok=True)


def test_the_example_passes_under_pytest(tmp_path: Path):
    env = {**clean_environment(), "STACK_COMMAND": f"node {ROOT / 'dist/cli/outcrop.js'}"}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(EXAMPLE), str(EXAMPLE)], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout
    assert os.path.isdir(tmp_path)
