// The 143 CCTV vectors of age in WASM: each gives exactly its outcome, as in tests/tests/age_cctv.rs.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { inflateSync } from "node:zlib";
import * as files from "cctv-age";
import { worker } from "./worker.mjs";

const { Encoding, ForeignFile, Identities, Identity } = worker;

const vectors = Object.keys(files).sort().map(read);
const ofAge = (vector) => vector.armored || vector.passphrases.length > 0;

for (const vector of vectors) {
  test(vector.name, () => assert.deepEqual(open(vector), { class: vector.expect, released: vector.payload }));
}

test("all vectors were there", (context) => {
  const others = vectors.filter(ofAge).length;
  context.diagnostic(`${vectors.length - others} binary X25519 and hybrid vectors, ${others} armored and passphrase ones`);
  assert.deepEqual([vectors.length - others, others], [85, 58]);
});

function read(name) {
  const bytes = Buffer.from(files[name]);
  const end = bytes.indexOf("\n\n");
  const vector = { name, identities: [], passphrases: [], armored: false, payload: undefined, file: bytes.subarray(end + 2) };
  for (const line of bytes.subarray(0, end).toString().split("\n")) {
    const [, key, value] = line.match(/^(.*?): (.*)$/);
    if (key === "expect" || key === "payload") vector[key] = value;
    else if (key === "identity") vector.identities.push(value);
    else if (key === "passphrase") vector.passphrases.push(value);
    else if (key === "armored") vector.armored = value === "yes";
    else if (key === "compressed") vector.file = inflateSync(vector.file);
    else assert.ok(key === "file key" || key === "comment", key);
  }
  return vector;
}

function open(vector) {
  const encoding = vector.armored ? Encoding.Armored : Encoding.Binary;
  let file;
  try {
    if (vector.passphrases.length > 0) {
      file = ForeignFile.openWithPassphrase(vector.file, encoding, vector.passphrases[0], 16);
    } else {
      const identities = new Identities();
      for (const text of vector.identities) identities.add(Identity.parse(text));
      file = ForeignFile.open(vector.file, encoding, identities);
    }
  } catch (error) {
    return { class: classOfHeader(error.code), released: undefined };
  }
  const released = createHash("sha256");
  try {
    for (let piece = file.read(1 << 20); piece.length > 0; piece = file.read(1 << 20)) released.update(piece);
  } catch (error) {
    if (error.code === "foreign-armor") return { class: "armor failure", released: undefined };
    assert.match(error.code, /^(payload-|foreign-payload$)/);
    return { class: "payload failure", released: released.digest("hex") };
  }
  return { class: "success", released: released.digest("hex") };
}

function classOfHeader(code) {
  if (code === "foreign-armor") return "armor failure";
  if (code === "unwrap-mac") return "HMAC failure";
  if (code === "unwrap-no-match") return "no match";
  assert.match(code, /^(header-|unwrap-|foreign-(header|nonce|work-factor)$)/);
  return "header failure";
}
