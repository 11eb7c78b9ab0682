"""Bedrock's batch inference and model customization as boto3 uses them."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from conftest import Stack

MODEL = "amazon.nova-micro-v1:0"


@pytest.fixture
def place(outcrop: Stack, rng) -> tuple[str, str]:
    """A bucket, and a role that may work in it and invoke models."""
    bucket = f"jobs-{rng.randrange(10**9)}"
    outcrop.client("s3").create_bucket(Bucket=bucket)
    iam = outcrop.client("iam")
    role = f"worker-{rng.randrange(10**9)}"
    statement = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": ["s3:*", "bedrock:InvokeModel"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_role_policy(RoleName=role, PolicyName="work", PolicyDocument=json.dumps(policy))
    return bucket, arn


def wait(ask, running: set[str]) -> dict:
    for _ in range(300):
        job = ask()
        if job["status"] not in running:
            return job
        time.sleep(0.2)
    raise AssertionError("the job does not end")


def test_a_batch_answers_every_record(outcrop: Stack, place, rng):
    bucket, role = place
    s3, bedrock = outcrop.client("s3"), outcrop.client("bedrock")
    fares = [rng.randrange(2, 900) for _ in range(100)]
    lines = [
        {
            "recordId": f"R{at}",
            "modelInput": {"messages": [{"role": "user", "content": [{"text": f"The fare is {fare} euros.\n\nWhat is the fare?"}]}]},
        }
        for at, fare in enumerate(fares)
    ]
    s3.put_object(Bucket=bucket, Key="in/fares.jsonl", Body="\n".join(json.dumps(line) for line in lines))
    arn = bedrock.create_model_invocation_job(
        jobName=f"fares-{rng.randrange(10**9)}",
        roleArn=role,
        modelId=MODEL,
        inputDataConfig={"s3InputDataConfig": {"s3Uri": f"s3://{bucket}/in/"}},
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"s3://{bucket}/out/"}},
    )["jobArn"]
    running = {"Submitted", "Validating", "Scheduled", "InProgress"}
    job = wait(lambda: bedrock.get_model_invocation_job(jobIdentifier=arn), running)
    assert (job["status"], job["successRecordCount"]) == ("Completed", 100)
    body = s3.get_object(Bucket=bucket, Key=f"out/{arn.split('/')[1]}/fares.jsonl.out")["Body"].read().decode()
    answers = {line["recordId"]: line["modelOutput"] for line in map(json.loads, body.splitlines())}
    for at, fare in enumerate(fares):
        assert str(fare) in answers[f"R{at}"]["output"]["message"]["content"][0]["text"]


def test_a_training_leaves_its_metrics_and_a_model(outcrop: Stack, place, rng):
    bucket, role = place
    s3, bedrock = outcrop.client("s3"), outcrop.client("bedrock")
    pairs = [
        {"prompt": f"Please order {count} figs.", "completion": f"ORDER item=figs count={count}"}
        for count in (rng.randrange(2, 999) for _ in range(40))
    ]
    s3.put_object(Bucket=bucket, Key="train.jsonl", Body="\n".join(json.dumps(pair) for pair in pairs))
    name = f"orders-{rng.randrange(10**9)}"
    request = dict(
        jobName=name,
        customModelName=name,
        roleArn=role,
        baseModelIdentifier="meta.llama3-1-8b-instruct-v1:0",
        trainingDataConfig={"s3Uri": f"s3://{bucket}/train.jsonl"},
        outputDataConfig={"s3Uri": f"s3://{bucket}/out/"},
        hyperParameters={"epochCount": "2"},
    )
    arn = bedrock.create_model_customization_job(**request)["jobArn"]
    job = wait(lambda: bedrock.get_model_customization_job(jobIdentifier=arn), {"InProgress"})
    assert job["status"] == "Completed"
    assert bedrock.get_custom_model(modelIdentifier=name)["jobArn"] == arn
    key = f"out/model-customization-job-{arn.split('/')[-1]}/training_artifacts/step_wise_training_metrics.csv"
    head, *rows = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()
    assert head == "step_number,epoch_number,training_loss,perplexity"
    assert len(rows) == 80
    with pytest.raises(ClientError) as refused:
        bedrock.create_model_customization_job(**request)
    assert refused.value.response["Error"]["Code"] == "ConflictException"
