"""Event streams as boto3 reads them, which has a decoder of its own."""

import pytest
from botocore import xform_name
from botocore.exceptions import EventStreamError

from conftest import Wire
from shapes import Maker, canonical, difference
from test_wire import INPUT_OWN, client_of, own

STREAMS = [
    ("bedrock-runtime", "ConverseStream", "stream"),
    ("bedrock-runtime", "InvokeModelWithResponseStream", "body"),
    ("s3", "SelectObjectContent", "Payload"),
]


def call(wire: Wire, rng, sdk: str, operation: str, **plan):
    client = client_of(wire, sdk)
    model = client.meta.service_model.operation_model(operation)
    sent = Maker(rng, wire.shapes(sdk), frozenset(own(INPUT_OWN, sdk, operation))).input(model)
    wire.plan(**plan)
    return sent, getattr(client, xform_name(operation))(**sent)


@pytest.mark.parametrize(("sdk", "operation", "member"), STREAMS)
def test_every_event_arrives_in_order_as_it_was_made(wire: Wire, rng, sdk, operation, member):
    count = rng.randint(20, 60)
    sent, answer = call(wire, rng, sdk, operation, events=count)
    events = [canonical(event) for event in answer.pop(member)]
    exchange = wire.exchange()
    assert exchange["operation"] == operation
    input_own = own(INPUT_OWN, sdk, operation)
    assert (
        difference(
            {k: v for k, v in canonical(sent).items() if k not in input_own},
            {k: v for k, v in exchange["input"].items() if k not in input_own},
        )
        is None
    )
    assert len(events) == len(exchange["events"]) == count
    assert [list(event) for event in events] == [list(event) for event in exchange["events"]]
    assert difference(exchange["events"], events) is None
    assert difference(exchange["output"], {k: canonical(v) for k, v in answer.items() if k != "ResponseMetadata"}) is None


@pytest.mark.parametrize("error", ["ThrottlingException", "ModelStreamErrorException", "ValidationException", "InternalServerException"])
@pytest.mark.parametrize(("sdk", "operation", "member"), STREAMS[:2])
def test_a_modelled_exception_ends_the_stream_behind_the_events_before_it(wire: Wire, rng, sdk, operation, member, error):
    count = rng.randint(1, 9)
    message = f"{Maker(rng).plain(1)} é <&>"
    _, answer = call(wire, rng, sdk, operation, fail={"error": error, "message": message, "after": count})
    events = []
    with pytest.raises(EventStreamError) as caught:
        for event in answer[member]:
            events.append(canonical(event))
    assert difference(wire.exchange()["events"], events) is None
    assert len(events) == count
    assert caught.value.response["Error"] == {"Code": error[0].lower() + error[1:], "Message": message}
