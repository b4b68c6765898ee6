// The exports of the worker's module, as Node sees them. `CARNET_WASM` names the folder of the module.

import assert from "node:assert/strict";
import test from "node:test";
import { worker } from "./worker.mjs";

const { FileKey, Identities, Identity, Opener, Recipient, Sealer } = worker;

test("version is the one of the workspace", () => {
  assert.equal(worker.version(), process.env.CARNET_VERSION);
});

test("nothing that JavaScript can read off a handle is a key", () => {
  const names = [FileKey, Identities, Identity].flatMap((handle) => Object.getOwnPropertyNames(handle.prototype));
  const known = ["__destroy_into_raw", "add", "constructor", "free", "recipient", "wrap"];
  assert.deepEqual(names.filter((name) => !known.includes(name)), []);
  assert.deepEqual(Object.keys(Identity.make()).filter((name) => name !== "__wbg_ptr"), []);
});

test("content sealed in pieces opens for a granted reader, and for no other", () => {
  const [reader, other] = [Identity.make(), Identity.make()];
  const content = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 7 + (i >> 8)) % 256);
  const { payload, sealed } = seal(content, 1_000_003);
  const { contentLen } = sealed;
  assert.deepEqual([contentLen, sealed.payloadLen], [BigInt(content.length), BigInt(payload.length)]);
  const grant = sealed.intoFileKey().wrap(reader.recipient());
  assert.equal(grant.length, 1627);
  assert.throws(() => FileKey.unwrap(grant, other), { code: "unwrap-no-match" });

  const fileKey = FileKey.unwrap(grant, reader);
  const opener = new Opener(fileKey, payload.subarray(0, 16), BigInt(payload.length), contentLen);
  const opened = [];
  for (let at = 16; at < payload.length; at += 1_000_000) {
    opened.push(opener.push(payload.subarray(at, at + 1_000_000)));
  }
  opener.finish();
  assert.ok(Buffer.concat(opened).equals(content));
});

test("payload that was changed or cut is refused with its code", () => {
  const { payload, sealed } = seal(new Uint8Array(200_000), 200_000);
  const { contentLen } = sealed;
  const fileKey = sealed.intoFileKey();
  const open = () => new Opener(fileKey, payload.subarray(0, 16), BigInt(payload.length), contentLen);
  const cut = open();
  cut.push(payload.subarray(16, payload.length - 1));
  assert.throws(() => cut.finish(), { code: "payload-truncated" });
  payload[100_000] ^= 1;
  assert.throws(() => open().push(payload.subarray(16)), { code: "payload-chunk" });
});

test("recipient round trips as text, and text that is none is refused with its code", () => {
  const text = Identity.make().recipient().toString();
  assert.equal(Recipient.parse(text).toString(), text);
  assert.throws(() => Recipient.parse("age1pq1"), { name: "Error", code: "recipient-text" });
  assert.throws(() => Identity.parse(text), { code: "identity-text" });
});

function seal(content, size) {
  const sealer = Sealer.make();
  const payload = [];
  for (let at = 0; at < content.length; at += size) payload.push(sealer.push(content.subarray(at, at + size)));
  const sealed = sealer.finish();
  return { payload: Buffer.concat([...payload, sealed.rest]), sealed };
}
