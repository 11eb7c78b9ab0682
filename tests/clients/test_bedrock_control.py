"""Amazon Bedrock's control plane as boto3 uses it: profiles, routers, model units, tags."""

import pytest
from botocore.exceptions import ClientError

from conftest import Stack

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_a_profile_carries_its_tags_and_answers(outcrop: Stack, rng) -> None:
    bedrock = outcrop.client("bedrock")
    pages = bedrock.get_paginator("list_inference_profiles").paginate(PaginationConfig={"PageSize": 10})
    system = {each["inferenceProfileId"]: each for page in pages for each in page["inferenceProfileSummaries"]}
    source = system[f"us.{HAIKU}"]
    assert source["type"] == "SYSTEM_DEFINED"
    name = f"team {rng.getrandbits(32):08x}"
    made = bedrock.create_inference_profile(
        inferenceProfileName=name,
        modelSource={"copyFrom": source["inferenceProfileArn"]},
        tags=[{"key": "team", "value": name}],
    )
    arn = made["inferenceProfileArn"]
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "team", "value": name}]
    answer = outcrop.client("bedrock-runtime").converse(
        modelId=arn, messages=[{"role": "user", "content": [{"text": f"Repeat: {name}"}]}]
    )
    assert answer["usage"]["inputTokens"] > 0
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-outcrop-inference-region"] == "us-east-1"
    bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    with pytest.raises(ClientError) as gone:
        bedrock.get_inference_profile(inferenceProfileIdentifier=arn)
    assert code_of(gone) == "ResourceNotFoundException"


def test_a_router_tells_which_model_answered(outcrop: Stack, rng) -> None:
    bedrock = outcrop.client("bedrock")
    account = outcrop.client("sts").get_caller_identity()["Account"]
    lite, pro = (
        f"arn:aws:bedrock:us-east-1:{account}:inference-profile/us.amazon.nova-{size}-v1:0" for size in ("lite", "pro")
    )
    arn = bedrock.create_prompt_router(
        promptRouterName=f"router {rng.getrandbits(32):08x}",
        models=[{"modelArn": lite}, {"modelArn": pro}],
        fallbackModel={"modelArn": pro},
        routingCriteria={"responseQualityDifference": 5},
    )["promptRouterArn"]
    answer = outcrop.client("bedrock-runtime").converse(
        modelId=arn, messages=[{"role": "user", "content": [{"text": "What colour is the sky?"}]}]
    )
    assert answer["trace"]["promptRouter"]["invokedModelId"] == lite
    assert bedrock.get_prompt_router(promptRouterArn=arn)["type"] == "custom"
    bedrock.delete_prompt_router(promptRouterArn=arn)


def test_units_are_bought_and_cannot_be_used_before_they_are_in_service(outcrop: Stack, rng) -> None:
    bedrock = outcrop.client("bedrock")
    name = f"units-{rng.getrandbits(32):08x}"
    arn = bedrock.create_provisioned_model_throughput(
        modelUnits=1, provisionedModelName=name, modelId="amazon.nova-micro-v1:0", commitmentDuration="SixMonths"
    )["provisionedModelArn"]
    got = bedrock.get_provisioned_model_throughput(provisionedModelId=name)
    assert (got["provisionedModelArn"], got["status"], got["desiredModelUnits"]) == (arn, "Creating", 1)
    with pytest.raises(ClientError) as early:
        outcrop.client("bedrock-runtime").converse(
            modelId=arn, messages=[{"role": "user", "content": [{"text": "Hello"}]}]
        )
    assert code_of(early) == "ModelNotReadyException"
    with pytest.raises(ClientError) as unknown:
        bedrock.get_provisioned_model_throughput(provisionedModelId="no-such-units")
    assert code_of(unknown) == "ResourceNotFoundException"
