// Runs one peer in a process of its own: node harness.mjs PEER CALLS.ndjson, in the folder that holds node_modules.
// A line of stdin is one turn, {"calls": N}; its answer is {"micros": CPU}, user and system, of all threads.
// {"calls": N, "to": FILE} writes the events instead.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [peer, file] = process.argv.slice(2);
const { default: prepare } = await import(new URL(`${peer}.mjs`, import.meta.url));
const mapAll = prepare(createRequire(`${process.cwd()}/`));
const chunks = inChunks(readFileSync(file), 500);

// As NDJSON comes: pieces of so many lines, each a buffer.
function inChunks(bytes, size) {
  const found = [];
  let begin = 0;
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (++lines % size === 0) {
      found.push(bytes.subarray(begin, at));
      begin = at + 1;
    }
  }
  return found;
}

function run(chunk) {
  const calls = chunk.toString().split("\n").map((line) => JSON.parse(line));
  const events = mapAll(calls).filter((event) => event !== null);
  return Buffer.from(events.map((event) => JSON.stringify(event)).join("\n"));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { calls, to } = JSON.parse(line);
  const turn = chunks.slice(0, calls / 500);
  if (to) {
    writeFileSync(to, Buffer.concat(turn.map((chunk) => Buffer.concat([run(chunk), Buffer.from("\n")]))));
  }
  const begun = process.cpuUsage();
  if (!to) {
    for (const chunk of turn) run(chunk);
  }
  const { user, system } = process.cpuUsage(begun);
  console.log(JSON.stringify({ micros: user + system }));
}
