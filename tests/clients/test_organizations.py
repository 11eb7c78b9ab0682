"""An organization and its accounts, made and read by boto3 and the AWS CLI."""

import json
import time

import boto3
import pytest

from conftest import Stack

MAKING_SECONDS_MAX = 30


@pytest.fixture(scope="module")
def organization(outcrop: Stack) -> dict:
    client = outcrop.client("organizations")
    try:
        return client.create_organization(FeatureSet="ALL")["Organization"]
    except client.exceptions.AlreadyInOrganizationException:
        return client.describe_organization()["Organization"]


def make_account(outcrop: Stack, name: str) -> str:
    client = outcrop.client("organizations")
    status = client.create_account(AccountName=name, Email=f"{name}@example.org")["CreateAccountStatus"]
    assert status["State"] == "IN_PROGRESS"
    deadline = time.monotonic() + MAKING_SECONDS_MAX
    while status["State"] == "IN_PROGRESS" and time.monotonic() < deadline:
        time.sleep(0.05)
        status = client.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED", status
    return status["AccountId"]


def session_in(outcrop: Stack, account: str, rng) -> boto3.Session:
    iam = outcrop.client("iam")
    user = f"admin-{rng.randrange(10**9)}"
    iam.create_user(UserName=user)
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam.put_user_policy(
        UserName=user, PolicyName="assume", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    sts = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("sts")
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    held = sts.assume_role(RoleArn=role, RoleSessionName="boto3")["Credentials"]
    return boto3.Session(held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])


def test_the_cli_and_boto3_describe_the_same_organization(outcrop: Stack, organization: dict):
    by_cli = json.loads(outcrop.aws("organizations", "describe-organization", "--output", "json").stdout)["Organization"]
    assert by_cli == outcrop.client("organizations").describe_organization()["Organization"] == organization
    roots = json.loads(outcrop.aws("organizations", "list-roots", "--output", "json").stdout)["Roots"]
    assert [root["PolicyTypes"] for root in roots] == [[{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]]


def test_accounts_are_made_listed_by_the_paginator_and_entered_through_their_role(outcrop: Stack, organization: dict, rng):
    client = outcrop.client("organizations")
    names = [f"account-{i}-{rng.randrange(10**9)}" for i in range(3)]
    made = {make_account(outcrop, name): name for name in names}
    pages = client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2})
    listed = {account["Id"]: account["Name"] for page in pages for account in page["Accounts"]}
    assert {account: listed[account] for account in made} == made
    account = next(iter(made))
    inside = session_in(outcrop, account, rng)
    assert inside.client("sts").get_caller_identity()["Account"] == account
    member = inside.client("organizations")
    assert member.describe_organization()["Organization"]["Id"] == organization["Id"]
    with pytest.raises(member.exceptions.AccessDeniedException) as caught:
        member.list_accounts()
    assert caught.value.response["Error"]["Message"] == "You don't have permissions to access this resource."


def test_a_service_control_policy_of_the_cli_binds_a_member_of_boto3(outcrop: Stack, organization: dict, rng):
    account = make_account(outcrop, f"bound-{rng.randrange(10**9)}")
    s3 = session_in(outcrop, account, rng).client("s3")
    s3.list_buckets()
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    name = f"no-s3-{rng.randrange(10**9)}"
    arguments = ["--type", "SERVICE_CONTROL_POLICY", "--description", "no S3", "--name", name, "--content", json.dumps(deny)]
    made = json.loads(outcrop.aws("organizations", "create-policy", *arguments, "--output", "json").stdout)
    policy = made["Policy"]["PolicySummary"]["Id"]
    outcrop.aws("organizations", "attach-policy", "--policy-id", policy, "--target-id", account)
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.list_buckets()
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    outcrop.aws("organizations", "detach-policy", "--policy-id", policy, "--target-id", account)
    s3.list_buckets()


def test_a_violated_constraint_carries_its_reason(outcrop: Stack, organization: dict):
    client = outcrop.client("organizations")
    root = client.list_roots()["Roots"][0]["Id"]
    with pytest.raises(client.exceptions.ConstraintViolationException) as caught:
        client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=root)
    assert caught.value.response["Reason"] == "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    with pytest.raises(client.exceptions.InvalidInputException) as caught:
        client.list_parents(ChildId="nobody")
    assert caught.value.response["Reason"] == "INVALID_PATTERN"
