"""Random values of botocore's shapes, and a comparison that knows what the AWS protocols cannot tell apart."""

import base64
import datetime as dt
import json
import random
import re
import string

from botocore.model import Shape

# Levels of structures, lists and maps after which only what is required is made.
DEPTH = 4
OPTIONAL_MEMBER_PROBABILITY = 0.7
ELEMENTS_MAX = 3
# Required members may nest this far below the asked depth before a shape counts as bottomless.
REQUIRED_DEPTH_MAX = 16
YEAR_1971_S, YEAR_2099_S = 31_536_000, 4_070_908_800
# Largest integers that every codec on the way holds exactly.
INTEGER_MAX, LONG_MAX = 2**31 - 1, 2**53 - 1
PLAIN = string.ascii_lowercase + string.digits
MIDDLE = [" ", "  ", "&", "<", ">", '"', "'", "%", "+", "=", "/", "\\", "é", "日本", "\U0001f600", "\u2028", "&amp;", "]]>"]


class Maker:
    """
    Makes inputs. Texts keep their least lengths and numbers their ranges, which botocore checks; patterns it does not. `known` is the
    other side's graph of shapes (`Wire.shapes`): of two models the newer one has members that the other cannot carry.
    """

    def __init__(self, rng: random.Random, known: dict | None = None, omit: frozenset[str] = frozenset()):
        self.rng = rng
        self.known = known
        self.omit = omit

    def input(self, operation):
        """A random input of an operation."""
        if operation.input_shape is None:
            return {}
        value = self.make(operation.input_shape)
        return self._shared(value, self.known["inputs"][operation.name]) if self.known else value

    def _shared(self, value, at: int):
        shape = self.known["shapes"][at]
        if isinstance(value, dict) and "members" in shape:
            return {name: self._shared(member, shape["members"][name]) for name, member in value.items() if name in shape["members"]}
        if isinstance(value, dict) and "element" in shape:
            return {name: self._shared(member, shape["element"]) for name, member in value.items()}
        if isinstance(value, list) and "element" in shape:
            return [self._shared(item, shape["element"]) for item in value]
        return value

    def make(self, shape: Shape, depth: int = DEPTH, place: str = "body"):
        if depth < -REQUIRED_DEPTH_MAX:
            raise RecursionError(f"{shape.name} requires itself without end")
        if getattr(shape, "is_document_type", False):
            return self._document(min(max(depth, 0), 2), top=True)
        return getattr(self, f"_{shape.type_name}")(shape, depth, place)

    def plain(self, least: int = 0, most: int = 12) -> str:
        return "".join(self.rng.choices(PLAIN, k=self.rng.randint(least, max(least, most))))

    def _structure(self, shape, depth, _place):
        if getattr(shape, "is_tagged_union", False):
            names = [name for name, member in shape.members.items() if not _streams(member)]
            name = min(names, key=lambda each: _steps(shape.members[each])) if depth <= 0 else self.rng.choice(names)
            return {name: self._member(shape.members[name], depth)}
        value = {}
        for name, member in shape.members.items():
            if _streams(member) or (name in self.omit and name not in shape.required_members):
                continue
            needed = (
                name in shape.required_members or member.metadata.get("idempotencyToken") or member.serialization.get("location") == "uri"
            )
            if needed or (depth > 0 and self.rng.random() < OPTIONAL_MEMBER_PROBABILITY):
                value[name] = self._member(member, depth)
                # A form cannot tell an empty structure from none, nor a body an empty text; what is required must be there.
                for level in range(1, REQUIRED_DEPTH_MAX):
                    if name not in shape.required_members or not (is_nothing(value[name]) or value[name] == ""):
                        break
                    value[name] = self._member(member, level)
        return value

    def _member(self, member, depth):
        location = member.serialization.get("location", "body")
        if member.serialization.get("jsonvalue"):
            # botocore writes the JSON of a header; in a body it takes the text.
            document = self._document(1, top=True)
            return document if location == "header" else json.dumps(document)
        if location == "headers":
            return {f"h{self.plain(1)}": self.plain(1) for _ in range(self.rng.randrange(ELEMENTS_MAX + 1))}
        if location == "querystring" and member.type_name == "map":
            listed = member.value.type_name == "list"
            texts = {f"q-{self.plain(1)}": self.plain(1) for _ in range(self.rng.randrange(ELEMENTS_MAX + 1))}
            return {name: [text, self.plain(1)] if listed else text for name, text in texts.items()}
        return self.make(member, depth - 1, location)

    def _list(self, shape, depth, place):
        least = shape.metadata.get("min", 0)
        count = max(least, 0 if depth <= 0 else self.rng.randint(1, ELEMENTS_MAX))
        return [self._element(shape.member, depth - 1, place) for _ in range(count)]

    def _map(self, shape, depth, place):
        count = max(shape.metadata.get("min", 0), 0 if depth <= 0 else self.rng.randint(1, ELEMENTS_MAX))
        least = max(1, shape.key.metadata.get("min", 1))
        return {f"k{self.plain(least)}{index}": self._element(shape.value, depth - 1, place) for index in range(count)}

    def _element(self, shape, depth, place):
        """An element always holds something: the query protocols have no way to say that there is an empty one."""
        value = self.make(shape, depth, place)
        for level in range(1, REQUIRED_DEPTH_MAX):
            if not is_nothing(value):
                break
            value = self.make(shape, level, place)
        return value

    def _string(self, shape, _depth, place):
        least = shape.metadata.get("min", 0)
        most = shape.metadata.get("max", 10**9)
        if place == "uri":
            # Also a valid bucket name.
            return f"{self.rng.choice('abz')}{self.plain(max(2, least - 1))}"
        if place != "body":
            return self.plain(max(1, least))
        if self.rng.random() < 0.1 and least == 0:
            return ""
        nasty = self.rng.choice(MIDDLE) + self.rng.choice(MIDDLE) if self.rng.random() < 0.5 else ""
        text = f"{self.plain(1)}{nasty}{self.plain(max(1, least))}"
        return text if len(text) <= most else text[:least] or self.plain(1, 1)

    def _integer(self, shape, _depth, _place, most=INTEGER_MAX):
        least = int(shape.metadata.get("min", -100))
        most = min(int(shape.metadata.get("max", most)), most)
        return self.rng.randint(least, most if self.rng.random() < 0.5 else max(least, min(most, least + 200)))

    def _long(self, shape, depth, place):
        return self._integer(shape, depth, place, LONG_MAX)

    def _double(self, shape, depth, place):
        least, most = shape.metadata.get("min", -1000), shape.metadata.get("max", 1000)
        return min(float(most), float(least) + self.rng.randrange(0, 64) / 64)

    _float = _double

    def _boolean(self, _shape, _depth, _place):
        return self.rng.random() < 0.5

    def _blob(self, shape, _depth, _place):
        return self.rng.randbytes(self.rng.randint(max(1, shape.metadata.get("min", 1)), 48))

    def _timestamp(self, _shape, _depth, _place):
        # botocore cuts off what is less than a second where the wire has epoch seconds.
        return dt.datetime.fromtimestamp(self.rng.randint(YEAR_1971_S, YEAR_2099_S), dt.timezone.utc)

    def _document(self, depth, top=False):
        kind = self.rng.randrange(6) if depth > 0 else self.rng.randrange(4)
        if top or kind == 5:
            return {f"k{self.plain(1)}": self._document(depth - 1) for _ in range(self.rng.randint(1, ELEMENTS_MAX))}
        if kind == 4:
            return [self._document(depth - 1) for _ in range(self.rng.randint(0, ELEMENTS_MAX))]
        return [self.plain(), self.rng.randint(-100, INTEGER_MAX), self.rng.random() < 0.5, self.rng.randrange(64) / 64][kind]


def _streams(shape) -> bool:
    return bool(shape.serialization.get("eventstream") or getattr(shape, "is_eventstream", False) or shape.serialization.get("event"))


def _steps(shape, seen=()) -> float:
    """How far it is to something that is no structure, list or map."""
    if shape.name in seen:
        return float("inf")
    seen = (*seen, shape.name)
    if shape.type_name == "structure":
        inner = list(shape.members.values())
    elif shape.type_name == "list":
        inner = [shape.member]
    elif shape.type_name == "map":
        inner = [shape.value]
    else:
        return 0
    return 1 + min((_steps(member, seen) for member in inner), default=float("inf"))


def canonical(value):
    """A value in the form that `tests/wire/serve.ts` writes."""
    if isinstance(value, dt.datetime):
        utc = value.astimezone(dt.timezone.utc)
        return {"$date": f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"}
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if hasattr(value, "read"):
        return canonical(value.read())
    if isinstance(value, dict):
        return {name: canonical(member) for name, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return float(value)


def is_nothing(value) -> bool:
    """Absent, null, no bytes, and structures, lists and maps that hold nothing: one and the same on the wire."""
    if value is None or value == b"" or value == {"$bytes": ""}:
        return True
    if isinstance(value, dict):
        return all(is_nothing(member) for name, member in value.items() if name != "ResponseMetadata")
    return isinstance(value, list) and all(is_nothing(item) for item in value)


def difference(a, b, at: str = ""):
    """The path of the first difference of two canonical values, with what differs; None when they are the same."""
    if is_nothing(a) and is_nothing(b):
        return None
    if isinstance(a, dict) and isinstance(b, dict):
        for name in sorted({*a, *b} - {"ResponseMetadata"}):
            found = difference(a.get(name), b.get(name), f"{at}.{name}" if at else name)
            if found:
                return found
        return None
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        pairs = enumerate(zip(a, b))
        return next((found for i, (x, y) in pairs if (found := difference(x, y, f"{at}[{i}]"))), None)
    same = a == b and isinstance(a, bool) == isinstance(b, bool)
    return None if same else f"{at or 'value'}: {a!r:.200} is not {b!r:.200}"


def without(value, names):
    """A structure less the members at these paths (`A`, `A.B`, `List.B`)."""
    for path in names:
        head, _, rest = path.partition(".")
        if isinstance(value, list):
            value = [without(item, [path]) for item in value]
        elif isinstance(value, dict) and head in value:
            value = {**value, head: without(value[head], [rest])} if rest else {k: v for k, v in value.items() if k != head}
    return value


def service_id(text: str) -> str | None:
    found = re.search(r'"serviceId"\s*:\s*"([^"]+)"', text)
    return found and found.group(1)
