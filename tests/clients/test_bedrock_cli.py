"""Amazon Bedrock by the AWS CLI."""

import json
from pathlib import Path

from conftest import Stack
from facts import harbour

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"


def test_converse_prints_an_answer_from_the_text_given(outcrop: Stack, rng):
    prompt, expected = harbour(rng).ask(rng)
    messages = json.dumps([{"role": "user", "content": [{"text": prompt}]}])
    query = ("--query", "output.message.content[0].text", "--output", "text")
    said = outcrop.aws("bedrock-runtime", "converse", "--model-id", MODEL, "--messages", messages, *query)
    assert expected in said.stdout.decode()


def test_invoke_model_writes_the_family_s_body_to_a_file(outcrop: Stack, rng, tmp_path: Path):
    prompt, expected = harbour(rng).ask(rng)
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": [{"role": "user", "content": prompt}]}
    (tmp_path / "body.json").write_text(json.dumps(body))
    out = tmp_path / "out.json"
    said = outcrop.aws("bedrock-runtime", "invoke-model", "--model-id", MODEL, "--body", f"fileb://{tmp_path}/body.json", str(out))
    assert json.loads(said.stdout) == {"contentType": "application/json"}
    assert expected in json.loads(out.read_text())["content"][0]["text"]


def test_models_are_listed_and_one_is_described(outcrop: Stack):
    listed = json.loads(outcrop.aws("bedrock", "list-foundation-models", "--by-provider", "amazon").stdout)["modelSummaries"]
    assert listed
    one = listed[0]
    told = json.loads(outcrop.aws("bedrock", "get-foundation-model", "--model-identifier", one["modelId"]).stdout)
    assert told["modelDetails"]["modelArn"] == one["modelArn"]


def test_a_mistake_is_told_in_the_words_of_aws(outcrop: Stack):
    messages = json.dumps([{"role": "user", "content": [{"text": "Hello"}]}])
    done = outcrop.aws("bedrock-runtime", "converse", "--model-id", "acme.none-v1:0", "--messages", messages, check=False)
    assert done.returncode == 255
    assert b"An error occurred (ValidationException) when calling the Converse operation" in done.stderr
    assert b"The provided model identifier is invalid." in done.stderr
