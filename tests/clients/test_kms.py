"""Keys and what is done with them, through boto3 and the AWS CLI."""

import base64
import hashlib
import hmac
import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from conftest import Stack
from shapes import Maker


@pytest.fixture
def fresh(rng):
    return lambda: Maker(rng).plain(12, 12)


def test_boto3_opens_what_the_cli_encrypted_and_the_other_way_round(outcrop: Stack, rng, fresh, tmp_path):
    kms = outcrop.client("kms")
    alias = f"alias/{fresh()}"
    key = kms.create_key(Description="training data")["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    plain = rng.randbytes(rng.randint(1, 4096))
    context = {fresh(): fresh()}
    (tmp_path / "plain").write_bytes(plain)
    written = ",".join(f"{name}={value}" for name, value in context.items())
    text = outcrop.aws(
        "kms", "encrypt", "--key-id", alias, "--plaintext", f"fileb://{tmp_path / 'plain'}",
        "--encryption-context", written, "--query", "CiphertextBlob", "--output", "text",
    ).stdout
    opened = kms.decrypt(CiphertextBlob=base64.b64decode(text), EncryptionContext=context)
    assert opened["Plaintext"] == plain
    assert opened["KeyId"] == key["Arn"]
    blob = kms.encrypt(KeyId=key["Arn"], Plaintext=plain, EncryptionContext=context)["CiphertextBlob"]
    assert plain not in blob
    (tmp_path / "blob").write_bytes(blob)
    text = outcrop.aws(
        "kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path / 'blob'}",
        "--encryption-context", written, "--query", "Plaintext", "--output", "text",
    ).stdout
    assert base64.b64decode(text) == plain
    denied = outcrop.aws("kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path / 'blob'}", check=False)
    assert b"InvalidCiphertextException" in denied.stderr


def test_errors_are_those_that_programs_catch(outcrop: Stack, fresh):
    kms = outcrop.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(kms.exceptions.DisabledException) as caught:
        kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert caught.value.response["Error"]["Message"] == f"{key['Arn']} is disabled."
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=f"alias/{fresh()}")
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=b"nothing that was encrypted here")
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    with pytest.raises(kms.exceptions.KMSInvalidStateException) as caught:
        kms.enable_key(KeyId=key["KeyId"])
    assert caught.value.response["Error"]["Message"] == f"{key['Arn']} is pending deletion."
    with pytest.raises(ClientError) as caught:
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x" * 4097)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_data_keys_macs_and_signatures_fit_together(outcrop: Stack, rng):
    kms = outcrop.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = kms.generate_data_key(KeyId=key, NumberOfBytes=rng.randint(1, 1024))
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    assert "Plaintext" not in kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_128")

    mac_key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    message = rng.randbytes(rng.randint(1, 4096))
    mac = kms.generate_mac(KeyId=mac_key, Message=message, MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert len(mac) == hashlib.sha256().digest_size
    assert kms.verify_mac(KeyId=mac_key, Message=message, Mac=mac, MacAlgorithm="HMAC_SHA_256")["MacValid"]
    assert not hmac.compare_digest(mac, kms.generate_mac(KeyId=mac_key, Message=message + b"x", MacAlgorithm="HMAC_SHA_256")["Mac"])

    signer = kms.create_key(KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    digest = hashlib.sha384(message).digest()
    signature = kms.sign(KeyId=signer, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_384")["Signature"]
    assert kms.verify(KeyId=signer, Message=message, Signature=signature, SigningAlgorithm="ECDSA_SHA_384")["SignatureValid"]
    with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
        kms.verify(KeyId=signer, Message=message + b"x", Signature=signature, SigningAlgorithm="ECDSA_SHA_384")


def test_lists_are_paged_for_boto3_and_tags_and_policies_come_back(outcrop: Stack, rng, fresh):
    kms = outcrop.client("kms", region_name="ap-southeast-4")
    made = Counter(kms.create_key(Tags=[{"TagKey": "n", "TagValue": str(n)}])["KeyMetadata"]["KeyId"] for n in range(rng.randint(4, 7)))
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    assert made <= Counter(key["KeyId"] for page in pages for key in page["Keys"])
    key = next(iter(made))
    names = [f"alias/{fresh()}" for _ in range(5)]
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=key)
    pages = kms.get_paginator("list_aliases").paginate(KeyId=key, PaginationConfig={"PageSize": 2})
    assert [alias["AliasName"] for page in pages for alias in page["Aliases"]] == sorted(names)
    assert kms.list_resource_tags(KeyId=key)["Tags"][0]["TagKey"] == "n"
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert policy["Statement"][0]["Sid"] == "Enable IAM User Permissions"
