"""S3 as the AWS CLI uses it: mb, cp, sync, ls, presign, rm, rb."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from conftest import Stack
from shapes import Maker

MIB = 1024 * 1024


@pytest.fixture
def bucket(outcrop: Stack, rng):
    """The name of a bucket that the CLI made, and removes with all that is in it."""
    name = f"cli-{Maker(rng).plain(20, 20)}"
    assert outcrop.aws("s3", "mb", f"s3://{name}").stdout.decode() == f"make_bucket: {name}\n"
    yield name
    outcrop.aws("s3", "rb", f"s3://{name}", "--force")
    listed = outcrop.aws("s3", "ls").stdout.decode()
    assert name not in listed


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("size", [0, 1, 70_000, 9 * MIB + 5], ids=["empty", "one byte", "small", "in parts"])
def test_cp_brings_a_file_up_and_down_again(outcrop: Stack, bucket, rng, tmp_path: Path, size):
    content = rng.randbytes(size)
    (tmp_path / "up file.bin").write_bytes(content)
    outcrop.aws("s3", "cp", str(tmp_path / "up file.bin"), f"s3://{bucket}/a/ü key.bin", "--no-progress")
    outcrop.aws("s3", "cp", f"s3://{bucket}/a/ü key.bin", str(tmp_path / "down.bin"), "--no-progress")
    assert hashlib.sha256((tmp_path / "down.bin").read_bytes()).digest() == hashlib.sha256(content).digest()
    columns = outcrop.aws("s3", "ls", f"s3://{bucket}/a/").stdout.decode().split(maxsplit=3)
    assert columns[2:] == [str(size), "ü key.bin\n"]


def test_cp_streams_from_and_to_a_pipe_and_copies_between_keys(outcrop: Stack, bucket, rng):
    content = rng.randbytes(200_000)
    outcrop.aws("s3", "cp", "-", f"s3://{bucket}/piped", input=content)
    outcrop.aws("s3", "cp", f"s3://{bucket}/piped", f"s3://{bucket}/copied", "--no-progress")
    assert outcrop.aws("s3", "cp", f"s3://{bucket}/copied", "-").stdout == content
    outcrop.aws("s3", "mv", f"s3://{bucket}/copied", f"s3://{bucket}/moved", "--no-progress")
    keys = [line.split()[-1] for line in outcrop.aws("s3", "ls", f"s3://{bucket}").stdout.decode().splitlines()]
    assert keys == ["moved", "piped"]


def test_sync_carries_only_what_changed_and_deletes_what_is_gone(outcrop: Stack, bucket, rng, tmp_path: Path):
    here = tmp_path / "here"
    for _ in range(12):
        path = here / f"{rng.choice('xyz')}" / f"{Maker(rng).plain(6, 6)}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(rng.randint(1, 5000)))
        # The CLI sends again what is newer than its copy, whose time S3 tells in whole seconds.
        os.utime(path, (0, 0))
    outcrop.aws("s3", "sync", str(here), f"s3://{bucket}/mirror", "--no-progress")
    assert outcrop.aws("s3", "sync", str(here), f"s3://{bucket}/mirror", "--no-progress").stdout == b""
    files = sorted(path for path in here.rglob("*") if path.is_file())
    gone, changed = rng.sample(files, 2)
    gone.unlink()
    changed.write_bytes(rng.randbytes(6000))
    said = outcrop.aws("s3", "sync", str(here), f"s3://{bucket}/mirror", "--delete", "--no-progress").stdout.decode().splitlines()
    assert len(said) == 2
    assert {line.split(":")[0] for line in said} == {"upload", "delete"}
    outcrop.aws("s3", "sync", f"s3://{bucket}/mirror", str(tmp_path / "there"), "--no-progress")
    assert tree(tmp_path / "there") == tree(here)


def test_ls_shows_folders_and_sums_up(outcrop: Stack, bucket, rng):
    sizes = [rng.randint(1, 3000) for _ in range(4)]
    for index, size in enumerate(sizes):
        outcrop.aws("s3", "cp", "-", f"s3://{bucket}/{'deep/' if index else ''}{index}", input=rng.randbytes(size))
    top = [line.split() for line in outcrop.aws("s3", "ls", f"s3://{bucket}").stdout.decode().splitlines()]
    assert top[0] == ["PRE", "deep/"]
    assert top[1][2:] == [str(sizes[0]), "0"]
    summary = outcrop.aws("s3", "ls", f"s3://{bucket}", "--recursive", "--summarize").stdout.decode()
    assert f"Total Objects: {len(sizes)}" in summary
    assert f"Total Size: {sum(sizes)}" in summary


def test_a_presigned_url_is_fetched_by_curl(outcrop: Stack, bucket, rng):
    content = rng.randbytes(1000)
    outcrop.aws("s3", "cp", "-", f"s3://{bucket}/a key", input=content)
    url = outcrop.aws("s3", "presign", f"s3://{bucket}/a key", "--expires-in", "60").stdout.decode().strip()
    assert subprocess.run(["curl", "-sS", "--fail", url], capture_output=True, check=True, timeout=60).stdout == content
    bare = subprocess.run(["curl", "-sS", "-w", "%{http_code}", url.split("?")[0]], capture_output=True, timeout=60).stdout
    assert bare.endswith(b"403")
    assert b"<Code>AccessDenied</Code>" in bare


def test_rm_removes_by_prefix_and_by_pattern(outcrop: Stack, bucket, rng):
    names = ["keep/a.txt", "gone/a.txt", "gone/b.log", "gone/deep/c.txt"]
    for name in names:
        outcrop.aws("s3", "cp", "-", f"s3://{bucket}/{name}", input=rng.randbytes(10))
    outcrop.aws("s3", "rm", f"s3://{bucket}/gone", "--recursive", "--exclude", "*.log")
    left = outcrop.aws("s3", "ls", f"s3://{bucket}", "--recursive").stdout.decode()
    assert [line.split()[-1] for line in left.splitlines()] == ["gone/b.log", "keep/a.txt"]


def test_errors_are_told_as_with_aws(outcrop: Stack, bucket):
    missing = outcrop.aws("s3", "cp", f"s3://{bucket}/none", "-", check=False)
    assert missing.returncode == 1
    assert b"An error occurred (404) when calling the HeadObject operation" in missing.stderr
    full = outcrop.aws("s3", "cp", "-", f"s3://{bucket}/k", input=b"x") and outcrop.aws("s3", "rb", f"s3://{bucket}", check=False)
    assert full.returncode == 1
    assert b"(BucketNotEmpty) when calling the DeleteBucket operation" in full.stderr
    none = outcrop.aws("s3", "ls", "s3://no-such-bucket-here", check=False)
    assert b"(NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist" in none.stderr


def test_an_unsigned_call_sees_nothing_that_is_private(outcrop: Stack, bucket, rng):
    outcrop.aws("s3", "cp", "-", f"s3://{bucket}/secret", input=rng.randbytes(100))
    denied = outcrop.aws("s3", "cp", f"s3://{bucket}/secret", "-", "--no-sign-request", check=False)
    assert denied.returncode == 1
    assert b"(403) when calling the HeadObject operation: Forbidden" in denied.stderr
    unlisted = outcrop.aws("s3", "ls", f"s3://{bucket}", "--no-sign-request", check=False)
    assert b"(AccessDenied) when calling the ListObjectsV2 operation" in unlisted.stderr
