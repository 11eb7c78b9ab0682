"""Strands Agents over Bedrock, unchanged: its ordinary chat, stream, tool and guardrail paths."""

import asyncio

import boto3
import pytest
from strands import Agent, tool
from strands.models import BedrockModel

from conftest import Stack
from facts import harbour, name

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def model(**config) -> BedrockModel:
    return BedrockModel(model_id=MODEL, region_name="us-east-1", temperature=0.0, **config)


def test_an_agent_answers_and_counts_its_tokens(outcrop: Stack, rng):
    prompt, expected = harbour(rng).ask(rng)
    result = Agent(model=model(), callback_handler=None)(prompt)
    assert expected in str(result)
    assert result.stop_reason == "end_turn"
    usage = result.metrics.accumulated_usage
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] > 0


def test_an_agent_streams_what_it_says(outcrop: Stack, rng):
    prompt, expected = harbour(rng).ask(rng)

    async def pieces() -> list[str]:
        agent = Agent(model=model(), callback_handler=None)
        return [event["data"] async for event in agent.stream_async(prompt) if "data" in event]

    said = asyncio.run(pieces())
    assert len(said) > 1
    assert expected in "".join(said)


@pytest.mark.parametrize("streaming", [True, False])
def test_an_agent_uses_its_tools_until_it_has_the_answer(outcrop: Stack, rng, streaming):
    product, price = name(rng), rng.randint(1000, 9000)
    asked = []

    @tool
    def get_price(product: str) -> str:
        """Get the price of a product.

        Args:
            product: Name of the product
        """
        asked.append(product)
        return str(price)

    agent = Agent(model=model(streaming=streaming), tools=[get_price], callback_handler=None)
    result = agent(f"What is the price of {product}?")
    assert asked == [product]
    assert str(price) in str(result)
    assert [message["role"] for message in agent.messages] == ["user", "assistant", "user", "assistant"]


def test_a_guardrail_stops_an_agent_and_redacts_what_was_asked(outcrop: Stack):
    guardrail = boto3.client("bedrock").create_guardrail(
        name="strands",
        wordPolicyConfig={"wordsConfig": [{"text": "Zorbex"}]},
        blockedInputMessaging="Not that.",
        blockedOutputsMessaging="Not this.",
    )
    guarded = model(guardrail_id=guardrail["guardrailId"], guardrail_version="DRAFT", guardrail_redact_input_message="[redacted]")
    agent = Agent(model=guarded, callback_handler=None)
    result = agent("What is Zorbex?")
    assert result.stop_reason == "guardrail_intervened"
    assert str(result).strip() == "Not that."
    assert agent.messages[0]["content"] == [{"text": "[redacted]"}]


def test_too_long_a_conversation_is_known_for_what_it_is(outcrop: Stack):
    from strands.types.exceptions import ContextWindowOverflowException

    small = BedrockModel(model_id="meta.llama3-8b-instruct-v1:0", region_name="us-east-1")

    async def ask() -> None:
        async for _ in small.stream([{"role": "user", "content": [{"text": "word " * 9000}]}]):
            pass

    with pytest.raises(ContextWindowOverflowException):
        asyncio.run(ask())
