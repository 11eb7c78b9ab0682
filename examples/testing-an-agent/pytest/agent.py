"""A small agent: asks a model, does what it wants done with tools, and goes on until it has an answer."""

import json

import boto3
from botocore.exceptions import ClientError, EventStreamError, ReadTimeoutError, ResponseStreamingError

TRANSIENT = {"ThrottlingException", "throttlingException", "modelStreamErrorException", "ServiceUnavailableException", "serviceUnavailableException"}


class IncompleteAnswer(Exception):
    """A stream has ended before the message has."""


def run_agent(question: str, tools: dict, model_id: str = "us.amazon.nova-pro-v1:0", turns: int = 8, attempts: int = 3) -> str:
    client = boto3.client("bedrock-runtime")
    messages = [{"role": "user", "content": [{"text": question}]}]
    specs = [{"toolSpec": {"name": name, "description": tool["description"], "inputSchema": {"json": tool["schema"]}}} for name, tool in tools.items()]
    for _ in range(turns):
        text, uses = answer_of(client, {"modelId": model_id, "messages": messages, "toolConfig": {"tools": specs}}, attempts)
        if not uses:
            return text
        said = [{"text": text}] if text else []
        messages.append({"role": "assistant", "content": said + [{"toolUse": {key: use[key] for key in ("toolUseId", "name", "input")}} for use in uses]})
        messages.append({"role": "user", "content": [{"toolResult": {"toolUseId": use["toolUseId"], **result_of(use, tools)}} for use in uses]})
    raise RuntimeError(f"no answer after {turns} turns")


def answer_of(client, request: dict, attempts: int):
    for attempt in range(1, attempts + 1):
        try:
            return read_answer(client.converse_stream(**request)["stream"])
        except (ClientError, EventStreamError) as error:
            if attempt == attempts or error.response["Error"]["Code"] not in TRANSIENT:
                raise
        except (IncompleteAnswer, ResponseStreamingError, ReadTimeoutError):
            if attempt == attempts:
                raise
    raise AssertionError("unreachable")


def read_answer(stream):
    text, uses, stopped = "", [], False
    for event in stream:
        start = event.get("contentBlockStart", {}).get("start", {})
        if "toolUse" in start:
            uses.append({**start["toolUse"], "json": ""})
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        text += delta.get("text", "")
        if "toolUse" in delta:
            uses[-1]["json"] += delta["toolUse"]["input"]
        stopped = stopped or "messageStop" in event
    if not stopped:
        raise IncompleteAnswer()
    for use in uses:
        try:
            use["input"] = json.loads(use["json"] or "{}")
        except ValueError as fault:
            use["input"], use["fault"] = {}, str(fault)
    return text, uses


def result_of(use: dict, tools: dict) -> dict:
    if "fault" in use:
        return {"status": "error", "content": [{"text": f"The input of {use['name']} is no JSON ({use['fault']}). Try again."}]}
    try:
        return {"content": [{"json": tools[use["name"]]["run"](**use["input"])}]}
    except Exception as error:  # What a tool fails with is for the model to read.
        return {"status": "error", "content": [{"text": str(error)}]}
