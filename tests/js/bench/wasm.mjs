// Benchmarks of Carnet's worker in WASM against age-encryption and libsodium, in threads of Node. Prints tables for
// docs/benchmarks-wasm.md. `CARNET_WASM` names the folder of the module; `CARNET_ROUNDS` is 7 where it is not given.
//
// All in memory; in each round every contender runs once with one thread and once with two, in turn. Medians; of
// content also the best, since other work on the machine only ever takes time away.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { generateHybridIdentity, identityToRecipient } from "age-encryption";

const MIB = 1 << 20;
const sizes = { CONTENT: 32 * MIB, GRANTS_WRAPPED: 2_000, GRANTS_OPENED: 10_000, AGE_GRANTS: 20 };
const rounds = Number(process.env.CARNET_ROUNDS ?? 7);
const module = process.env.CARNET_WASM;
const identity = await generateHybridIdentity();
const age = { identity, recipient: await identityToRecipient(identity) };

const threads = await Promise.all([start(), start()]);
const content = {
  "carnet seal 1": "Carnet seal, with both BLAKE3 digests, pieces of 1 MiB",
  "carnet seal 4": "Carnet seal, with both BLAKE3 digests, pieces of 4 MiB",
  "age seal": "age-encryption encrypt",
  "sodium seal": "libsodium ChaCha20-Poly1305, chunks of 64 KiB",
  "carnet open 1": "Carnet open, pieces of 1 MiB",
  "carnet open 4": "Carnet open, pieces of 4 MiB",
  "age open": "age-encryption decrypt",
  "sodium open": "libsodium ChaCha20-Poly1305, chunks of 64 KiB",
};
const grants = {
  "carnet wrap": ["Carnet wrap", sizes.GRANTS_WRAPPED],
  "age wrap": ["age-encryption, one more recipient", sizes.AGE_GRANTS],
  "carnet unwrap": ["Carnet unwrap", sizes.GRANTS_OPENED],
  "age unwrap": ["age-encryption, header opened", sizes.AGE_GRANTS],
};

const before = loadavg()[0];
const seconds = await measure([...Object.keys(content), ...Object.keys(grants)]);
for (const thread of threads) await thread.terminate();

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0].model.trim()}, ${rounds} rounds, \
load ${before.toFixed(1)} before and ${loadavg()[0].toFixed(1)} after.\n`);
table(["32 MiB in memory, MB/s", "one worker", "best", "two workers", "best"]);
for (const [job, name] of Object.entries(content)) {
  const speed = (count, rank) => ((count * sizes.CONTENT) / 1e6 / seconds(job, count, rank)).toFixed(0);
  row([name, ...[1, 2].flatMap((count) => [speed(count), speed(count, 0)])]);
}
console.log();
table(["hybrid grants", "ms each", "all", "ms each, two workers"]);
for (const [job, [name, count]] of Object.entries(grants)) {
  const [one, two] = [1, 2].map((workers) => seconds(job, workers));
  const all = `${count.toLocaleString("en")} in ${one.toFixed(2)} s`;
  row([name, ((one / count) * 1e3).toFixed(3), all, ((two / count / 2) * 1e3).toFixed(3)]);
}
console.log();
table(["module", "bytes", "gzip -9", "brotli -11"]);
const wasm = readFileSync(join(module, "carnet_worker_bg.wasm"));
const packed = [gzipSync(wasm, { level: 9 }), brotliCompressSync(wasm)];
row(["carnet_worker_bg.wasm", ...[wasm, ...packed].map((bytes) => bytes.length.toLocaleString("en"))]);

/** Runs every job in every round; gives the seconds of a job with 1 or 2 workers, by rank: the median, or 0 for the best. */
async function measure(jobs) {
  const times = new Map(jobs.flatMap((job) => [1, 2].map((count) => [`${job} x${count}`, []])));
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const job of jobs) {
      for (const count of [1, 2]) {
        const start = performance.now();
        await Promise.all(threads.slice(0, count).map((thread) => run(thread, job)));
        if (round > 0) times.get(`${job} x${count}`).push((performance.now() - start) / 1e3);
      }
    }
  }
  const half = Math.floor(rounds / 2);
  return (job, count, rank = half) => times.get(`${job} x${count}`).sort((a, b) => a - b)[rank];
}

async function start() {
  const thread = new Worker(new URL("thread.mjs", import.meta.url), { workerData: { module, sizes, age } });
  await once(thread, "message");
  return thread;
}

function run(thread, job) {
  const done = once(thread, "message");
  thread.postMessage(job);
  return done;
}

function table(names) {
  row(names);
  row(names.map((_, index) => (index === 0 ? "---" : "---:")));
}

function row(cells) {
  console.log(`| ${cells.join(" | ")} |`);
}
