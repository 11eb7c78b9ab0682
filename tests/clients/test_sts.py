"""Who is calling, asked by boto3 and the AWS CLI."""

import json
import subprocess
import sys
from pathlib import Path

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


@pytest.fixture
def operator(outcrop: Stack, rng):
    """A user who may assume roles, and a role that wants an external id; names are of this test."""
    iam = outcrop.client("iam")
    name = f"op-{rng.randrange(10**9)}"
    document = lambda **statement: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
    user = iam.create_user(UserName=name)["User"]
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(Action="sts:*", Resource="*"))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    external_id = f"customer-{rng.randrange(10**9)}"
    trust = document(Action=["sts:AssumeRole", "sts:TagSession"], Principal={"AWS": user["Arn"]}, Condition={"StringEquals": {"sts:ExternalId": external_id}})
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="own", PolicyDocument=document(Action="s3:ListAllMyBuckets", Resource="*"))
    return {"user": user, "key": key, "role": role, "external_id": external_id}


def profile(path: Path, operator: dict, external_id: str) -> dict[str, str]:
    """The environment of a program that knows a role by its profile, as people configure it."""
    config, credentials = path / "config", path / "credentials"
    key = operator["key"]
    credentials.write_text(f"[base]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n")
    config.write_text(
        f"[profile role]\nrole_arn = {operator['role']['Arn']}\nsource_profile = base\nexternal_id = {external_id}\nrole_session_name = nightly\nregion = us-east-1\n"
    )
    return {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_PROFILE": "role"}


def run(outcrop: Stack, settings: dict[str, str], *command: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in outcrop.env.items() if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return subprocess.run(command, capture_output=True, env={**kept, **settings}, timeout=120)


def test_a_profile_with_a_role_works_for_the_cli_and_for_boto3(outcrop: Stack, operator: dict, tmp_path: Path):
    settings = profile(tmp_path, operator, operator["external_id"])
    arn = f"arn:aws:sts::{operator['role']['Arn'].split(':')[4]}:assumed-role/{operator['role']['RoleName']}/nightly"
    cli = run(outcrop, settings, str(Path(sys.executable).with_name("aws")), "sts", "get-caller-identity", "--output", "json")
    assert json.loads(cli.stdout)["Arn"] == arn, cli.stderr
    program = "import boto3; s = boto3.Session(); s.client('s3').list_buckets(); print(s.client('sts').get_caller_identity()['Arn'])"
    by_boto3 = run(outcrop, settings, sys.executable, "-c", program)
    assert by_boto3.stdout.decode().strip() == arn, by_boto3.stderr


def test_a_profile_with_the_id_of_another_customer_is_refused(outcrop: Stack, operator: dict, tmp_path: Path):
    settings = profile(tmp_path, operator, f"{operator['external_id']}x")
    done = run(outcrop, settings, str(Path(sys.executable).with_name("aws")), "sts", "get-caller-identity")
    assert done.returncode != 0
    assert b"(AccessDenied) when calling the AssumeRole operation" in done.stderr


def test_sessions_of_boto3_have_tags_policies_and_the_sizes_of_what_they_take(outcrop: Stack, operator: dict, rng):
    key = operator["key"]
    sts = boto3.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}]})
    answer = sts.assume_role(
        RoleArn=operator["role"]["Arn"],
        RoleSessionName="tagged",
        ExternalId=operator["external_id"],
        Tags=[{"Key": "team", "Value": f"t{rng.randrange(10**6)}"}],
        TransitiveTagKeys=["team"],
        Policy=policy,
        DurationSeconds=900,
    )
    assert 0 < answer["PackedPolicySize"] <= 100
    keys = answer["Credentials"]
    s3 = boto3.client("s3", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    with pytest.raises(ClientError) as caught:
        s3.list_buckets()
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert "session policy" in caught.value.response["Error"]["Message"]


def test_the_cli_opens_the_reasons_of_a_denial_for_those_who_may(outcrop: Stack, operator: dict):
    key = operator["key"]
    s3 = boto3.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    with pytest.raises(ClientError) as caught:
        s3.list_buckets()
    sealed = caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-outcrop-authorization-message"]
    opened = json.loads(outcrop.aws("sts", "decode-authorization-message", "--encoded-message", sealed, "--output", "json").stdout)
    reasons = json.loads(opened["DecodedMessage"])
    assert reasons["allowed"] is False
    assert reasons["explicitDeny"] is False
    assert reasons["context"]["action"] == "s3:ListAllMyBuckets"
    assert reasons["context"]["principal"]["arn"] == operator["user"]["Arn"]
    altered = ("A" if sealed[0] != "A" else "B") + sealed[1:]
    refused = outcrop.aws("sts", "decode-authorization-message", "--encoded-message", altered, check=False)
    assert b"InvalidAuthorizationMessageException" in refused.stderr
