import pytest
from agent import run_agent
from botocore.exceptions import ClientError

QUESTION = "What is the weather in Berlin?"


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def tools(asked):
    def run(city: str):
        asked.append(city)
        return {"city": city, "degrees": 7, "sky": "rain"}

    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"get_weather": {"description": "The weather in a city", "schema": schema, "run": run}}


def test_it_uses_its_tool_and_tells_what_it_says(rules, tools, asked):
    assert run_agent(QUESTION, tools) == 'The tool says: {"city":"Berlin","degrees":7,"sky":"rain"}'
    assert asked == ["Berlin"]


@pytest.mark.parametrize("fault", [{"cut": {"characters": 5, "error": "ThrottlingException"}}, {"cut": {"error": "ModelStreamErrorException"}}, {"throttle": True}])
def test_it_asks_anew_when_a_stream_fails_in_its_middle(rules, tools, asked, fault):
    say = {} if "throttle" in fault else {"say": "Let me look."}
    rules.add(id="busy", service="bedrock-runtime", fault=fault, times=2, **say)
    assert '"degrees":7' in run_agent(QUESTION, tools)
    assert asked == ["Berlin"]
    assert rules.used("busy") == 2


def test_it_gives_up_when_throttling_does_not_end(rules, tools):
    rules.add(service="bedrock-runtime", fault="throttle")
    with pytest.raises(ClientError, match="ThrottlingException.*Too many requests, please wait before trying again."):
        run_agent(QUESTION, tools)


def test_it_runs_no_tool_on_input_that_is_no_json_and_lets_the_model_try_again(rules, tools, asked):
    use = {"name": "get_weather", "input": {"city": "Berlin"}}
    rules.add(id="broken", service="bedrock-runtime", say={"toolUse": use}, fault="malformedToolJson", times=1)
    assert '"degrees":7' in run_agent(QUESTION, tools)
    assert asked == ["Berlin"]
    assert rules.used("broken") == 1


def test_it_says_the_same_from_a_recording(rules, tools):
    cassette = ".cache/cassettes/agent-pytest.yaml"
    rules.add(id="tape", priority=1, replay={"cassette": cassette, "miss": "record"})
    first = run_agent(QUESTION, tools)
    rules.clear()
    rules.add(id="tape", priority=1, replay=cassette)
    assert run_agent(QUESTION, tools) == first
