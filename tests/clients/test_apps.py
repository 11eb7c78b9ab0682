"""An app that was exported as a Python program does what the app does."""

import base64
import json
import subprocess
import sys
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import COMMAND_SECONDS_MAX


def ask(outcrop, method: str, path: str, body=None) -> bytes:
    """Asks the management API as the root."""
    url = f"{outcrop.endpoint}/_outcrop/{path}"
    data = None if body is None else json.dumps(body).encode()
    request = AWSRequest(method, url, data=data)
    SigV4Auth(Credentials("test", "test"), "outcrop", "us-east-1").add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=dict(request.headers), method=method)) as answer:
        return answer.read()


def test_an_exported_app_reads_documents_and_answers_as_the_app_does(outcrop, tmp_path):
    words = {"width": "half", "model": "amazon.nova-lite-v1:0", "temperature": 0, "maxTokens": 200}
    widgets = [
        {"id": "t", "kind": "text", "title": "Reply", "prompt": "@Question\n\n@[My guide]", **words},
        {"id": "s", "kind": "text", "title": "In short", "prompt": "Summarize this in one sentence: @Note", **words},
        {"id": "d", "kind": "document", "title": "My guide", "width": "half"},
        {"id": "q", "kind": "input", "title": "Question", "width": "half", "placeholder": "", "value": "When does the museum open?"},
        {"id": "n", "kind": "static", "title": "Note", "width": "half", "text": 'Chalk is "soft". Granite is hard: \\ 100 %.'},
    ]
    app = json.loads(ask(outcrop, "POST", "apps", {"title": "Guide", "description": "100 % of it", "widgets": widgets}))
    guide = tmp_path / "guide.txt"
    guide.write_text("The museum opens at 9:30 on Sundays. The cafe closes at five.")
    (tmp_path / "app.py").write_text(json.loads(ask(outcrop, "GET", f"apps/{app['id']}/code?language=python"))["code"])
    command = [sys.executable, str(tmp_path / "app.py"), "--my-guide", str(guide)]
    done = subprocess.run(command, capture_output=True, text=True, env=outcrop.env, timeout=COMMAND_SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr

    values = {"d": {"document": {"name": "guide.txt", "format": "txt", "base64": base64.b64encode(guide.read_bytes()).decode()}}}
    outputs = {}
    for widget in ("t", "s"):
        lines = ask(outcrop, "POST", f"apps/{app['id']}/run", {"widget": widget, "values": values}).splitlines()
        outputs[widget] = "".join(json.loads(line).get("text", "") for line in lines)
    assert "9:30" in outputs["t"]
    assert done.stdout == f"## Reply\n{outputs['t']}\n## In short\n{outputs['s']}\n"
