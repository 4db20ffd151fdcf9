// An adapter for rolloutspec: one JSON message a line on stdin, one reply a line on stdout.
// Print nothing else to stdout (no console.log); stderr is free for what you want to say to yourself.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The bundle breaks a rule; the code says which, such as trace.duplicate_thread_start. */
class Rejected extends Error {
  constructor(code, message, line) {
    super(message);
    Object.assign(this, { code, line });
  }
}

/** Something that this adapter does not do. */
class Unsupported extends Error {}

/** Who you are. A profile is a promise: add "trace-reader" once all of it is done. */
function hello() {
  return {
    rcp: 1,
    implementation: { name: "my-reader", version: "0.1.0", language: "javascript" },
    profiles: [],
    capabilities: [],
  };
}

/** Turn the bundle in the folder `given` into the text of its state. */
function traceReduce(given) {
  // GO ON HERE: readFileSync(join(given, "manifest.json")) and join(given, "trace.jsonl"), call your reader,
  // return the JSON of the state; throw new Rejected(code, why, line) for a bundle that breaks a rule
  // and new Unsupported("...") for one that uses what you do not do yet. The rules are in spec/trace/.
  // Beware: JSON.parse rounds integers above 2^53 and hides keys that are given twice.
  throw new Unsupported("trace.reduce");
}

/** The reply to one message, without its id. */
function answer(message) {
  if (message.op === "hello") return hello();
  if (message.op !== "trace.reduce") return { outcome: "unsupported", capability: message.op };
  try {
    writeFileSync(join(message.out, "state.json"), traceReduce(message.in));
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
