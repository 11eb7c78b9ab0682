"""Reads facts about AWS operations out of botocore's service models and prints them as JSON.

Usage: generate.py <sdk-client-name>...   prints {"<sdk-client-name>": <facts>, ...}

Facts only: lengths, ranges, patterns, enum members, required members, idempotency tokens, deprecations and the
errors of each operation. No documentation text is read. Only shapes that an operation's input can reach, and that
constrain something, are kept. The format is described in src/protocol/constraints/data.ts.
"""

import json
import pathlib
import sys

import botocore
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

EXCEPTIONS = json.loads((pathlib.Path(__file__).parent / "exceptions.json").read_text())
NUMBERS = {"integer": "integer", "long": "integer", "float": "float", "double": "float"}
SIMPLE = {"string": "string", "blob": "blob", **NUMBERS}


def sdk_client_name(service_id):
    """The name that the JavaScript SDK gives a client, from the id that both kinds of model carry."""
    return service_id.lower().replace(" ", "-")


def load_model(client):
    """The latest service model of an SDK client. The directory mostly has the client's name; if not, all are searched."""
    loader = Loader()
    try:
        model = loader.load_service_model(client, "service-2")
        if sdk_client_name(model["metadata"]["serviceId"]) == client:
            return client, model
    except UnknownServiceError:
        pass
    for name in loader.list_available_services("service-2"):
        model = loader.load_service_model(name, "service-2")
        if sdk_client_name(model["metadata"]["serviceId"]) == client:
            return name, model
    raise SystemExit(f"generate.py: botocore {botocore.__version__} has no service with the client name {client!r}")


class Service:
    def __init__(self, client):
        self.client = client
        self.directory, self.model = load_model(client)
        self.shapes = self.model["shapes"]
        self.open_enums = EXCEPTIONS["openEnums"].get(client, {})
        self.dropped_patterns = EXCEPTIONS["dropPatterns"].get(client, {})
        for name in [*self.open_enums, *self.dropped_patterns]:
            if name not in self.shapes:
                raise SystemExit(f"generate.py: exceptions.json names {client} shape {name!r}, which the model does not have")
        self.sensitive_memo = {}

    def references(self, shape):
        """The names of the shapes that a shape is made of."""
        members = [member["shape"] for member in shape.get("members", {}).values()]
        return members + [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]

    def reach(self, roots):
        """Every shape that can be reached from some shapes."""
        seen, todo = set(), list(roots)
        while todo:
            name = todo.pop()
            # The events of a stream are no part of the input that is checked when the call comes in.
            if name not in seen and not self.shapes[name].get("eventstream"):
                seen.add(name)
                todo.extend(self.references(self.shapes[name]))
        return seen

    def hides(self, name):
        """Whether a value of the shape holds something sensitive anywhere, so that it may not be printed."""
        if name not in self.sensitive_memo:
            self.sensitive_memo[name] = any(self.shapes[inner].get("sensitive") for inner in self.reach([name]))
        return self.sensitive_memo[name]

    def own_facts(self, name):
        """What a shape says about its own values, without what it is made of."""
        shape = self.shapes[name]
        facts = {}
        if shape["type"] in SIMPLE or shape["type"] in ("list", "map"):
            if shape["type"] == "blob" and (shape.get("streaming") or shape.get("requiresLength")):
                return facts
            for fact in ("min", "max"):
                if fact in shape:
                    facts[fact] = shape[fact]
            if "pattern" in shape and name not in self.dropped_patterns:
                facts["pattern"] = shape["pattern"]
            if "enum" in shape and name not in self.open_enums:
                facts["enum"] = shape["enum"]
        if shape["type"] == "structure":
            members = shape.get("members", {})
            lists = {
                "required": [m for m in members if m in set(shape.get("required", []))],
                "idempotencyTokens": [m for m in members if members[m].get("idempotencyToken")],
                "deprecated": [m for m in members if members[m].get("deprecated")],
            }
            facts.update({key: names for key, names in lists.items() if names})
        return facts

    def constrained(self, reachable):
        """The shapes that constrain something, themselves or through what they are made of."""
        kept = {name for name in reachable if self.own_facts(name)}
        grown = True
        while grown:
            more = {name for name in reachable - kept if any(r in kept for r in self.references(self.shapes[name]))}
            grown = bool(more)
            kept |= more
        return kept

    def shape_facts(self, name, kept):
        shape = self.shapes[name]
        facts = {"type": SIMPLE.get(shape["type"], shape["type"]), **self.own_facts(name)}
        if shape["type"] == "structure":
            members = {
                member: target["shape"]
                for member, target in shape.get("members", {}).items()
                if target["shape"] in kept and not target.get("streaming")
            }
            if members:
                facts["members"] = members
            return facts
        for part in ("member", "key", "value"):
            if part in shape and shape[part]["shape"] in kept:
                facts[part] = shape[part]["shape"]
        if self.hides(name):
            facts["sensitive"] = True
        return facts

    def error_facts(self, name):
        """An error's HTTP status, its code on the wire where it is not the shape's name, and whose fault it is."""
        shape = self.shapes[name]
        error = shape.get("error", {})
        server = bool(shape.get("fault")) or error.get("httpStatusCode", 400) >= 500
        facts = {"status": error.get("httpStatusCode", 500 if server else 400), "fault": "server" if server else "client"}
        if error.get("code", name) != name:
            facts["code"] = error["code"]
        return facts

    def facts(self):
        operations = self.model["operations"]
        kept = self.constrained(self.reach(op["input"]["shape"] for op in operations.values() if "input" in op))
        table = {}
        for name in sorted(operations):
            operation = operations[name]
            entry = {}
            if operation.get("input", {}).get("shape") in kept:
                entry["input"] = operation["input"]["shape"]
            if operation.get("errors"):
                entry["errors"] = [error["shape"] for error in operation["errors"]]
            if operation.get("deprecated"):
                entry["deprecated"] = True
            table[name] = entry
        errors = {name for name, shape in self.shapes.items() if shape.get("exception")}
        return {
            "source": f"botocore {botocore.__version__} {self.directory} {self.model['metadata']['apiVersion']}",
            "operations": table,
            "errors": {name: self.error_facts(name) for name in sorted(errors)},
            "shapes": {name: self.shape_facts(name, kept) for name in sorted(kept)},
        }


if __name__ == "__main__":
    json.dump({client: Service(client).facts() for client in sys.argv[1:]}, sys.stdout, ensure_ascii=False)
