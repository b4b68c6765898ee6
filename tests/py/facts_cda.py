"""Facts of CDA documents (see facts_cda.md), read with lxml: shares no code with Carnet.

Usage: facts_cda.py FILE...  Prints one JSON object a file: {"file", "facts": [{"section", "kind", "decides", "path", "any"}]}.
`section` counts sections from 0 in the order of the document, -1 is the header. A fact is shown where all words of one of the
lists in `any` stand in its section.
"""

import json
import re
import sys
from datetime import datetime, timedelta

from lxml import etree

V3 = "{urn:hl7-org:v3}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
MACHINE = {"id", "templateId", "typeId", "realmCode", "setId", "versionNumber", "languageCode", "sequenceNumber",
           "independentInd", "seperatableInd"}
DECIDES = {
    "value", "interpretationCode", "referenceRange", "statusCode", "doseQuantity", "rateQuantity", "maxDoseQuantity",
    "routeCode", "period", "lotNumberText",
}
TIMES = {"effectiveTime", "time", "birthTime", "expirationTime", "low", "high", "center", "signatureTime", "comp", "phase"}
UNSAID = {"value", "interpretationCode", "doseQuantity", "rateQuantity", "routeCode"}
STATEMENTS = {
    "act", "encounter", "observation", "observationMedia", "organizer", "procedure", "regionOfInterest",
    "substanceAdministration", "supply",
}


def local(element):
    return etree.QName(element).localname


def lines(text):
    return " ".join((text or "").split())


def dates(value):
    """The day as written, and as UTC has it; without a day the year or month."""
    digits = re.match(r"\d+", value)
    digits = digits.group(0) if digits else ""
    if len(digits) < 4:
        return [value]
    day = "-".join(part for part in (digits[:4], digits[4:6], digits[6:8]) if part)
    found = [day]
    zone = re.search(r"([+-])(\d\d)(\d\d)$", value)
    if zone and len(digits) >= 12:
        moment = datetime.strptime(digits[:12], "%Y%m%d%H%M")
        shift = timedelta(hours=int(zone.group(2)), minutes=int(zone.group(3)))
        moment = moment - shift if zone.group(1) == "+" else moment + shift
        found.append(moment.strftime("%Y-%m-%d"))
    if len(digits) >= 8:
        found.append(f"{digits[6:8]}/{digits[4:6]}/{digits[:4]}")
    return found


def is_time(element):
    if element.get(XSI, "").endswith("TS"):
        return True
    if local(element) in TIMES:
        up = element
        while up is not None:
            if local(up) in {"effectiveTime", "time", "birthTime", "expirationTime", "signatureTime"} or up.get(XSI, "").endswith("TS"):
                return True
            up = up.getparent()
    return False


def tells_of_the_entry(status):
    """A status "completed" that says only that the entry was written to its end."""
    statement = status.getparent()
    if status.get("code") != "completed" or local(statement) not in STATEMENTS:
        return False
    took_place = statement.get("moodCode", "EVN") == "EVN"
    ended = statement.find(f"{V3}effectiveTime/{V3}high[@value]") is not None
    over = local(statement) in {"procedure", "encounter", "supply"} or (local(statement) == "act" and ended)
    return not (took_place and over)


def leaf(element, section, out):
    """The facts that an element itself states."""
    name = local(element)
    path = [local(up) for up in element.iterancestors()][::-1][-6:] + [name]
    decides = any(part in DECIDES for part in path)

    def add(kind, *alternatives, deciding=decides):
        found = [[word for word in words if word] for words in alternatives]
        out.append({"section": section, "kind": kind, "decides": deciding, "path": "/".join(path), "any": found})

    if name in STATEMENTS:
        if element.get("negationInd") == "true":
            add("negation", ["negated true"], deciding=True)
        mood = element.get("moodCode", "EVN")
        if mood not in {"EVN", "EVN.CRT"}:
            add("mood", [f"mood {mood}"], deciding=True)
        if element.get("nullFlavor"):
            add("absence", ["absent " + element.get("nullFlavor")], deciding=True)
    original = element.find(V3 + "originalText")
    inline = lines("".join(original.itertext())) if original is not None else ""
    if element.get("representation") == "B64":
        add("inside", [element.get("mediaType", "text/plain").split("/")[-1].upper()[:3]], deciding=False)
        return
    if name == "statusCode" and tells_of_the_entry(element):
        return
    if name == "statusCode" and element.get("code"):
        add("status", ["status " + element.get("code")] if section >= 0 else [element.get("code")], deciding=True)
    elif element.get("displayName"):
        words = [lines(element.get("displayName"))]
        add("coded", words, [inline] if inline else words)
    elif element.get("code"):
        add("coded", [lines(element.get("code"))])
    elif inline:
        add("coded", [inline])
    elif element.get("value") is not None and name not in {"reference", "telecom"}:
        value = lines(element.get("value"))
        unit = element.get("unit")
        if is_time(element) and unit is None:
            add("dated", *[[day] for day in dates(value)])
        else:
            comma = value.replace(".", ",")
            unit = unit if unit and unit != "1" else ""
            add("quantified", [f"{value} {unit}".strip()], [f"{comma} {unit}".strip()], [f"{comma}{unit}".strip()])
    elif name == "telecom" and element.get("value"):
        add("telecom", [re.sub(r"^(tel|mailto|fax):", "", lines(element.get("value")))])
    elif element.get("nullFlavor") and name in UNSAID and local(element.getparent()) in STATEMENTS and not lines("".join(element.itertext())):
        if not any(child.get("value") or child.get("code") for child in element.iter() if isinstance(child.tag, str)):
            add("absence", ["nullFlavor " + element.get("nullFlavor")], deciding=True)
    text = lines(element.text)
    if text and name not in {"originalText"}:
        add("text", text.split())


def narrative(text, section, out):
    for node in text.iter():
        if not isinstance(node.tag, str):
            continue
        for piece in (node.text, node.tail if node is not text else None):
            if lines(piece):
                out.append({"section": section, "kind": "narrative", "decides": True, "path": "text", "any": [lines(piece).split()]})


def walk(element, section, out):
    for child in element:
        if not isinstance(child.tag, str) or local(child) in MACHINE:
            continue
        leaf(child, section, out)
        if child.get("representation") != "B64":
            walk(child, section, out)


def facts(root):
    out = []
    for child in root:
        if isinstance(child.tag, str) and local(child) not in MACHINE | {"component"}:
            leaf(child, -1, out)
            walk(child, -1, out)
    for number, section in enumerate(root.iter(V3 + "section")):
        for text in section.findall(V3 + "text"):
            narrative(text, number, out)
        title = section.find(V3 + "title")
        if title is not None and lines("".join(title.itertext())):
            out.append({"section": number, "kind": "narrative", "decides": True, "path": "title", "any": [lines("".join(title.itertext())).split()]})
        for entry in section.findall(V3 + "entry"):
            walk(entry, number, out)
    body = root.find(f"{V3}component/{V3}nonXMLBody/{V3}text")
    if body is not None:
        kind = body.get("mediaType", "text/plain").split("/")[-1].upper()[:3]
        words = [kind] if body.get("representation") == "B64" else lines("".join(body.itertext())).split()
        out.append({"section": -1, "kind": "inside", "decides": False, "path": "nonXMLBody", "any": [words]})
    return out


def main():
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for name in sys.argv[1:]:
        root = etree.parse(name, parser).getroot()
        if root.tag != V3 + "ClinicalDocument":
            root = root.find(f".//{V3}ClinicalDocument")
        print(json.dumps({"file": name, "facts": facts(root) if root is not None else None}))


main()
