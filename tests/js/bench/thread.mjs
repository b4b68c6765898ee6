// One worker of the benchmark: prepares its inputs, then does what it is told, as often as it is told.

import { parentPort, workerData } from "node:worker_threads";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Decrypter, Encrypter } from "age-encryption";
import sodium from "libsodium-wrappers";

const { FileKey, Identity, Opener, Sealer } = await import(pathToFileURL(join(workerData.module, "carnet_worker.js")));
await sodium.ready;

const { CONTENT, GRANTS_WRAPPED, GRANTS_OPENED, AGE_GRANTS } = workerData.sizes;
const CHUNK = 64 * 1024;
const content = new Uint8Array(CONTENT);
for (let at = 0; at < CONTENT; at += CHUNK) crypto.getRandomValues(content.subarray(at, at + CHUNK));

// Carnet.
const reader = Identity.make();
const recipient = reader.recipient();
const { payload, fileKey, contentLen } = sealed();
const grant = fileKey.wrap(recipient);

function seal(piece) {
  const sealer = Sealer.make();
  const pieces = [];
  for (let at = 0; at < CONTENT; at += piece) pieces.push(sealer.push(content.subarray(at, at + piece)));
  const end = sealer.finish();
  pieces.push(end.rest);
  return { pieces, end };
}

function sealed() {
  const { pieces, end } = seal(1 << 20);
  const { contentLen } = end;
  return { payload: new Uint8Array(Buffer.concat(pieces)), contentLen, fileKey: end.intoFileKey() };
}

function open(piece) {
  const opener = new Opener(fileKey, payload.subarray(0, 16), BigInt(payload.length), contentLen);
  let opened = 0;
  for (let at = 16; at < payload.length; at += piece) opened += opener.push(payload.subarray(at, at + piece)).length;
  opener.finish();
  if (opened !== CONTENT) throw new Error(`${opened} bytes opened`);
}

// age-encryption. It seals for the same hybrid recipients, in one pass over memory, without digests.
const encrypter = new Encrypter();
encrypter.addRecipient(recipient.toString());
const { identity } = workerData.age;
const decrypter = new Decrypter();
decrypter.addIdentity(identity);
const ageFile = await encrypterFor(1).encrypt(content);
const ageGrant = await encrypterFor(1).encrypt(new Uint8Array(0));
const ageGranter = encrypterFor(AGE_GRANTS);

function encrypterFor(count) {
  const encrypter = new Encrypter();
  for (let n = 0; n < count; n++) encrypter.addRecipient(workerData.age.recipient);
  return encrypter;
}

// libsodium: the cipher alone, chunk by chunk.
const key = sodium.crypto_aead_chacha20poly1305_ietf_keygen();
const nonce = new Uint8Array(12);
const sodiumChunks = sodiumSeal();

function sodiumSeal() {
  const chunks = [];
  for (let at = 0; at < CONTENT; at += CHUNK) {
    new DataView(nonce.buffer).setUint32(4, at / CHUNK);
    chunks.push(sodium.crypto_aead_chacha20poly1305_ietf_encrypt(content.subarray(at, at + CHUNK), null, null, nonce, key));
  }
  return chunks;
}

function sodiumOpen() {
  sodiumChunks.forEach((chunk, index) => {
    new DataView(nonce.buffer).setUint32(4, index);
    sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, chunk, null, nonce, key);
  });
}

const jobs = {
  "carnet seal 1": () => void seal(1 << 20).end.free(),
  "carnet seal 4": () => void seal(4 << 20).end.free(),
  "carnet open 1": () => open(1 << 20),
  "carnet open 4": () => open(4 << 20),
  "age seal": () => encrypter.encrypt(content),
  "age open": () => decrypter.decrypt(ageFile),
  "sodium seal": sodiumSeal,
  "sodium open": sodiumOpen,
  "carnet wrap": () => {
    for (let n = 0; n < GRANTS_WRAPPED; n++) fileKey.wrap(recipient);
  },
  "carnet unwrap": () => {
    for (let n = 0; n < GRANTS_OPENED; n++) FileKey.unwrap(grant, reader).free();
  },
  "age wrap": () => ageGranter.encrypt(new Uint8Array(0)),
  "age unwrap": async () => {
    for (let n = 0; n < AGE_GRANTS; n++) await decrypter.decryptHeader(ageGrant);
  },
};

parentPort.on("message", async (job) => {
  await jobs[job]();
  parentPort.postMessage("done");
});
parentPort.postMessage("ready");
