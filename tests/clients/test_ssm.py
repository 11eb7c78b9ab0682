"""Parameter Store, asked by boto3 and the AWS CLI."""

import json
import string

import pytest
from botocore.exceptions import ClientError

from conftest import Stack


def text(rng, length=30):
    return "".join(rng.choice(string.ascii_letters + string.digits + "äß漢 :,") for _ in range(length))


def test_boto3_puts_and_reads_parameters_of_each_type(outcrop: Stack, rng):
    ssm = outcrop.client("ssm")
    path = f"/py/{rng.randrange(10**9)}"
    values = {kind: text(rng) for kind in ("String", "StringList", "SecureString")}
    for kind, value in values.items():
        assert ssm.put_parameter(Name=f"{path}/{kind}", Value=value, Type=kind)["Version"] == 1
    got = ssm.get_parameters_by_path(Path=path, WithDecryption=True)["Parameters"]
    assert {one["Type"]: one["Value"] for one in got} == values
    sealed = ssm.get_parameter(Name=f"{path}/SecureString")["Parameter"]["Value"]
    assert values["SecureString"] not in sealed
    many = ssm.get_parameters(Names=[f"{path}/String", f"{path}/none"])
    assert [one["Value"] for one in many["Parameters"]] == [values["String"]]
    assert many["InvalidParameters"] == [f"{path}/none"]


def test_boto3_keeps_versions_and_labels(outcrop: Stack, rng):
    ssm = outcrop.client("ssm")
    name = f"/py/{rng.randrange(10**9)}"
    values = [text(rng) for _ in range(rng.randrange(3, 7))]
    for version, value in enumerate(values, 1):
        assert ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=version > 1)["Version"] == version
    ssm.label_parameter_version(Name=name, ParameterVersion=2, Labels=["stable"])
    assert ssm.get_parameter(Name=f"{name}:stable")["Parameter"]["Value"] == values[1]
    assert ssm.get_parameter(Name=f"{name}:1")["Parameter"]["Value"] == values[0]
    history = ssm.get_paginator("get_parameter_history").paginate(Name=name, PaginationConfig={"PageSize": 2})
    assert [(one["Value"], one["Labels"]) for page in history for one in page["Parameters"]] == [
        (value, ["stable"] if version == 2 else []) for version, value in enumerate(values, 1)
    ]
    ssm.delete_parameter(Name=name)
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name=name)


def test_boto3_is_told_what_it_did_wrong(outcrop: Stack, rng):
    ssm = outcrop.client("ssm")
    name = f"/py/{rng.randrange(10**9)}"
    ssm.put_parameter(Name=name, Value="1", Type="String")
    with pytest.raises(ssm.exceptions.ParameterAlreadyExists):
        ssm.put_parameter(Name=name, Value="2", Type="String")
    with pytest.raises(ssm.exceptions.ParameterPatternMismatchException):
        ssm.put_parameter(Name=name, Value="x", Type="String", Overwrite=True, AllowedPattern=r"^\d+$")
    with pytest.raises(ClientError) as caught:
        ssm.put_parameter(Name=f"/aws{name}", Value="x", Type="String")
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    with pytest.raises(ClientError) as caught:
        ssm.put_parameter(Name=name, Value="x" * 4097, Type="String", Overwrite=True)
    assert caught.value.response["Error"]["Message"].startswith("Standard tier parameters support a maximum parameter value")


def test_the_cli_puts_describes_and_reads(outcrop: Stack, rng):
    name, value = f"/cli/{rng.randrange(10**9)}", text(rng)
    outcrop.aws("ssm", "put-parameter", "--name", name, "--value", value, "--type", "SecureString", "--tags", "Key=a,Value=b")
    got = json.loads(outcrop.aws("ssm", "get-parameter", "--name", name, "--with-decryption", "--output", "json").stdout)
    assert got["Parameter"]["Value"] == value
    found = json.loads(
        outcrop.aws(
            "ssm", "describe-parameters", "--parameter-filters", f"Key=Name,Values={name}", "Key=tag:a,Values=b", "--output", "json"
        ).stdout
    )
    assert [one["Name"] for one in found["Parameters"]] == [name]
    failed = outcrop.aws("ssm", "get-parameter", "--name", f"{name}x", check=False)
    assert failed.returncode != 0
    assert b"(ParameterNotFound)" in failed.stderr
