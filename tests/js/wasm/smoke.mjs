// The exports of the worker's module, as Node sees them. `CARNET_WASM` names the folder of the module.

import assert from "node:assert/strict";
import test from "node:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const worker = await import(pathToFileURL(join(process.env.CARNET_WASM, "carnet_worker.js")));

test("version is the one of the workspace", () => {
  assert.equal(worker.version(), process.env.CARNET_VERSION);
});

test("a made secret shows nothing", () => {
  assert.equal(worker.makeSecret(), "SymmetricKey(..)");
});
