// Strict JSON, both ways.
//
// JSON.parse would not do, for four reasons: it takes unpaired surrogate escapes, it rounds integers
// above 2^53, it does not tell 1 from 1.0, and it hides that a key was given twice. And a plain object
// would put keys such as "10" before all others.
//
// object -> JsonObject (a Map that knows its repeated keys), integer -> BigInt, other number -> Fraction

export const MAX_DEPTH = 127; // TRACE-PAYLOAD-7, TRACE-LINE-10

export class JsonError extends Error {}

export class JsonObject extends Map {
  repeated = new Set();
}

export class Fraction {
  constructor(text) {
    this.text = text;
  }
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const HEX = /[0-9a-fA-F]{4}/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = [["true", true], ["false", false], ["null", null]];

/** Parse exactly one JSON value. Throws JsonError. */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value(0);
  if (reader.at < text.length) reader.fail("text after the value");
  return value;
}

class Reader {
  at = 0;

  constructor(text) {
    this.text = text;
  }

  fail(reason) {
    throw new JsonError(`${reason} at character ${this.at + 1}`);
  }

  value(depth) {
    this.match(SPACE);
    const value = this.bareValue(depth);
    this.match(SPACE);
    return value;
  }

  bareValue(depth) {
    const next = this.text[this.at];
    if (next === "{" || next === "[") {
      if (depth === MAX_DEPTH) this.fail("nested too deeply");
      return next === "{" ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (next === '"') return this.string();
    for (const [word, value] of WORDS) if (this.take(word)) return value;
    return this.number();
  }

  object(depth) {
    const object = new JsonObject();
    this.expect("{");
    this.match(SPACE);
    if (this.take("}")) return object;
    do {
      this.match(SPACE);
      const key = this.string();
      this.match(SPACE);
      this.expect(":");
      if (object.has(key)) object.repeated.add(key);
      object.set(key, this.value(depth)); // the last value, at the first place: TRACE-PAYLOAD-8
    } while (this.take(","));
    this.expect("}");
    return object;
  }

  array(depth) {
    const array = [];
    this.expect("[");
    this.match(SPACE);
    if (this.take("]")) return array;
    do array.push(this.value(depth));
    while (this.take(","));
    this.expect("]");
    return array;
  }

  string() {
    this.expect('"');
    let string = "";
    for (;;) {
      string += this.match(PLAIN);
      if (this.take('"')) return string;
      if (!this.take("\\")) this.fail("unfinished string or raw control character");
      string += this.take("u") ? this.unicode() : this.shortEscape();
    }
  }

  shortEscape() {
    const character = ESCAPES[this.text[this.at]];
    if (character === undefined) this.fail("unknown escape");
    this.at += 1;
    return character;
  }

  unicode() {
    const first = this.hex();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    const second = first < 0xdc00 && this.take("\\u") ? this.hex() : 0;
    if (second < 0xdc00 || second > 0xdfff) this.fail("unpaired surrogate escape");
    return String.fromCharCode(first, second);
  }

  hex() {
    return Number.parseInt(this.match(HEX) || this.fail("bad \\u escape"), 16);
  }

  number() {
    const token = this.match(NUMBER);
    if (token === "") this.fail("no JSON value");
    return /[.eE]/.test(token) ? new Fraction(token) : BigInt(token);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return "";
    this.at = pattern.lastIndex;
    return found[0];
  }

  take(word) {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  expect(character) {
    if (!this.take(character)) this.fail(`no ${character}`);
  }
}

/** Print with an indent of two: records in their own order, maps in byte order.  TRACE-STATE-2, -7 */
export function print(value, indent = "") {
  if (typeof value === "bigint") return String(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((element) => print(element, inner))
    : entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${print(member, inner)}`);
  if (members.length === 0) return open + close;
  return `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}

function entries(value) {
  if (!(value instanceof Map)) return Object.entries(value);
  return [...value].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
