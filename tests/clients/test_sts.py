"""Who is calling, asked by boto3 and the AWS CLI."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import Stack


def test_boto3_and_the_cli_are_told_the_same_identity(outcrop: Stack):
    by_boto3 = outcrop.client("sts").get_caller_identity()
    by_cli = json.loads(outcrop.aws("sts", "get-caller-identity", "--output", "json").stdout)
    assert by_cli == {name: by_boto3[name] for name in ("UserId", "Account", "Arn")}
    assert by_boto3["Arn"] == f"arn:aws:iam::{by_boto3['Account']}:root"
    assert len(by_boto3["Account"]) == 12


def test_a_session_token_signs_calls_until_its_secret_is_another(outcrop: Stack):
    keys = outcrop.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    held = dict(aws_access_key_id=keys["AccessKeyId"], aws_session_token=keys["SessionToken"])
    session = boto3.Session(**held, aws_secret_access_key=keys["SecretAccessKey"])
    assert session.client("sts").get_caller_identity()["Account"] == outcrop.client("sts").get_caller_identity()["Account"]
    wrong = boto3.Session(**held, aws_secret_access_key=keys["SecretAccessKey"][::-1])
    with pytest.raises(ClientError) as caught:
        wrong.client("sts").get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_key_that_nobody_has_is_refused_in_the_words_of_aws(outcrop: Stack, rng):
    stranger = boto3.Session(aws_access_key_id=f"AKIA{rng.randrange(10**15):016}", aws_secret_access_key="none")
    with pytest.raises(ClientError) as caught:
        stranger.client("sts").get_caller_identity()
    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "InvalidClientTokenId",
        "Message": "The security token included in the request is invalid.",
    }
    done = outcrop.aws("sts", "get-caller-identity", check=False, key="AKIAIOSFODNN7EXAMPLE")
    assert done.returncode == 255
    assert b"(InvalidClientTokenId)" in done.stderr
