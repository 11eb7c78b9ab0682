"""Bedrock's evaluation jobs as boto3 and the AWS CLI use them."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from conftest import Stack

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"


@pytest.fixture
def evaluator(outcrop: Stack, rng) -> tuple[str, str]:
    """A bucket, and a role that may evaluate with it."""
    bucket = f"evaluations-{rng.randrange(10**9)}"
    outcrop.client("s3").create_bucket(Bucket=bucket)
    iam = outcrop.client("iam")
    role = f"evaluator-{rng.randrange(10**9)}"
    statement = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "bedrock:InvokeModel"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_role_policy(RoleName=role, PolicyName="evaluate", PolicyDocument=json.dumps(policy))
    return bucket, arn


def config(bucket: str, metrics: list[str]) -> dict:
    dataset = {"name": "own", "datasetLocation": {"s3Uri": f"s3://{bucket}/prompts.jsonl"}}
    return {"automated": {"datasetMetricConfigs": [{"taskType": "Generation", "dataset": dataset, "metricNames": metrics}]}}


def wait(bedrock, arn: str) -> dict:
    for _ in range(300):
        job = bedrock.get_evaluation_job(jobIdentifier=arn)
        if job["status"] not in ("InProgress", "Stopping"):
            return job
        time.sleep(0.2)
    raise AssertionError("the job does not end")


def test_a_job_scores_prompts_of_which_half_have_their_answer(outcrop: Stack, evaluator, rng):
    bucket, role = evaluator
    s3, bedrock = outcrop.client("s3"), outcrop.client("bedrock")
    years = [rng.randrange(1500, 2000) for _ in range(6)]
    lines = [
        {
            "prompt": f"The bridge of Ardley was built in {year}.\n\nWhen was the bridge of Ardley built?",
            "referenceResponse": str(year if at % 2 == 0 else year + 7),
            "category": "right" if at % 2 == 0 else "wrong",
        }
        for at, year in enumerate(years)
    ]
    s3.put_object(Bucket=bucket, Key="prompts.jsonl", Body="\n".join(json.dumps(line) for line in lines))
    name = f"job-{rng.randrange(10**9)}"
    arn = bedrock.create_evaluation_job(
        jobName=name,
        roleArn=role,
        evaluationConfig=config(bucket, ["Builtin.Accuracy"]),
        inferenceConfig={"models": [{"bedrockModel": {"modelIdentifier": MODEL, "inferenceParams": '{"temperature": "0.0"}'}}]},
        outputDataConfig={"s3Uri": f"s3://{bucket}/out"},
        jobTags=[{"key": "team", "value": "quality"}],
    )["jobArn"]
    job = wait(bedrock, arn)
    assert (job["status"], job.get("failureMessages", [])) == ("Completed", [])
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=f"out/{name}/")["Contents"]]
    (key,) = [each for each in keys if each.endswith("_output.jsonl")]
    rows = [json.loads(line) for line in s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()]
    assert [row["inputRecord"] for row in rows] == lines
    scores = [row["automatedEvaluationResult"]["scores"] for row in rows]
    assert scores == [[{"metricName": "Accuracy", "result": 1 - at % 2}] for at in range(6)]
    found = bedrock.get_paginator("list_evaluation_jobs").paginate(nameContains=name).build_full_result()
    assert [each["jobArn"] for each in found["jobSummaries"]] == [arn]
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "team", "value": "quality"}]


def test_the_command_line_creates_and_deletes_jobs(outcrop: Stack, evaluator, rng):
    bucket, role = evaluator
    outcrop.client("s3").put_object(Bucket=bucket, Key="prompts.jsonl", Body=b'{"prompt": "broken"')
    name = f"cli-{rng.randrange(10**9)}"

    def aws(*words: str) -> dict:
        return json.loads(outcrop.aws("bedrock", *words).stdout)

    arn = aws(
        "create-evaluation-job",
        "--job-name",
        name,
        "--role-arn",
        role,
        "--evaluation-config",
        json.dumps(config(bucket, ["Builtin.Accuracy"])),
        "--inference-config",
        json.dumps({"models": [{"bedrockModel": {"modelIdentifier": MODEL}}]}),
        "--output-data-config",
        json.dumps({"s3Uri": f"s3://{bucket}/out"}),
    )["jobArn"]
    job = wait(outcrop.client("bedrock"), arn)
    assert job["status"] == "Failed"
    assert "Line 1: it is not valid JSON" in job["failureMessages"][0]
    assert aws("batch-delete-evaluation-job", "--job-identifiers", arn)["evaluationJobs"][0]["jobStatus"] == "Deleting"


def test_a_metric_without_its_judge_is_refused(outcrop: Stack, evaluator):
    bucket, role = evaluator
    with pytest.raises(ClientError) as refused:
        outcrop.client("bedrock").create_evaluation_job(
            jobName="unjudged",
            roleArn=role,
            evaluationConfig=config(bucket, ["Builtin.Helpfulness"]),
            inferenceConfig={"models": [{"bedrockModel": {"modelIdentifier": MODEL}}]},
            outputDataConfig={"s3Uri": f"s3://{bucket}/out"},
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "evaluatorModelConfig is missing" in refused.value.response["Error"]["Message"]
