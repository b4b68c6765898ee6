// Runs a list of jobs with age-encryption, all in one process: node batch.mjs JOBS.json
//
//   { "op": "encrypt", "recipient": "age1…", "in": PATH, "out": PATH }
//   { "op": "decrypt", "identity": "AGE-SECRET-KEY-…", "in": PATH, "expect": PATH }
//   { "op": "header", "identity": "AGE-SECRET-KEY-…", "in": PATH, "expect": HEX }
//   { "op": "detach", "identity": "AGE-SECRET-KEY-…", "in": PATH, "out": PATH }: the file key of a file's header alone, in hex
//
// The last line of its output is the number of jobs done; the first job that differs ends it with an error.
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { Decrypter, Encrypter } from "age-encryption";

const run = {
  async encrypt(job) {
    const encrypter = new Encrypter();
    encrypter.addRecipient(job.recipient);
    await writeFile(job.out, await encrypter.encrypt(await readFile(job.in)));
  },
  async decrypt(job) {
    const decrypter = new Decrypter();
    decrypter.addIdentity(job.identity);
    const plaintext = Buffer.from(await decrypter.decrypt(await readFile(job.in)));
    if (!plaintext.equals(await readFile(job.expect))) throw new Error(`${job.in}: another plaintext`);
  },
  async header(job) {
    const decrypter = new Decrypter();
    decrypter.addIdentity(job.identity);
    const fileKey = Buffer.from(await decrypter.decryptHeader(await readFile(job.in)));
    if (fileKey.toString("hex") !== job.expect) throw new Error(`${job.in}: another file key`);
  },
  async detach(job) {
    const file = await readFile(job.in);
    const header = file.subarray(0, file.indexOf("\n", file.indexOf("\n--- ") + 1) + 1);
    const decrypter = new Decrypter();
    decrypter.addIdentity(job.identity);
    await writeFile(job.out, Buffer.from(await decrypter.decryptHeader(header)).toString("hex"));
  },
};

const jobs = JSON.parse(await readFile(process.argv[2], "utf8"));
for (const job of jobs) await run[job.op](job);
console.log(jobs.length);
