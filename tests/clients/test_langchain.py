"""LangChain over Bedrock, unchanged: `ChatBedrockConverse`, `ChatBedrock` and `BedrockEmbeddings` from langchain-aws."""

import pytest
from langchain_aws import BedrockEmbeddings, ChatBedrock, ChatBedrockConverse
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from conftest import Stack
from facts import Harbour, harbour, name

MODELS = ["anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-pro-v1:0"]


@pytest.fixture(params=MODELS)
def chat(outcrop: Stack, request) -> ChatBedrockConverse:
    return ChatBedrockConverse(model=request.param, region_name="us-east-1", temperature=0)


@pytest.fixture
def facts(rng) -> Harbour:
    return harbour(rng)


def test_invoke_answers_with_text_and_usage(chat, facts: Harbour, rng):
    prompt, expected = facts.ask(rng)
    answer = chat.invoke([SystemMessage("Answer from the text."), HumanMessage(prompt)])
    assert expected in answer.text
    assert answer.usage_metadata["total_tokens"] == answer.usage_metadata["input_tokens"] + answer.usage_metadata["output_tokens"]
    assert answer.response_metadata["stopReason"] == "end_turn"


def test_stream_yields_pieces_that_add_up_to_the_answer(chat, facts: Harbour, rng):
    prompt, expected = facts.ask(rng)
    chunks = list(chat.stream(prompt))
    assert len([chunk for chunk in chunks if chunk.text]) > 1
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.text == chat.invoke(prompt).text
    assert expected in whole.text
    assert whole.usage_metadata["output_tokens"] > 0


def test_a_chain_of_prompt_model_and_parser_runs_in_batches(chat, rng):
    chain = ChatPromptTemplate.from_messages([("human", "{text}\n\n{question}")]) | chat | StrOutputParser()
    asked = [(made, *made.questions()[0]) for made in (harbour(rng) for _ in range(4))]
    answers = chain.batch([{"text": made.text, "question": question} for made, question, _ in asked])
    assert all(expected in answer for answer, (_, _, expected) in zip(answers, asked))


def test_bound_tools_are_called_in_a_loop_until_the_answer_is_there(chat, rng):
    stock = {name(rng): rng.randint(100, 900) for _ in range(3)}
    prices = {product: rng.randint(1000, 9000) for product in stock}
    asked = []

    @tool
    def get_stock(product: str) -> int:
        """Get the stock of a product."""
        asked.append(("stock", product))
        return stock[product]

    @tool
    def get_price(product: str) -> int:
        """Get the price of a product."""
        asked.append(("price", product))
        return prices[product]

    product = rng.choice(list(stock))
    what, tools = rng.choice(["stock", "price"]), {"get_stock": get_stock, "get_price": get_price}
    messages = [HumanMessage(f"What is the {what} of {product}?")]
    bound = chat.bind_tools(list(tools.values()))
    for _ in range(4):
        answer = bound.invoke(messages)
        messages.append(answer)
        if not answer.tool_calls:
            break
        messages += [tools[call["name"]].invoke(call) for call in answer.tool_calls]
    assert asked == [(what, product)]
    assert isinstance(messages[-2], ToolMessage)
    assert str((stock if what == "stock" else prices)[product]) in messages[-1].text


def test_structured_output_fills_a_schema_from_the_text(chat, rng):
    class Person(BaseModel):
        """A person who is described."""

        name: str = Field(description="The person's full name")
        age: int = Field(description="The person's age in years")

    who, age = f"{name(rng)} {name(rng)}", rng.randint(18, 95)
    found = chat.with_structured_output(Person).invoke(f"{who} is {age} years old and lives by the sea.")
    assert found == Person(name=who, age=age)


def test_the_model_s_own_body_answers_too(outcrop: Stack, facts: Harbour, rng):
    prompt, expected = facts.ask(rng)
    chat = ChatBedrock(model=MODELS[0], region_name="us-east-1", model_kwargs={"temperature": 0, "max_tokens": 200})
    whole = chat.invoke(prompt)
    assert expected in whole.text
    assert "".join(chunk.text for chunk in chat.stream(prompt)) == whole.text


@pytest.mark.parametrize("model", ["amazon.titan-embed-text-v1", "amazon.titan-embed-text-v2:0"])
def test_embeddings_find_the_passage_that_a_query_means(outcrop: Stack, model):
    embeddings = BedrockEmbeddings(model_id=model, region_name="us-east-1")
    passages = ["The cat sleeps on the warm sofa.", "Interest rates rose by half a percent.", "The team scored twice before half time."]
    queries = ["a pet lying on the couch", "the central bank and the economy", "a football match"]
    vectors = embeddings.embed_documents(passages)
    for index, query in enumerate(queries):
        asked = embeddings.embed_query(query)
        scores = [sum(x * y for x, y in zip(asked, vector)) for vector in vectors]
        assert scores.index(max(scores)) == index
