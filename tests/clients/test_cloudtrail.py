"""Trails, as boto3 and the AWS CLI see them: the CLI's own validation of log files is the referee of the digests."""

import gzip
import json
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from conftest import ROOT, Stack

def advance(outcrop: Stack, minutes: int) -> None:
    """Moves the stack's clock, and waits for what falls due."""
    command = ["node", "dist/cli/outcrop.js", "clock", "advance", f"{minutes}m"]
    done = subprocess.run(command, cwd=ROOT, env=outcrop.env, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()


def make_trail(outcrop: Stack, name: str, bucket: str) -> str:
    s3 = outcrop.client("s3")
    s3.create_bucket(Bucket=bucket)
    principal = {"Service": "cloudtrail.amazonaws.com"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"},
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/*",
                "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            },
        ],
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    made = outcrop.client("cloudtrail").create_trail(Name=name, S3BucketName=bucket, EnableLogFileValidation=True)
    return made["TrailARN"]


def test_the_cli_validates_the_log_files_and_finds_the_one_that_was_changed(outcrop: Stack, rng):
    name, bucket = (f"{kind}-{rng.randrange(36**6)}" for kind in ("trail", "logs"))
    arn = make_trail(outcrop, name, bucket)
    cloudtrail = outcrop.client("cloudtrail")
    started = datetime.now(timezone.utc) - timedelta(minutes=5)
    cloudtrail.start_logging(Name=name)
    for _ in range(2):
        outcrop.client("sts").get_caller_identity()
        advance(outcrop, 60)
    status = cloudtrail.get_trail_status(Name=name)
    assert status["IsLogging"] and status["LatestDigestDeliveryTime"]
    end = status["LatestDigestDeliveryTime"] + timedelta(minutes=1)

    def validate() -> str:
        window = ["--start-time", started.isoformat(), "--end-time", end.isoformat()]
        done = outcrop.aws("cloudtrail", "validate-logs", "--trail-arn", arn, *window, "--verbose", check=False)
        return done.stdout.decode() + done.stderr.decode()

    whole = validate()
    assert "2/2 digest files valid" in whole, whole
    assert "INVALID" not in whole, whole
    s3 = outcrop.client("s3")
    keys = [found["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket) for found in page.get("Contents", [])]
    log = rng.choice([key for key in keys if "/CloudTrail/" in key and key.endswith(".gz")])
    text = gzip.decompress(s3.get_object(Bucket=bucket, Key=log)["Body"].read()).decode()
    s3.put_object(Bucket=bucket, Key=log, Body=gzip.compress(text.replace(":root", ":user/x").encode()))
    changed = validate()
    assert f"Log file\ts3://{bucket}/{log}\tINVALID: hash value doesn't match" in changed, changed
    assert changed.count("INVALID: hash") == 1, changed


def test_boto3_looks_events_up_by_attribute_in_pages(outcrop: Stack, rng):
    bucket = f"seen-{rng.randrange(36**6)}"
    s3 = outcrop.client("s3")
    s3.create_bucket(Bucket=bucket)
    with pytest.raises(ClientError):
        s3.get_bucket_policy(Bucket=bucket)
    pages = (
        outcrop.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": bucket}], PaginationConfig={"PageSize": 1})
    )
    events = [event for page in pages for event in page["Events"]]
    assert [event["EventName"] for event in events] == ["GetBucketPolicy", "CreateBucket"]
    record = json.loads(events[0]["CloudTrailEvent"])
    assert record["errorCode"] == "NoSuchBucketPolicy"
    assert record["requestParameters"]["bucketName"] == bucket
    assert {"ResourceType": "AWS::S3::Bucket", "ResourceName": bucket} in events[0]["Resources"]
    assert events[1]["ReadOnly"] == "false"
