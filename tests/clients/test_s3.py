"""S3 as boto3 uses it: the resource and client interfaces, the transfer manager, checksums, presigned URLs."""

import base64
import hashlib
import io
import json
import re
import time
import urllib.error
import urllib.request
import zlib

import boto3
import pytest
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from conftest import Stack
from shapes import Maker

MIB = 1024 * 1024


@pytest.fixture
def bucket(outcrop: Stack, rng):
    """An empty bucket, which is emptied and removed afterwards."""
    made = boto3.resource("s3").create_bucket(Bucket=f"b-{Maker(rng).plain(20, 20)}")
    yield made
    made.object_versions.delete()
    made.delete()


def crc32(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


def test_an_object_comes_back_as_it_was_put_with_its_metadata_and_default_checksum(bucket, rng):
    content = rng.randbytes(rng.randint(1, 100_000))
    metadata = {Maker(rng).plain(3): Maker(rng).plain(3)}
    key = f"a folder/é {Maker(rng).plain(5)}+&?.bin"
    put = bucket.Object(key).put(Body=content, Metadata=metadata, ContentType="application/x-random")
    assert put["ChecksumCRC32"] == crc32(content)
    assert put["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    got = bucket.Object(key).get(ChecksumMode="ENABLED")
    assert got["Body"].read() == content
    assert (got["Metadata"], got["ContentType"], got["ContentLength"]) == (metadata, "application/x-random", len(content))
    assert got["ChecksumCRC32"] == crc32(content)
    start = rng.randrange(len(content))
    end = rng.randrange(start, len(content))
    part = bucket.Object(key).get(Range=f"bytes={start}-{end}")
    assert part["Body"].read() == content[start : end + 1]
    assert part["ContentRange"] == f"bytes {start}-{end}/{len(content)}"
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_asked_for_is_kept_and_given_back(bucket, rng, algorithm):
    content = rng.randbytes(rng.randint(1, 50_000))
    digest = {"CRC32": crc32, "SHA1": lambda b: base64.b64encode(hashlib.sha1(b).digest()).decode()}.get(
        algorithm, lambda b: base64.b64encode(hashlib.sha256(b).digest()).decode()
    )(content)
    bucket.put_object(Key="k", Body=io.BytesIO(content), ChecksumAlgorithm=algorithm)
    assert bucket.Object("k").get(ChecksumMode="ENABLED")[f"Checksum{algorithm}"] == digest


def test_a_body_that_is_not_what_its_checksum_says_is_refused(outcrop: Stack, bucket, rng):
    content = rng.randbytes(1000)
    with pytest.raises(ClientError) as caught:
        outcrop.client("s3").put_object(Bucket=bucket.name, Key="k", Body=content, ChecksumCRC32=crc32(content[::-1]))
    assert caught.value.response["Error"]["Code"] == "BadDigest"
    assert list(bucket.objects.all()) == []


def test_the_transfer_manager_sends_and_fetches_in_parts(outcrop: Stack, bucket, rng):
    content = rng.randbytes(17 * MIB + rng.randrange(MIB))
    sent = []
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    bucket.upload_fileobj(io.BytesIO(content), "big", Config=config, Callback=sent.append)
    assert sum(sent) == len(content)
    parts = [content[at : at + 8 * MIB] for at in range(0, len(content), 8 * MIB)]
    etag = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    assert bucket.Object("big").e_tag == f'"{etag}-{len(parts)}"'
    fetched = io.BytesIO()
    bucket.download_fileobj("big", fetched, Config=config)
    assert hashlib.sha256(fetched.getvalue()).digest() == hashlib.sha256(content).digest()
    assert outcrop.client("s3").list_multipart_uploads(Bucket=bucket.name).get("Uploads", []) == []


def test_a_listing_pages_through_every_key_in_order(outcrop: Stack, bucket, rng):
    keys = sorted({f"{rng.choice(['a', 'b', 'ü'])}/{Maker(rng).plain(1, 6)}" for _ in range(60)}, key=lambda key: key.encode())
    for key in keys:
        bucket.put_object(Key=key, Body=key.encode())
    client = outcrop.client("s3")
    pages = list(client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name, PaginationConfig={"PageSize": 7}))
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
    assert len(pages) == -(-len(keys) // 7)
    folders = client.list_objects_v2(Bucket=bucket.name, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == sorted({key[: key.index("/") + 1] for key in keys}, key=str.encode)
    assert "Contents" not in folders
    assert [summary.key for summary in bucket.objects.filter(Prefix="ü/")] == [key for key in keys if key.startswith("ü/")]


def test_the_location_is_none_in_us_east_1_and_the_region_elsewhere(outcrop: Stack, bucket, rng):
    client = outcrop.client("s3")
    assert client.get_bucket_location(Bucket=bucket.name)["LocationConstraint"] is None
    name = f"b-{Maker(rng).plain(20, 20)}"
    elsewhere = boto3.client("s3", region_name="eu-west-1")
    elsewhere.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    elsewhere.delete_bucket(Bucket=name)


def test_what_is_not_there_is_the_exception_that_code_catches(outcrop: Stack, bucket, rng):
    client = outcrop.client("s3")
    key = Maker(rng).plain(8)
    with pytest.raises(client.exceptions.NoSuchKey) as caught:
        client.get_object(Bucket=bucket.name, Key=key)
    assert caught.value.response["Error"] == {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": key}
    with pytest.raises(client.exceptions.NoSuchBucket):
        client.list_objects_v2(Bucket=f"b-{Maker(rng).plain(20, 20)}")
    with pytest.raises(ClientError) as caught:
        client.head_object(Bucket=bucket.name, Key=key)
    assert caught.value.response["Error"]["Code"] == "404"
    elsewhere = boto3.client("s3", region_name="eu-west-1")
    with pytest.raises(elsewhere.exceptions.BucketAlreadyOwnedByYou):
        elsewhere.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def test_waiters_see_an_object_come_and_go(outcrop: Stack, bucket):
    client = outcrop.client("s3")
    client.put_object(Bucket=bucket.name, Key="k", Body=b"x")
    client.get_waiter("object_exists").wait(Bucket=bucket.name, Key="k", WaiterConfig={"MaxAttempts": 1})
    client.delete_object(Bucket=bucket.name, Key="k")
    client.get_waiter("object_not_exists").wait(Bucket=bucket.name, Key="k", WaiterConfig={"MaxAttempts": 1})


# boto3 signs URLs with version 2 in us-east-1 unless told otherwise.
@pytest.mark.parametrize(
    ("config", "lifetime"), [({}, "Expires="), ({"signature_version": "s3v4"}, "X-Amz-Expires=")], ids=["default", "s3v4"]
)
def test_presigned_urls_work_for_anyone_who_holds_them_unchanged(outcrop: Stack, bucket, rng, config, lifetime):
    client = outcrop.client("s3", **config)
    content = rng.randbytes(500)
    up = client.generate_presigned_url("put_object", Params={"Bucket": bucket.name, "Key": "k ü+"}, ExpiresIn=60)
    # urllib would add a content type, which version 2 signs.
    assert urllib3.request("PUT", up, body=content, timeout=30, retries=False).status == 200
    params = {"Bucket": bucket.name, "Key": "k ü+", "ResponseContentType": "text/x-given"}
    down = client.generate_presigned_url("get_object", Params=params, ExpiresIn=60)
    assert lifetime in down
    with urllib.request.urlopen(down, timeout=30) as answer:
        assert answer.read() == content
        assert answer.headers["content-type"] == "text/x-given"
    longer = re.sub(f"({lifetime}\\d+)", r"\g<1>0", down)
    for changed in (longer, down.replace("x-given", "x-other"), down.replace("k%20", "j%20")):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(changed, timeout=30)
        assert caught.value.code == 403
        assert b"<Code>SignatureDoesNotMatch</Code>" in caught.value.read()
    gone = client.generate_presigned_url("get_object", Params=params, ExpiresIn=0 if config else -1)
    time.sleep(1 if config else 0)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(gone, timeout=30)
    assert b"<Message>Request has expired</Message>" in caught.value.read()


def test_a_presigned_url_carries_the_headers_it_was_signed_with(outcrop: Stack, bucket, rng):
    content, meta = rng.randbytes(100), Maker(rng).plain(5)
    params = {"Bucket": bucket.name, "Key": "k", "Metadata": {"colour": meta}, "ContentType": "text/x-mine"}
    url = outcrop.client("s3").generate_presigned_url("put_object", Params=params, ExpiresIn=60)
    assert urllib3.request("PUT", url, body=content, timeout=30, retries=False).status == 200
    got = bucket.Object("k").get()
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (content, {"colour": meta}, "text/x-mine")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_browser_form_signed_by_boto3_uploads(outcrop: Stack, bucket, rng, version):
    content = rng.randbytes(300)
    post = outcrop.client("s3", signature_version=version).generate_presigned_post(
        bucket.name, "folder/${filename}", Conditions=[["content-length-range", 1, 1000]], ExpiresIn=60
    )
    edge = f"edge{Maker(rng).plain(20, 20)}"
    body = b"".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in post["fields"].items()
    )
    body += (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n'.encode()
        + content
        + f"\r\n--{edge}--\r\n".encode()
    )
    request = urllib.request.Request(post["url"], body, {"Content-Type": f"multipart/form-data; boundary={edge}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 204
    assert bucket.Object("folder/f.bin").get()["Body"].read() == content


def test_objects_under_kms_keys_come_back_and_shut_with_their_key(outcrop: Stack, bucket, rng):
    kms = outcrop.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    content = rng.randbytes(rng.randrange(1, 200_000))
    # The transfer manager sends it in parts.
    bucket.upload_fileobj(
        io.BytesIO(content * 50),
        "parts",
        ExtraArgs={"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn},
        Config=TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB),
    )
    bucket.put_object(Key="k", Body=content, ServerSideEncryption="aws:kms", SSEKMSKeyId=arn, BucketKeyEnabled=True)
    found = bucket.Object("k").get()
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"], found["BucketKeyEnabled"]) == ("aws:kms", arn, True)
    assert found["Body"].read() == content
    assert found["ETag"] != f'"{hashlib.md5(content).hexdigest()}"'
    assert bucket.Object("parts").get()["Body"].read() == content * 50
    kms.disable_key(KeyId=arn)
    for key in ("k", "parts"):
        with pytest.raises(ClientError) as refused:
            bucket.Object(key).get()
        assert refused.value.response["Error"]["Code"] == "KMS.DisabledException"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    kms.enable_key(KeyId=arn)
    assert bucket.Object("k").get()["Body"].read() == content


def test_a_key_of_the_customer_opens_what_it_shut(outcrop: Stack, bucket, rng):
    client = outcrop.client("s3")
    client.put_bucket_encryption(
        Bucket=bucket.name,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                    "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
                }
            ]
        },
    )
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": rng.randbytes(32)}
    content = rng.randbytes(7 * MIB)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    bucket.upload_fileobj(io.BytesIO(content), "k", ExtraArgs=key, Config=config)
    fetched = io.BytesIO()
    bucket.download_fileobj("k", fetched, ExtraArgs=key, Config=config)
    assert fetched.getvalue() == content
    with pytest.raises(ClientError, match="The correct parameters must be provided to retrieve the object"):
        client.get_object(Bucket=bucket.name, Key="k")
    with pytest.raises(ClientError) as refused:
        client.get_object(Bucket=bucket.name, Key="k", SSECustomerAlgorithm="AES256", SSECustomerKey=rng.randbytes(32))
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_a_user_does_what_its_policies_and_the_bucket_say(outcrop: Stack, bucket, rng):
    iam = outcrop.client("iam")
    name = f"user-{Maker(rng).plain(12, 12)}"
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    pair = iam.create_access_key(UserName=name)["AccessKey"]
    theirs = boto3.client("s3", aws_access_key_id=pair["AccessKeyId"], aws_secret_access_key=pair["SecretAccessKey"])
    bucket.put_object(Key="open/k", Body=b"open")
    bucket.put_object(Key="shut/k", Body=b"shut")
    with pytest.raises(ClientError) as refused:
        theirs.get_object(Bucket=bucket.name, Key="open/k")
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert error["Message"] == (
        f'User: {arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket.name}/open/k" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket.name}/open/*"}
    bucket.Policy().put(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert theirs.get_object(Bucket=bucket.name, Key="open/k")["Body"].read() == b"open"
    answer = theirs.delete_objects(Bucket=bucket.name, Delete={"Objects": [{"Key": "open/k"}]})
    assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
    with pytest.raises(ClientError) as refused:
        theirs.head_object(Bucket=bucket.name, Key="shut/k")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_keys_of_any_characters_travel_in_paths_listings_copies_and_deletions(outcrop: Stack, bucket, rng):
    client = outcrop.client("s3")
    pieces = [
        *"!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~ /",
        "..",
        "//",
        "%2F",
        "%zz",
        "+ +",
        "é",
        "日本",
        "\U0001f600",
        "\r",
        "\n",
        "\t",
        "a",
        "Z",
    ]
    keys = sorted({"k" + "".join(rng.choices(pieces, k=rng.randint(1, 8))) for _ in range(25)}, key=str.encode)
    for key in keys:
        client.put_object(Bucket=bucket.name, Key=key, Body=key.encode())
    assert [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket.name)["Contents"]] == keys
    for key in keys:
        assert client.get_object(Bucket=bucket.name, Key=key)["Body"].read() == key.encode()
        url = client.generate_presigned_url("get_object", Params={"Bucket": bucket.name, "Key": key})
        # urllib3 resolves dot segments, which are part of a key.
        if not re.search(r"/\.{1,2}(/|$)", key):
            assert urllib3.request("GET", url, timeout=30, retries=False).data == key.encode()
        client.copy_object(Bucket=bucket.name, Key=f"copy/{key}", CopySource={"Bucket": bucket.name, "Key": key})
        assert client.get_object(Bucket=bucket.name, Key=f"copy/{key}")["Body"].read() == key.encode()
    gone = client.delete_objects(Bucket=bucket.name, Delete={"Objects": [{"Key": key} for key in keys]})
    assert sorted((entry["Key"] for entry in gone["Deleted"]), key=str.encode) == keys
    assert [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket.name)["Contents"]] == [f"copy/{key}" for key in keys]
