"""Uploads a folder of documents to S3, then asks a model five questions about them, and prints the answers as they come.

The same code runs against AWS; AWS_ENDPOINT_URL=http://127.0.0.1:4566 points it at Outcrop.
"""

import os
import time
from pathlib import Path

import boto3

REGION = os.environ.get("AWS_REGION", "us-east-1")
MODEL_ID = os.environ.get("MODEL_ID", "amazon.nova-lite-v1:0")
BUCKET = os.environ.get("BUCKET", f"ask-your-documents-{int(time.time() * 1000)}")
FOLDER = Path(__file__).parent / "documents"

QUESTIONS = [
    "How many days of paid annual leave do full-time employees have?",
    "Who approves expense claims above 500 euros?",
    "What is the maximum flow rate of the Station 300?",
    "What does the error code E07 mean?",
    "How much does a care contract for the Station 300 cost a month?",
]

s3 = boto3.client("s3", region_name=REGION)
bedrock = boto3.client("bedrock-runtime", region_name=REGION)

s3.create_bucket(Bucket=BUCKET)
for path in sorted(FOLDER.iterdir()):
    s3.put_object(Bucket=BUCKET, Key=path.name, Body=path.read_bytes())
    print(f"uploaded s3://{BUCKET}/{path.name}")

documents = []
for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
    key = Path(item["Key"])
    body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
    documents.append({"document": {"name": key.stem, "format": key.suffix[1:], "source": {"bytes": body}}})

system = [{"text": "Answer from the documents only, in one or two sentences, and quote the sentence that says so."}]
for question in QUESTIONS:
    print(f"\n? {question}")
    response = bedrock.converse_stream(
        modelId=MODEL_ID,
        system=system,
        messages=[{"role": "user", "content": [*documents, {"text": question}]}],
        inferenceConfig={"maxTokens": 300, "temperature": 0},
    )
    for event in response["stream"]:
        if "contentBlockDelta" in event:
            print(event["contentBlockDelta"]["delta"].get("text", ""), end="", flush=True)
        if "metadata" in event:
            usage = event["metadata"]["usage"]
            print(f"\n  ({usage['inputTokens']} tokens in, {usage['outputTokens']} out)")
