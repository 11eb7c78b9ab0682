"""Keys, second factors, passwords and reports of IAM, by boto3 and the AWS CLI."""

import base64
import csv
import hashlib
import hmac
import io
import json
import struct
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import Stack

PNG = b"\x89PNG\r\n\x1a\n"


def totp(seed: str, steps: int = 0) -> str:
    """RFC 6238, written here anew: the code of a seed, some 30-second steps from now."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1)
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def new_user(outcrop: Stack, rng) -> str:
    name = f"user-{rng.randrange(10**9)}"
    outcrop.client("iam").create_user(UserName=name)
    return name


def test_a_key_signs_until_it_is_inactive(outcrop: Stack, rng):
    iam, user = outcrop.client("iam"), new_user(outcrop, rng)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    sts = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]).client("sts")
    assert sts.get_caller_identity()["Arn"].endswith(f":user/{user}")
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == (user, "sts")
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError) as caught:
        sts.get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"
    listed = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert [(one["AccessKeyId"], one["Status"]) for one in listed] == [(key["AccessKeyId"], "Inactive")]


def test_the_cli_writes_the_seed_of_a_device_and_its_codes_open_a_session(outcrop: Stack, rng, tmp_path):
    iam, user = outcrop.client("iam"), new_user(outcrop, rng)
    made = {}
    for method in ("Base32StringSeed", "QRCodePNG"):
        file = tmp_path / method
        told = outcrop.aws(
            *("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", f"{user}-{method}"),
            *("--bootstrap-method", method, "--outfile", str(file), "--output", "json"),
        )
        made[method] = (json.loads(told.stdout)["VirtualMFADevice"]["SerialNumber"], file.read_bytes())
    assert made["QRCodePNG"][1].startswith(PNG)
    serial, seed = made["Base32StringSeed"][0], made["Base32StringSeed"][1].decode()
    key = iam.create_access_key(UserName=user)["AccessKey"]
    with pytest.raises(iam.exceptions.InvalidAuthenticationCodeException) as refused:
        iam.enable_mfa_device(
            UserName=user, SerialNumber=serial, AuthenticationCode1=totp(seed), AuthenticationCode2=totp(seed, -1)
        )
    assert refused.value.response["Error"]["Message"] == "Authentication code for device is not valid."
    iam.enable_mfa_device(UserName=user, SerialNumber=serial, AuthenticationCode1=totp(seed, -2), AuthenticationCode2=totp(seed, -1))
    session = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    code = totp(seed)
    keys = session.client("sts").get_session_token(SerialNumber=serial, TokenCode=code)["Credentials"]
    assert keys["SessionToken"]
    with pytest.raises(ClientError) as caught:
        session.client("sts").get_session_token(SerialNumber=serial, TokenCode=code)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert [one["SerialNumber"] for one in iam.list_mfa_devices(UserName=user)["MFADevices"]] == [serial]


def test_passwords_are_held_to_the_policy_of_the_account(outcrop: Stack, rng):
    iam, user = outcrop.client("iam"), new_user(outcrop, rng)
    iam.update_account_password_policy(MinimumPasswordLength=12, RequireSymbols=True)
    try:
        with pytest.raises(iam.exceptions.PasswordPolicyViolationException):
            iam.create_login_profile(UserName=user, Password="NoSymbolInHere1")
        iam.create_login_profile(UserName=user, Password=f"Symbol-{rng.randrange(10**9)}", PasswordResetRequired=True)
        iam.get_waiter("user_exists").wait(UserName=user)
        assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is True
    finally:
        iam.delete_account_password_policy()
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_account_password_policy()


def test_the_credential_report_is_a_table_of_users(outcrop: Stack, rng):
    iam, user = outcrop.client("iam"), new_user(outcrop, rng)
    deadline = time.monotonic() + 30
    while iam.generate_credential_report()["State"] != "COMPLETE":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    report = iam.get_credential_report()
    assert report["ReportFormat"] == "text/csv"
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(report["Content"].decode()))}
    assert rows["<root_account>"]["access_key_1_active"] == "true"
    assert rows[user]["arn"].endswith(f":user/{user}")
    assert (rows[user]["password_enabled"], rows[user]["mfa_active"]) == ("false", "false")


def test_providers_and_keys_of_services_are_made_and_listed(outcrop: Stack, rng):
    iam, user = outcrop.client("iam"), new_user(outcrop, rng)
    host = f"idp-{rng.randrange(10**9)}.example.com"
    arn = iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=["app"], ThumbprintList=["a1" * 20])
    told = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn["OpenIDConnectProviderArn"])
    assert (told["Url"], told["ClientIDList"], told["ThumbprintList"]) == (host, ["app"], ["a1" * 20])
    key = iam.create_service_specific_credential(UserName=user, ServiceName="bedrock.amazonaws.com", CredentialAgeDays=30)
    secret = key["ServiceSpecificCredential"]["ServiceCredentialSecret"]
    assert secret.startswith("ABSK")
    assert base64.b64decode(secret[4:]).decode().startswith(f"{user}-at-")
    listed = iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]
    assert [one["ServiceSpecificCredentialId"] for one in listed] == [key["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]]
    assert "ServiceCredentialSecret" not in listed[0]
