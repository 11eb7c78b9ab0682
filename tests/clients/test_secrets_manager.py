"""Secrets, asked for by boto3 and the AWS CLI."""

import base64
import json
import string

import pytest
from botocore.exceptions import ClientError

from conftest import Stack


def text(rng, length=40):
    return "".join(rng.choice(string.ascii_letters + string.digits + "äß漢 {}:,") for _ in range(length))


def test_boto3_makes_reads_changes_and_deletes_a_secret(outcrop: Stack, rng):
    secrets = outcrop.client("secretsmanager")
    name, first, second = f"py/{rng.randrange(10**9)}", text(rng), text(rng)
    made = secrets.create_secret(Name=name, SecretString=first, Tags=[{"Key": "team", "Value": "ml"}])
    secrets.put_secret_value(SecretId=name, SecretString=second)
    assert secrets.get_secret_value(SecretId=made["ARN"])["SecretString"] == second
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == first
    assert secrets.get_secret_value(SecretId=name, VersionId=made["VersionId"])["VersionStages"] == ["AWSPREVIOUS"]
    described = secrets.describe_secret(SecretId=name)
    assert described["Tags"] == [{"Key": "team", "Value": "ml"}]
    assert described["VersionIdsToStages"][made["VersionId"]] == ["AWSPREVIOUS"]
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    with pytest.raises(secrets.exceptions.InvalidRequestException) as caught:
        secrets.get_secret_value(SecretId=name)
    assert caught.value.response["Error"]["Message"] == (
        "You can't perform this operation on the secret because it was marked for deletion."
    )
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == second
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.describe_secret(SecretId=name)


def test_boto3_keeps_bytes_and_is_told_what_it_did_wrong(outcrop: Stack, rng):
    secrets = outcrop.client("secretsmanager")
    name, value = f"py/{rng.randrange(10**9)}", rng.randbytes(rng.randrange(1, 5000))
    secrets.create_secret(Name=name, SecretBinary=value)
    assert secrets.get_secret_value(SecretId=name)["SecretBinary"] == value
    with pytest.raises(secrets.exceptions.ResourceExistsException):
        secrets.create_secret(Name=name, SecretString="x")
    with pytest.raises(ClientError) as caught:
        secrets.create_secret(Name="not a name")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(secrets.exceptions.InvalidRequestException) as caught:
        secrets.rotate_secret(SecretId=name)
    assert caught.value.response["Error"]["Message"] == "No Lambda rotation function ARN is associated with this secret."


def test_boto3_pages_through_secrets_and_reads_them_in_a_batch(outcrop: Stack, rng):
    secrets = outcrop.client("secretsmanager")
    prefix = f"batch-{rng.randrange(10**9)}"
    values = {f"{prefix}/{at}": text(rng) for at in range(rng.randrange(21, 27))}
    for name, value in values.items():
        secrets.create_secret(Name=name, SecretString=value)
    by_name = [{"Key": "name", "Values": [prefix]}]
    pages = secrets.get_paginator("list_secrets").paginate(Filters=by_name, PaginationConfig={"PageSize": 4})
    assert {one["Name"] for page in pages for one in page["SecretList"]} == set(values)
    read, token = {}, {}
    while True:
        page = secrets.batch_get_secret_value(Filters=by_name, **token)
        read |= {one["Name"]: one["SecretString"] for one in page["SecretValues"]}
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert read == values
    several = secrets.batch_get_secret_value(SecretIdList=[f"{prefix}/0", f"{prefix}/none"])
    assert [one["SecretString"] for one in several["SecretValues"]] == [values[f"{prefix}/0"]]
    assert [(one["SecretId"], one["ErrorCode"]) for one in several["Errors"]] == [(f"{prefix}/none", "ResourceNotFoundException")]


def test_the_cli_keeps_a_secret(outcrop: Stack, rng):
    name, value = f"cli/{rng.randrange(10**9)}", text(rng)
    outcrop.aws("secretsmanager", "create-secret", "--name", name, "--secret-string", value)
    got = json.loads(outcrop.aws("secretsmanager", "get-secret-value", "--secret-id", name, "--output", "json").stdout)
    assert got["SecretString"] == value
    password = json.loads(
        outcrop.aws("secretsmanager", "get-random-password", "--password-length", "20", "--exclude-punctuation", "--output", "json").stdout
    )["RandomPassword"]
    assert len(password) == 20 and password.isalnum()
    binary = rng.randbytes(30)
    encoded = base64.b64encode(binary).decode()
    outcrop.aws("secretsmanager", "put-secret-value", "--secret-id", name, "--secret-binary", f"{encoded}")
    got = json.loads(outcrop.aws("secretsmanager", "get-secret-value", "--secret-id", name, "--output", "json").stdout)
    assert base64.b64decode(got["SecretBinary"]) in (binary, encoded.encode())
    failed = outcrop.aws("secretsmanager", "get-secret-value", "--secret-id", f"{name}x", check=False)
    assert failed.returncode != 0
    assert b"(ResourceNotFoundException)" in failed.stderr
    assert b"Secrets Manager can't find the specified secret." in failed.stderr
