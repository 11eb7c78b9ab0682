"""
boto3 as the referee of the wire layer: its codecs and models are not those of the JavaScript clients that ours come from. Random
inputs of botocore's shapes are sent, random outputs of the JavaScript schemas come back, and both must arrive as they were.
"""

import gzip
from functools import cache
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from conftest import ROOT, Wire
from shapes import Maker, canonical, difference, service_id, without

CLIENTS = sorted(path.name.removeprefix("client-") for path in (ROOT / "node_modules/@aws-sdk").glob("client-*"))

CHECKSUMS = ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256", "ChecksumSHA512"]
CHECKSUMS += ["ChecksumMD5", "ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128"]
# botocore encodes these and adds their digests.
CUSTOMER_KEYS = ["SSECustomerKey", "SSECustomerKeyMD5", "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5"]

# Members that botocore itself computes, changes or reads, by client (`client`, or `client.Operation`) with the reason.
INPUT_OWN = {
    # A random length, digest or algorithm is not that of the random body.
    "s3": ["ContentLength", "ContentMD5", "ContentEncoding", "ChecksumAlgorithm", "ChecksumMode", *CHECKSUMS, *CUSTOMER_KEYS],
    # Numbers in botocore's model, texts in the JavaScript client's.
    "s3.ListParts": ["PartNumberMarker"],
    "s3.GetObjectAttributes": ["PartNumberMarker"],
    # botocore asks for URL encoding and undoes it.
    **{f"s3.{name}": ["EncodingType"] for name in ("ListObjects", "ListObjectsV2", "ListObjectVersions")},
    # botocore computes the tree hash.
    "glacier.UploadArchive": ["checksum"],
    "glacier.UploadMultipartPart": ["checksum"],
    # botocore encodes it in base64.
    "ec2.RunInstances": ["UserData"],
    # botocore sets it to the client's region.
    "ec2.CopySnapshot": ["DestinationRegion", "PresignedUrl"],
    # A text in botocore's model, a number in the JavaScript client's.
    **{f"glacier.{name}": ["limit"] for name in ("ListJobs", "ListMultipartUploads", "ListParts", "ListVaults")},
}
OUTPUT_OWN = {
    # A random length or encoding is not that of the random body.
    # and the text of Expires exists in the JavaScript client only.
    "s3": ["ContentLength", "ContentEncoding", "ExpiresString", *CHECKSUMS],
    # botocore decodes it from base64.
    "ec2.GetConsoleOutput": ["Output"],
    # Numbers in botocore's model, texts in the JavaScript client's.
    "s3.ListParts": ["PartNumberMarker", "NextPartNumberMarker"],
    "s3.GetObjectAttributes": ["PartNumberMarker", "NextPartNumberMarker"],
}

# What an answer has on the wire though the output names none: every body has a content type, every answer a status.
OUTPUT_DEFAULTS = {
    "s3.GetObject": {"ContentType": "application/octet-stream"},
    "s3.GetBucketPolicy": {"Policy": ""},
    "glacier.GetJobOutput": {"contentType": "application/octet-stream", "status": 200},
    "lex-runtime-v2.PutSession": {"contentType": "application/octet-stream"},
    "lex-runtime-v2.RecognizeUtterance": {"contentType": "application/octet-stream"},
    "polly.SynthesizeSpeech": {"ContentType": "application/octet-stream"},
}


@cache
def botocore_names() -> dict[str, str]:
    """botocore's service names by AWS's service ids."""
    loader = Loader(include_default_search_paths=True)
    found = {}
    for name in loader.list_available_services("service-2"):
        for root in loader.search_paths:
            folder = Path(root, name)
            if folder.is_dir():
                path = sorted(folder.glob("*/service-2.json*"))[-1]
                with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
                    found[service_id(file.read(4096))] = name
    return found


def client_of(wire: Wire, sdk: str, protocol: str | None = None):
    """boto3's client of a service, or None where boto3 has none."""
    name = botocore_names().get(wire.clients[sdk]["serviceId"])
    if name is None:
        return None
    core = botocore.session.Session()
    if protocol:
        loader = core.get_component("data_loader")
        load = loader.load_service_model

        def speaking(service, kind, api_version=None):
            model = load(service, kind, api_version)
            if kind != "service-2":
                return model
            return {**model, "metadata": {**model["metadata"], "protocol": protocol, "protocols": [protocol]}}

        loader.load_service_model = speaking
    return boto3.Session(botocore_session=core).client(
        name,
        endpoint_url=wire.endpoint,
        region_name=wire.region,
        config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        **wire.credentials,
    )


def own(table: dict, sdk: str, operation: str) -> list[str]:
    return [*table.get(sdk, {}), *table.get(f"{sdk}.{operation}", {})]


def is_asked(wire: Wire, sdk: str, operation: str) -> bool:
    """Whether both clients have the operation, and boto3 can send it: event streams it can only receive."""
    described = wire.clients[sdk]["operations"].get(operation)
    return described is not None and not described.get("inputEvents")


def compare(wire: Wire, sdk: str, client, rng) -> tuple[int, list[str]]:
    """How many operations were compared, and the differences."""
    differences = []
    compared = 0
    known = wire.shapes(sdk)
    for name in client.meta.service_model.operation_names:
        operation = client.meta.service_model.operation_model(name)
        if not is_asked(wire, sdk, name) or wire.clients[sdk]["operations"][name].get("outputEvents"):
            continue
        sent = Maker(rng, known, frozenset(own(INPUT_OWN, sdk, name))).input(operation)
        wire.plan(omit=own(OUTPUT_OWN, sdk, name))
        try:
            answer = getattr(client, xform_name(name))(**sent)
        except Exception as error:
            differences.append(f"{name}: {type(error).__name__}: {error!s:.300}")
            wire.exchange()
            continue
        answer = canonical({key: value for key, value in answer.items() if key != "ResponseMetadata"})
        exchange = wire.exchange()
        compared += 1
        if exchange["operation"] != name:
            differences.append(f"{name}: routed to {exchange['operation']}")
            continue
        if name == "GetBucketLocation":
            # botocore tells an empty constraint, which means us-east-1, as None.
            exchange["output"] = {key: value or None for key, value in exchange["output"].items()}
        there = difference(without(canonical(sent), own(INPUT_OWN, sdk, name)), without(exchange["input"], own(INPUT_OWN, sdk, name)))
        back = difference(
            without({**OUTPUT_DEFAULTS.get(f"{sdk}.{name}", {}), **exchange["output"]}, own(OUTPUT_OWN, sdk, name)),
            without(answer, own(OUTPUT_OWN, sdk, name)),
        )
        if there:
            differences.append(f"{name} input: {there}")
        if back:
            differences.append(f"{name} output: {back}")
    return compared, differences


@pytest.mark.parametrize("sdk", CLIENTS)
def test_random_inputs_and_outputs_of_every_operation_travel_both_ways(wire: Wire, rng, sdk: str):
    client = client_of(wire, sdk)
    if client is None:
        pytest.skip("botocore has no such service")
    compared, differences = compare(wire, sdk, client, rng)
    assert not differences, "\n".join(differences)
    assert compared > 0


@pytest.mark.parametrize(
    ("sdk", "protocol"),
    [
        ("cloudwatch", "json"),
        ("cloudwatch", "query"),
        ("cloudwatch", "smithy-rpc-v2-cbor"),
        ("comprehend", "json"),
        ("comprehend", "smithy-rpc-v2-cbor"),
    ],
)
def test_a_service_of_several_protocols_answers_each(wire: Wire, rng, sdk: str, protocol: str):
    client = client_of(wire, sdk, protocol)
    assert client.meta.service_model.resolved_protocol == protocol
    compared, differences = compare(wire, sdk, client, rng)
    assert not differences, "\n".join(differences)
    assert compared > 0


@pytest.mark.parametrize("sdk", CLIENTS)
def test_every_modelled_error_arrives_with_its_code_message_and_members(wire: Wire, rng, sdk: str):
    client = client_of(wire, sdk)
    if client is None:
        pytest.skip("botocore has no such service")
    service = client.meta.service_model
    known = wire.shapes(sdk)
    differences = []
    for error in sorted(set(wire.clients[sdk]["errors"]) & {shape.name for shape in service.error_shapes}):
        operations = [service.operation_model(name) for name in service.operation_names]
        throwing = [each for each in operations if error in {shape.name for shape in each.error_shapes}]
        # The answer to a HEAD has no body: its error is told by the status alone.
        throwing = [each for each in throwing if is_asked(wire, sdk, each.name) and each.http.get("method") != "HEAD"]
        if not throwing:
            continue
        operation = rng.choice(throwing)
        sent = Maker(rng, known, frozenset(own(INPUT_OWN, sdk, operation.name))).input(operation)
        message = f"{Maker(rng).plain(1)} <&> é '{Maker(rng).plain(1)}'"
        wire.plan(fail={"error": error, "message": message})
        with pytest.raises(ClientError) as caught:
            getattr(client, xform_name(operation.name))(**sent)
        answer = caught.value.response
        members = wire.exchange()["members"]
        shape = service.shape_for(error)
        expected = shape.metadata.get("error", {}).get("code", error)
        # A service that once spoke Query keeps the codes of that time, and gives the new one beside it.
        codes = [answer["Error"]["Code"], answer["Error"].get("QueryErrorCode")]
        if expected not in codes:
            differences.append(f"{operation.name} {error}: {expected} is not among {codes}")
        elif type(caught.value) not in (getattr(client.exceptions, error), client.exceptions.from_code(expected)):
            differences.append(f"{operation.name} {error}: is a {type(caught.value).__name__}")
        elif answer["Error"]["Message"] != message:
            differences.append(f"{operation.name} {error}: message {answer['Error']['Message']!r} is not {message!r}")
        got = {name: canonical(answer.get(name)) for name in shape.members if name not in ("message", "Message")}
        found = difference({name: value for name, value in members.items() if name in shape.members}, got)
        if found:
            differences.append(f"{operation.name} {error}: {found}")
    assert not differences, "\n".join(differences)


def test_a_request_that_boto3_compresses_is_read(wire: Wire, rng):
    client = client_of(wire, "cloudwatch")
    compressed = []
    client.meta.events.register("before-send", lambda request, **_: compressed.append(request.headers.get("Content-Encoding")))
    data = [{"MetricName": Maker(rng).plain(9, 9), "Value": rng.randrange(1000), "Unit": "Count"} for _ in range(900)]
    client.put_metric_data(Namespace="n", MetricData=data)
    assert compressed == [b"gzip"]
    assert difference({"Namespace": "n", "MetricData": data}, wire.exchange()["input"]) is None
