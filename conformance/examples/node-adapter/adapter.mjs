// The adapter: one JSON message a line on standard input, one reply a line on standard output.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Rejected, Unsupported } from "./bundle.mjs";
import { reduce } from "./reducer.mjs";

function hello() {
  return {
    rcp: 1,
    implementation: { name: "example-node", version: "1.0.0", language: "javascript" },
    profiles: [], // not "trace-reader" before every event type is done; see README.md
    capabilities: [],
  };
}

function traceReduce(message) {
  try {
    writeFileSync(join(message.out, "state.json"), reduce(message.in));
    return { outcome: "ok", outputs: ["state.json"] };
  } catch (error) {
    if (error instanceof Unsupported) {
      return { outcome: "unsupported", capability: "trace.reduce", message: error.message };
    }
    if (!(error instanceof Rejected)) return { outcome: "error", message: String(error.stack) };
    const at = error.line ? { file: "trace.jsonl", line: error.line } : {};
    return { outcome: "rejected", code: error.code, at, message: error.message };
  }
}

function answer(message) {
  if (message.op === "hello") return hello();
  if (message.op === "trace.reduce") return traceReduce(message);
  return { outcome: "unsupported", capability: message.op };
}

// Not node:readline: it would end a line at U+2028 too.
let rest = "";
for await (const chunk of process.stdin.setEncoding("utf8")) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines) {
    const message = JSON.parse(line);
    if (message.op === "bye") process.exit(0);
    process.stdout.write(`${JSON.stringify({ id: message.id, ...answer(message) })}\n`);
  }
}
