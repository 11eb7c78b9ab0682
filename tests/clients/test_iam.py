"""Users, roles, policies and their simulation, through boto3 and the AWS CLI."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import Stack
from shapes import Maker


def document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: dict) -> dict:
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})


@pytest.fixture
def fresh(rng):
    return lambda prefix: f"{prefix}-{Maker(rng).plain(12, 12)}"


def test_documents_come_back_as_objects_and_waiters_and_pages_work(outcrop: Stack, fresh, rng):
    iam = outcrop.client("iam")
    path = f"/{fresh('path')}/"
    names = [fresh("user") for _ in range(rng.randint(5, 9))]
    for name in names:
        iam.create_user(UserName=name, Path=path, Tags=[{"Key": "n", "Value": name}])
        iam.get_waiter("user_exists").wait(UserName=name)
    pages = iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2})
    assert sorted(user["UserName"] for page in pages for user in page["Users"]) == sorted(names)
    policy = document({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a'(b)/${aws:username}/ü*"})
    iam.put_user_policy(UserName=names[0], PolicyName="own", PolicyDocument=json.dumps(policy, ensure_ascii=False))
    assert iam.get_user_policy(UserName=names[0], PolicyName="own")["PolicyDocument"] == policy
    role = iam.create_role(RoleName=fresh("role"), AssumeRolePolicyDocument=json.dumps(trust({"AWS": "000000000000"})))["Role"]
    iam.get_waiter("role_exists").wait(RoleName=role["RoleName"])
    assert role["AssumeRolePolicyDocument"] == trust({"AWS": "000000000000"})
    resource = boto3.resource("iam")
    assert resource.Role(role["RoleName"]).arn == role["Arn"]
    assert {tag["Key"]: tag["Value"] for tag in resource.User(names[1]).tags} == {"n": names[1]}


def test_a_user_made_by_the_cli_may_what_its_policy_says_and_its_simulation_agrees(outcrop: Stack, fresh, tmp_path):
    name, bucket = fresh("user"), fresh("bucket")
    outcrop.aws("s3", "mb", f"s3://{bucket}")
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(document({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"})))

    def cli(*arguments: str):
        return json.loads(outcrop.aws("iam", *arguments, "--output", "json").stdout or b"null")

    user = cli("create-user", "--user-name", name)["User"]
    policy = cli("create-policy", "--policy-name", fresh("policy"), "--policy-document", f"file://{file}")["Policy"]
    cli("attach-user-policy", "--user-name", name, "--policy-arn", policy["Arn"])
    key = cli("create-access-key", "--user-name", name)["AccessKey"]
    simulated = cli(
        *("simulate-principal-policy", "--policy-source-arn", user["Arn"], "--action-names", "s3:ListBucket", "s3:DeleteBucket"),
        *("--resource-arns", f"arn:aws:s3:::{bucket}"),
    )["EvaluationResults"]
    assert [result["EvalDecision"] for result in simulated] == ["allowed", "implicitDeny"]
    assert simulated[0]["MatchedStatements"][0]["SourcePolicyId"] == policy["PolicyName"]
    s3 = boto3.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    with pytest.raises(ClientError) as caught:
        s3.delete_bucket(Bucket=bucket)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_errors_have_the_names_and_texts_that_scripts_look_for(outcrop: Stack, fresh):
    iam = outcrop.client("iam")
    name = fresh("nobody")
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.get_role(RoleName=name)
    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "NoSuchEntity",
        "Message": f"The role with name {name} cannot be found.",
    }
    done = outcrop.aws("iam", "get-role", "--role-name", name, check=False)
    assert done.returncode == 255
    assert f"(NoSuchEntity) when calling the GetRole operation: The role with name {name} cannot be found." in done.stderr.decode()
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_policy(PolicyName=name, PolicyDocument="{}")
