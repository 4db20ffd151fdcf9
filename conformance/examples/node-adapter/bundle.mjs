// The files of a trace bundle: regular ones only, bounded, and never outside the bundle.

import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";

import { JsonError, JsonObject, parse } from "./json.mjs";

const MAX_MANIFEST = 1 << 20; // bytes; TRACE-BUNDLE-5
const MAX_LINE = 64 << 20;
const MAX_PAYLOAD = 256 << 20;

/** The bundle breaks a rule; the code says which, the line where. */
export class Rejected extends Error {
  constructor(code, message, line) {
    super(message);
    this.code = code;
    this.line = line;
  }
}

/** Something that this adapter does not do; it says so instead of guessing. */
export class Unsupported extends Error {}

export function readManifest(folder) {
  const bytes = readRegular(join(folder, "manifest.json"), MAX_MANIFEST, "trace.manifest_unreadable");
  const invalid = (reason) => {
    throw new Rejected("trace.manifest_invalid", `manifest.json: ${reason}`);
  };
  let manifest;
  try {
    manifest = parse(decode(bytes) ?? invalid("not UTF-8"));
  } catch (error) {
    if (error instanceof JsonError) invalid(error.message);
    throw error;
  }
  if (!(manifest instanceof JsonObject)) invalid("no object");
  const field = (name, fits) => {
    if (manifest.repeated.has(name)) invalid(`${name} stands twice`);
    if (!fits(manifest.get(name))) invalid(`${name} is absent or of a wrong type`);
    return manifest.get(name);
  };
  const read = {
    schema_version: field("schema_version", isU32),
    trace_id: field("trace_id", isString),
    rollout_id: field("rollout_id", isString),
    root_thread_id: field("root_thread_id", isString),
    started_at_unix_ms: field("started_at_unix_ms", isI64),
    raw_event_log: field("raw_event_log", isString),
    payloads_dir: field("payloads_dir", isString),
  };
  if (read.schema_version !== 1n) {
    throw new Rejected("trace.unsupported_schema", `schema ${read.schema_version}`);
  }
  return read;
}

/** Yield [number, text] of each line that is not blank.  TRACE-LINE-1, TRACE-LINE-2, TRACE-LINE-3 */
export function* readLines(folder) {
  const bytes = readRegular(join(folder, "trace.jsonl"), Infinity, "trace.log_unreadable");
  for (let begin = 0, number = 1; begin < bytes.length; number += 1) {
    const feed = bytes.indexOf(0x0a, begin);
    const end = feed < 0 ? bytes.length : feed;
    const line = bytes.subarray(begin, feed > begin && bytes[feed - 1] === 0x0d ? feed - 1 : end);
    if (line.length > MAX_LINE) throw new Rejected("trace.too_large", `${line.length} bytes`, number);
    const text = decode(line);
    if (text === null) throw new Rejected("trace.line_not_utf8", "not UTF-8", number);
    if (!/^\p{White_Space}*$/u.test(text)) yield [number, text];
    begin = end + 1;
  }
}

/** Read the file that a reference names.  TRACE-PAYLOAD-3 to TRACE-PAYLOAD-7 */
export function readPayload(folder, reference) {
  const { path } = reference;
  const escape = () => {
    throw new Rejected("trace.payload_escape", `the path ${JSON.stringify(path)} leaves the bundle`);
  };
  if (path === "" || isAbsolute(path) || path.includes("\0") || path.split("/").includes("..")) escape();
  const unreadable = "trace.payload_unreadable";
  const real = attempt(unreadable, () => realpathSync(join(folder, path)));
  const below = relative(realpathSync(folder), real);
  if (below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below)) escape();
  const text = decode(readRegular(real, MAX_PAYLOAD, unreadable));
  try {
    if (text === null) throw new JsonError("not UTF-8");
    return parse(text);
  } catch (error) {
    if (error instanceof JsonError) throw new Rejected("trace.payload_invalid_json", `${path}: ${error.message}`);
    throw error;
  }
}

export const isString = (value) => typeof value === "string";
export const isText = (value) => value === undefined || value === null || isString(value);
export const isU32 = (value) => isWithin(value, 0n, 2n ** 32n);
export const isU64 = (value) => isWithin(value, 0n, 2n ** 64n);
export const isI64 = (value) => isWithin(value, -(2n ** 63n), 2n ** 63n);

function isWithin(value, least, beyond) {
  return typeof value === "bigint" && least <= value && value < beyond;
}

function readRegular(path, limit, code) {
  // Without O_NONBLOCK a pipe of that name would keep us waiting for ever.
  const file = attempt(code, () => openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  try {
    const about = fstatSync(file);
    if (!about.isFile()) throw new Rejected(code, `${path} is no regular file`);
    if (about.size > limit) throw new Rejected("trace.too_large", `${path} has ${about.size} bytes`);
    return attempt(code, () => readFileSync(file));
  } finally {
    closeSync(file);
  }
}

function attempt(code, action) {
  try {
    return action();
  } catch (error) {
    throw new Rejected(code, error.message);
  }
}

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
