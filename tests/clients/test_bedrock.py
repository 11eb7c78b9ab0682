"""Amazon Bedrock as boto3 uses it: what models answer must be computed from texts that are made up for each run."""

import json

import pytest
from botocore.exceptions import ClientError

from conftest import Stack
from facts import Harbour, harbour, name

CONVERSING = [
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "amazon.nova-lite-v1:0",
    "meta.llama3-8b-instruct-v1:0",
    "mistral.mistral-large-2402-v1:0",
]
WITH_TOOLS = ["anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-pro-v1:0", "mistral.mistral-large-2407-v1:0"]
WEATHER = {
    "toolSpec": {
        "name": "get_weather",
        "description": "Get the current weather in a city",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"city": {"type": "string", "description": "Name of the city"}},
                "required": ["city"],
            }
        },
    }
}

# Each family's native body around a prompt, how the text is read from its answer, and from a chunk of its stream.
BODIES = {
    "anthropic.claude-3-haiku-20240307-v1:0": (
        lambda prompt: {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 200,
            "messages": [{"role": "user", "content": [{"type": "text", "text": prompt}]}],
        },
        lambda answer: answer["content"][0]["text"],
        lambda chunk: chunk.get("delta", {}).get("text", ""),
    ),
    "amazon.nova-micro-v1:0": (
        lambda prompt: {"messages": [{"role": "user", "content": [{"text": prompt}]}], "inferenceConfig": {"maxTokens": 200}},
        lambda answer: answer["output"]["message"]["content"][0]["text"],
        lambda chunk: chunk.get("contentBlockDelta", {}).get("delta", {}).get("text", ""),
    ),
    "amazon.titan-text-express-v1": (
        lambda prompt: {"inputText": prompt, "textGenerationConfig": {"maxTokenCount": 200}},
        lambda answer: answer["results"][0]["outputText"],
        lambda chunk: chunk["outputText"],
    ),
    "meta.llama3-8b-instruct-v1:0": (
        lambda prompt: {
            "prompt": f"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{prompt}<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
            "max_gen_len": 200,
        },
        lambda answer: answer["generation"],
        lambda chunk: chunk["generation"],
    ),
    "mistral.mistral-7b-instruct-v0:2": (
        lambda prompt: {"prompt": f"<s>[INST] {prompt} [/INST]", "max_tokens": 200},
        lambda answer: answer["outputs"][0]["text"],
        lambda chunk: chunk["outputs"][0]["text"],
    ),
}


@pytest.fixture
def bedrock(outcrop: Stack):
    return outcrop.client("bedrock-runtime")


@pytest.fixture
def facts(rng) -> Harbour:
    return harbour(rng)


def user(text: str) -> dict:
    return {"role": "user", "content": [{"text": text}]}


@pytest.mark.parametrize("model", CONVERSING)
def test_converse_answers_from_the_text_that_it_is_given(bedrock, facts: Harbour, model):
    for question, expected in facts.questions():
        answer = bedrock.converse(modelId=model, messages=[user(f"{facts.text}\n\n{question}")])
        assert answer["output"]["message"]["role"] == "assistant"
        assert expected in answer["output"]["message"]["content"][0]["text"]
        assert answer["stopReason"] == "end_turn"
        usage = answer["usage"]
        assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
        assert usage["inputTokens"] >= len(facts.text.split())


@pytest.mark.parametrize("model", CONVERSING)
def test_a_stream_brings_the_same_answer_in_pieces(bedrock, facts: Harbour, rng, model):
    prompt, expected = facts.ask(rng)
    request = {"modelId": model, "messages": [user(prompt)], "inferenceConfig": {"temperature": 0.0}}
    whole = bedrock.converse(**request)["output"]["message"]["content"][0]["text"]
    events = list(bedrock.converse_stream(**request)["stream"])
    assert [next(iter(event)) for event in events if "contentBlockDelta" not in event] == [
        "messageStart",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    pieces = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
    assert len(pieces) > 1
    assert "".join(pieces) == whole
    assert expected in whole
    assert events[-1]["metadata"]["usage"]["outputTokens"] > 0


def test_an_answer_ends_at_the_token_limit_and_at_a_stop_sequence(bedrock, facts: Harbour):
    request = {"modelId": CONVERSING[1], "messages": [user(f"{facts.text}\n\nWho built the harbour?")]}
    short = bedrock.converse(**request, inferenceConfig={"maxTokens": 2})
    assert (short["stopReason"], short["usage"]["outputTokens"]) == ("max_tokens", 2)
    stopped = bedrock.converse(**request, inferenceConfig={"stopSequences": [facts.builder.split()[1]]})
    assert stopped["stopReason"] == "stop_sequence"
    text = stopped["output"]["message"]["content"][0]["text"]
    assert facts.builder.split()[0] in text
    assert facts.builder.split()[1] not in text


@pytest.mark.parametrize("model", WITH_TOOLS)
def test_a_tool_is_asked_for_and_its_result_becomes_the_answer(bedrock, rng, model):
    city, degrees = name(rng), rng.randint(-20, 45)
    request = {"modelId": model, "toolConfig": {"tools": [WEATHER]}}
    messages = [user(f"What is the weather in {city}?")]
    asked = bedrock.converse(**request, messages=messages)
    assert asked["stopReason"] == "tool_use"
    use = next(block["toolUse"] for block in asked["output"]["message"]["content"] if "toolUse" in block)
    assert (use["name"], use["input"]) == ("get_weather", {"city": city})
    result = {"toolResult": {"toolUseId": use["toolUseId"], "content": [{"json": {"temperature_celsius": degrees}}]}}
    messages += [asked["output"]["message"], {"role": "user", "content": [result]}]
    told = bedrock.converse(**request, messages=messages)
    assert told["stopReason"] == "end_turn"
    assert str(degrees) in told["output"]["message"]["content"][0]["text"]


def test_a_tool_call_is_streamed_as_pieces_of_json(bedrock, rng):
    city = name(rng)
    request = {"modelId": WITH_TOOLS[0], "toolConfig": {"tools": [WEATHER], "toolChoice": {"any": {}}}}
    events = list(bedrock.converse_stream(**request, messages=[user(f"What is the weather in {city}?")])["stream"])
    starts = [event["contentBlockStart"]["start"]["toolUse"] for event in events if "contentBlockStart" in event]
    assert [start["name"] for start in starts] == ["get_weather"]
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert json.loads("".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta)) == {"city": city}
    assert [event["messageStop"]["stopReason"] for event in events if "messageStop" in event] == ["tool_use"]


@pytest.mark.parametrize("model", BODIES)
def test_invoke_model_speaks_the_family_s_own_body(bedrock, facts: Harbour, rng, model):
    body, read, read_chunk = BODIES[model]
    prompt, expected = facts.ask(rng)
    answer = bedrock.invoke_model(modelId=model, body=json.dumps(body(prompt)))
    assert answer["contentType"] == "application/json"
    text = read(json.loads(answer["body"].read()))
    assert expected in text
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert int(headers["x-amzn-bedrock-input-token-count"]) >= len(facts.text.split())
    assert int(headers["x-amzn-bedrock-output-token-count"]) > 0
    streamed = bedrock.invoke_model_with_response_stream(modelId=model, body=json.dumps(body(prompt)))
    chunks = [json.loads(event["chunk"]["bytes"]) for event in streamed["body"]]
    assert len(chunks) > 1
    assert "".join(read_chunk(chunk) for chunk in chunks) == text
    metrics = chunks[-1]["amazon-bedrock-invocationMetrics"]
    assert metrics["inputTokenCount"] == int(headers["x-amzn-bedrock-input-token-count"])


def test_embeddings_are_unit_vectors_near_for_like_meanings(bedrock, facts: Harbour):
    def embed(text: str, dimensions: int) -> list[float]:
        body = json.dumps({"inputText": text, "dimensions": dimensions, "normalize": True})
        answer = json.loads(bedrock.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)["body"].read())
        assert answer["inputTextTokenCount"] > 0
        return answer["embedding"]

    for dimensions in (256, 512, 1024):
        ship, boat, tax = (
            embed(text, dimensions)
            for text in (f"A ship sails to {facts.place}.", f"A boat travels to {facts.place}.", "Income tax is due in April.")
        )
        assert len(ship) == dimensions
        assert sum(x * x for x in ship) == pytest.approx(1, abs=1e-3)
        assert sum(x * y for x, y in zip(ship, boat)) > sum(x * y for x, y in zip(ship, tax))


def test_tokens_are_counted_as_they_are_charged(bedrock, facts: Harbour, rng):
    prompt, _ = facts.ask(rng)
    messages = [user(prompt)]
    counted = bedrock.count_tokens(modelId=CONVERSING[1], input={"converse": {"messages": messages}})["inputTokens"]
    assert bedrock.converse(modelId=CONVERSING[1], messages=messages)["usage"]["inputTokens"] == counted


def test_errors_are_the_exceptions_that_code_catches(bedrock, rng):
    with pytest.raises(bedrock.exceptions.ValidationException, match="The provided model identifier is invalid."):
        bedrock.converse(modelId=f"acme.{name(rng).lower()}-v1:0", messages=[user("Hello")])
    with pytest.raises(bedrock.exceptions.ValidationException, match="conversation must start with a user message"):
        bedrock.converse(modelId=CONVERSING[1], messages=[{"role": "assistant", "content": [{"text": "Hello"}]}])
    with pytest.raises(ClientError) as caught:
        bedrock.invoke_model(modelId=CONVERSING[1], body=b"{not json")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_the_models_are_listed(outcrop: Stack):
    models = outcrop.client("bedrock").list_foundation_models(byProvider="Anthropic")["modelSummaries"]
    assert {model["providerName"] for model in models} == {"Anthropic"}
    assert "anthropic.claude-3-haiku-20240307-v1:0" in {model["modelId"] for model in models}
