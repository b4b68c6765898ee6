"""The facts of FHIR R4 resources (JSON), read without any code of Carnet's: see facts.md.

    python3 facts_fhir.py FILE...

prints one JSON line a file: {"file": ..., "facts": [{"path", "kind", "decides", "words"}]}; "facts" is null where
the file is no FHIR resource. Only the standard library is used.
"""

import base64
import datetime
import html.parser
import json
import re
import sys

DECIDING = {
    "status", "clinicalStatus", "verificationStatus", "docStatus", "criticality", "severity", "reaction",
    "interpretation", "dosage", "dosageInstruction", "component", "referenceRange", "conclusion",
    "conclusionCode", "doNotPerform", "dataAbsentReason", "valueQuantity", "valueCodeableConcept", "valueString",
    "valueBoolean", "valueInteger", "valueRange", "valueRatio", "valueTime", "valueDateTime", "valuePeriod",
}
# How a resource is kept and carried, not what is known of the patient.
TECHNICAL = {"resourceType", "id", "language", "fullUrl"}
CARRIED = {"link", "search", "request"}
INSIDE = {"data"}


class Number(str):
    """A number as it is written."""


class Plain(html.parser.HTMLParser):
    """The lines of a narrative."""

    def __init__(self):
        super().__init__()
        self.lines, self.images, self.hidden, self.raised = [""], 0, 0, False
        self.kept = False

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style"):
            self.hidden += 1
        self.raised, self.kept = tag == "sup", self.kept or tag == "pre"
        if tag == "img":
            self.images += 1
        if tag in ("p", "div", "br", "li", "ul", "ol", "tr", "table", "hr") or re.fullmatch("h[1-6]", tag):
            self.lines.append("")
        elif tag in ("td", "th"):
            self.lines[-1] += " "

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.hidden -= 1
        self.kept = self.kept and tag != "pre"

    def handle_data(self, data):
        if not self.hidden:
            # 10 to the ninth is not 109.
            data = data if self.kept else data.replace("\n", " ")
            self.lines[-1] += ("^" if self.raised and data[:1] in "-0123456789" else "") + data
        self.raised = False


def words(text):
    return re.findall(r"[^\W_]+", text.lower())


def dated(text):
    """A time on the clock of UTC, as far as the minute; a day as it is."""
    whole = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", text)
    if not whole:
        return text
    at = datetime.datetime.fromisoformat(whole[1])
    if whole[4] and whole[4] != "Z":
        sign = -1 if whole[4][0] == "-" else 1
        at -= sign * datetime.timedelta(hours=int(whole[4][1:3]), minutes=int(whole[4][4:6]))
    return at.strftime("%Y-%m-%d %H:%M")


class Reader:
    def __init__(self, root):
        self.facts, self.targets, self.subject = [], set(), None
        self.find(root)

    def find(self, value):
        """What references may lead to, and whom the document is about."""
        entries = value.get("entry") if isinstance(value, dict) else None
        for entry in [e for e in entries or [] if isinstance(e, dict)]:
            resource = entry.get("resource") or {}
            self.targets.add(entry.get("fullUrl"))
            self.targets.add("%s/%s" % (resource.get("resourceType"), resource.get("id")))
            self.targets.add("#%s" % resource.get("id"))
        resources = [value] + [e.get("resource") or {} for e in entries or [] if isinstance(e, dict)]
        for resource in resources:
            subject = resource.get("subject") or resource.get("patient")
            if isinstance(subject, dict) and not self.subject:
                self.subject = subject

    def add(self, path, kind, text):
        found = words(text)
        if found:
            decides = kind != "narrative" and kind != "inside" and any(name in DECIDING for name in path)
            self.facts.append({"path": ".".join(path), "kind": kind, "decides": decides, "words": found})

    def leads(self, reference):
        target = str(reference.get("reference"))
        tail = "/".join(target.split("/_history/")[0].split("/")[-2:])
        return target in self.targets or tail in self.targets or target.startswith("#")

    def hidden(self, members, name, path):
        """Leaves that are addresses, codes for machines beside their words, or said already."""
        has = members.__contains__
        coding = has("code") and (has("system") or has("display"))
        return (
            name in TECHNICAL
            or (name == "system" and (has("code") or has("value") or has("display")))
            or (name in ("version", "userSelected") and coding)
            or (name == "code" and (has("display") or (has("unit") and has("value"))))
            or (name == "code" and members.get(name) == "1" and has("value"))
            or (name == "reference" and (has("display") or has("identifier") or self.leads(members)))
            or (name == "type" and (has("reference") or has("display") or has("identifier")))
            or (name in ("hash", "size") and has("contentType"))
            or (name == "rank" and has("value"))
            or (name == "use" and members[name] in ("official", "usual") and (has("family") or has("given")))
            or (name == "use" and has("value") and path[-1:] == ["identifier"])
            or (name == "url" and any(k == "extension" or k.startswith("value") for k in members))
        )

    def walk(self, value, path, own):
        if isinstance(value, list):
            for one in value:
                self.walk(one, path, own)
        elif isinstance(value, dict):
            self.members(value, path, own)
        elif isinstance(value, bool):
            self.add(path, "coded", "true" if value else "false")
        elif isinstance(value, Number):
            self.add(path, "quantified", value)
        elif isinstance(value, str):
            name = path[-1] if path else ""
            if name in INSIDE or name.endswith("Base64Binary"):
                self.facts.append({"path": ".".join(path), "kind": "inside", "decides": False, "words": []})
            else:
                at = dated(value)
                self.add(path, "dated" if re.match(r"\d{4}(-\d\d)", value) else "text", at)

    def members(self, members, path, own):
        kind = members.get("resourceType")
        if kind:
            own = members
        if "data" in members and str(members.get("contentType")).split(";")[0] == "text/plain":
            text = base64.b64decode(members["data"]).decode("utf-8", "replace")
            members = {k: v for k, v in members.items() if k != "data"}
            for line in text.splitlines():
                self.add(path + ["data"], "narrative", line)
        if "coding" in members:
            members = self.concept(members)
        for name, value in members.items():
            here = path + [name]
            if name == "text" and isinstance(value, dict) and "div" in value:
                self.narrative(value, here, members if kind else None)
                self.walk({k: v for k, v in value.items() if k not in ("div", "status")}, here, own)
            elif name == "meta" and kind:
                self.walk({k: v for k, v in value.items() if k in ("security", "tag")}, here, own)
            elif name in CARRIED and (kind == "Bundle" or path[-1:] == ["entry"]):
                continue
            elif name == "response" and path[-1:] == ["entry"]:
                self.walk(value.get("outcome"), here, own)
            elif name in ("subject", "patient") and kind and self.is_subject(value):
                continue
            elif name == "code" and path and path[-1] == "section" and members.get("title"):
                continue
            elif isinstance(value, (dict, list)) or not self.hidden(members, name, path):
                self.walk(value, here, own)

    def concept(self, members):
        """A concept without the names that another of its names has already."""
        known, codings = words(str(members.get("text", ""))), []
        for coding in members["coding"] if isinstance(members["coding"], list) else [members["coding"]]:
            coding = dict(coding) if isinstance(coding, dict) else coding
            for name in ("display", "code"):
                new = words(str(coding.get(name, ""))) if isinstance(coding, dict) else []
                if new and " %s " % " ".join(new) in " %s " % " ".join(known) and (name == "display" or "display" not in coding):
                    coding = {k: v for k, v in coding.items() if k not in (name, "code", "system", "version", "userSelected")}
                elif name == "display" or not (isinstance(coding, dict) and "display" in coding):
                    known = known + ["|"] + new
            codings.append(coding)
        return {**members, "coding": codings}

    def is_subject(self, value):
        if not isinstance(value, dict) or not self.subject or set(value) - {"reference", "display", "type"}:
            return False
        same = value.get("reference") == self.subject.get("reference") or (self.leads(value) and self.leads(self.subject))
        return same and value.get("display") in (None, self.subject.get("display"))

    def narrative(self, text, path, resource):
        plain = Plain()
        plain.feed(text["div"])
        known = set()
        if resource is not None and text.get("status") == "generated":
            rest = {k: v for k, v in resource.items() if k != "text"}
            known = set(words(json.dumps(rest, ensure_ascii=False))) | {"generated", "narrative", "resource"}
        for line in plain.lines:
            if set(words(line)) - known:
                self.add(path, "narrative", line)
        for _ in range(plain.images):
            self.facts.append({"path": ".".join(path), "kind": "inside", "decides": False, "words": []})


def read(path):
    try:
        with open(path, encoding="utf-8-sig") as file:
            root = json.load(file, parse_float=Number, parse_int=Number)
    except ValueError:
        return None
    if not isinstance(root, dict) or "resourceType" not in root:
        return None
    reader = Reader(root)
    reader.walk(root, [], root)
    return reader.facts


for path in sys.argv[1:]:
    print(json.dumps({"file": path, "facts": read(path)}, ensure_ascii=False))
