"""What the README and the service pages tell people to paste, pasted: only the port is another."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import COMMAND_SECONDS_MAX, ROOT, Stack

PRINTED_ENDPOINT = "http://127.0.0.1:4566"
BLOCK = re.compile(r"^```(sh|python|js)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Packages that do not come with the SDK, or with what is said in the text around the block.
NOT_ALONE = re.compile(r"from 'outcrop'|npm |npx ")


def blocks():
    """The blocks that speak to a running stack, each with where it stands."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for found in BLOCK.finditer(page.read_text()):
            language, text = found.groups()
            speaks = re.search({"sh": r"^aws ", "python": r"boto3|langchain_aws", "js": r"from '@aws-sdk/"}[language], text, re.MULTILINE)
            if speaks and not NOT_ALONE.search(text):
                line = page.read_text()[: found.start()].count("\n") + 2
                yield pytest.param(language, text, id=f"{page.relative_to(ROOT)}:{line}")


# A comment of what to run in between.
MEANWHILE = re.compile(r"^// outcrop (clock advance \w+)$", re.MULTILINE)


def run(outcrop: Stack, language: str, text: str) -> str:
    command = {
        "sh": ["bash", "-euo", "pipefail", "-c"],
        "python": [sys.executable, "-c"],
        "js": ["node", "--input-type=module", "-e"],
    }[language]
    env = {**outcrop.env, "PATH": f"{Path(sys.executable).parent}:{outcrop.env['PATH']}"}
    text = text.replace(PRINTED_ENDPOINT, outcrop.endpoint)
    if "Date.now()" in text:
        # Another page's example may have moved the stack's clock.
        subprocess.run(["node", "dist/cli/outcrop.js", "clock", "reset"], cwd=ROOT, env=env, check=True, capture_output=True)
    if language == "js":
        text = MEANWHILE.sub(r"(await import('node:child_process')).execSync('node dist/cli/outcrop.js \1');", text)
    done = subprocess.run([*command, text], cwd=ROOT, env=env, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("language", "text"), list(blocks()))
def test_what_the_pages_say_can_be_pasted(outcrop: Stack, language: str, text: str):
    run(outcrop, language, text)


def test_the_readme_shows_the_cli_and_python():
    shown = {block.values[0] for block in blocks() if block.id.startswith("README.md")}
    assert {"sh", "python"} <= shown


def test_the_readme_s_answers_are_those_of_its_texts(outcrop: Stack):
    """The facts are changed, so that only an answer computed from them can be right."""
    [python] = [block.values[1] for block in blocks() if block.id.startswith("README.md") and block.values[0] == "python"]
    assert "Tuesday" in run(outcrop, "python", python)
    assert "Saturday" in run(outcrop, "python", python.replace("Tuesday", "Saturday"))


def test_the_example_answers_from_the_documents_that_lie_there(outcrop: Stack, rng, tmp_path: Path):
    folder = tmp_path / "example"
    shutil.copytree(ROOT / "examples/ask-your-documents", folder, ignore=shutil.ignore_patterns("node_modules"))
    handbook = folder / "documents/handbook.md"
    days = re.search(r"(\d+) days of paid annual leave", handbook.read_text()).group(1)
    other = str(rng.choice([number for number in range(31, 99) if str(number) != days]))
    handbook.write_text(handbook.read_text().replace(f"{days} days of paid annual leave", f"{other} days of paid annual leave"))
    done = subprocess.run(
        [sys.executable, "ask.py"], cwd=folder, env=outcrop.env, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX
    )
    assert done.returncode == 0, done.stderr
    answers = done.stdout.split("\n? ")[1:]
    assert len(answers) == 5
    assert f"{other} days" in answers[0]
