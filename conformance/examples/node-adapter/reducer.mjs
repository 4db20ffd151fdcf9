// A part of the reduction of spec/trace/30-reduction.md: the rollout, its threads and their turns.

import {
  Rejected,
  Unsupported,
  isI64,
  isString,
  isText,
  isU32,
  isU64,
  readLines,
  readManifest,
  readPayload,
} from "./bundle.mjs";
import { JsonError, JsonObject, parse, print } from "./json.mjs";

const ROLLOUT_STATUS = ["running", "completed", "failed", "aborted"];
const EXECUTION_STATUS = ["running", "completed", "failed", "cancelled", "aborted"];
const PAYLOAD_KINDS = [
  "inference_request", "inference_response", "compaction_request", "compaction_checkpoint",
  "compaction_response", "tool_invocation", "tool_result", "tool_runtime_event",
  "terminal_runtime_event", "protocol_event", "session_metadata", "agent_result",
];

/** Known types that are not done here yet. */
const ELSEWHERE = [
  "inference_started", "inference_completed", "inference_failed", "inference_cancelled",
  "tool_call_started", "mcp_tool_call_correlation_assigned", "tool_call_runtime_started",
  "tool_call_runtime_ended", "tool_call_ended", "code_cell_started", "code_cell_initial_response",
  "code_cell_ended", "compaction_request_started", "compaction_request_completed",
  "compaction_request_failed", "compaction_installed", "agent_result_observed",
];

const invalid = (reason) => {
  throw new Rejected("trace.event_invalid", reason);
};
const isAnything = (value) => value !== undefined;
const isOneOf = (words) => (value) => isString(value) && words.includes(value);

/** The fields of an object, checked; each may stand once.  TRACE-LINE-8, TRACE-EVENT-2 */
function fieldsOf(value, fits, what) {
  if (!(value instanceof JsonObject)) invalid(`${what} is no object`);
  const fields = {};
  for (const [name, isRight] of Object.entries(fits)) {
    if (value.repeated.has(name)) throw new Rejected("trace.duplicate_field", `${what}: ${name} stands twice`);
    if (!isRight(value.get(name))) invalid(`${what}: ${name} is absent or of a wrong type`);
    fields[name] = value.get(name) ?? null;
  }
  return fields;
}

/** A payload reference; null stays null.  TRACE-PAYLOAD-1 */
function referenceOf(value) {
  if (value === null) return null;
  const reference = fieldsOf(
    value,
    { raw_payload_id: isString, kind: isAnything, path: isString },
    "reference",
  );
  const isNull = (inner) => inner === undefined || inner === null;
  const kind = fieldsOf(reference.kind, { type: isOneOf(PAYLOAD_KINDS), value: isNull }, "kind");
  return { ...reference, kind: { type: kind.type } };
}

const isReference = (value) => value instanceof JsonObject;
const isReferenceOrNull = (value) => value === undefined || value === null || isReference(value);

/** The event types: their fields, and what they do to the state. */
const EVENTS = {
  rollout_started: {
    fields: { trace_id: isString, root_thread_id: isString },
    reduce(state, event) {
      state.trace_id = event.trace_id;
      state.root_thread_id = event.root_thread_id;
    },
  },
  rollout_ended: {
    fields: { status: isOneOf(ROLLOUT_STATUS) },
    reduce(state, event, { t }) {
      state.status = event.status;
      state.ended_at_unix_ms = t;
    },
  },
  thread_started: {
    fields: { thread_id: isString, agent_path: isString, metadata_payload: isReferenceOrNull },
    references: ["metadata_payload"],
    reduce(state, event, { t, q, folder }) {
      if (state.threads.has(event.thread_id)) {
        throw new Rejected("trace.duplicate_thread_start", `thread ${event.thread_id} already started`);
      }
      const { nickname, default_model, agent_path, origin } = identityOf(event, folder);
      state.threads.set(event.thread_id, {
        thread_id: event.thread_id,
        agent_path,
        nickname,
        origin,
        execution: openedAt(t, q),
        default_model,
        conversation_item_ids: [],
      });
    },
  },
  thread_ended: {
    fields: { thread_id: isString, status: isOneOf(ROLLOUT_STATUS) },
    reduce(state, event, { t, q }) {
      const thread = state.threads.get(event.thread_id) ?? unknown("thread", event.thread_id);
      end(thread.execution, t, q, event.status);
    },
  },
  codex_turn_started: {
    fields: { codex_turn_id: isString, thread_id: isString },
    reduce(state, event, { t, q }) {
      if (state.codex_turns.has(event.codex_turn_id)) {
        throw new Rejected("trace.duplicate_turn", `turn ${event.codex_turn_id} already started`);
      }
      if (!state.threads.has(event.thread_id)) unknown("thread", event.thread_id);
      state.codex_turns.set(event.codex_turn_id, {
        codex_turn_id: event.codex_turn_id,
        thread_id: event.thread_id,
        execution: openedAt(t, q),
        input_item_ids: [],
      });
    },
  },
  codex_turn_ended: {
    fields: { codex_turn_id: isString, status: isOneOf(EXECUTION_STATUS) },
    reduce(state, event, { t, q, thread }) {
      const turn = state.codex_turns.get(event.codex_turn_id) ?? unknown("turn", event.codex_turn_id);
      if (thread !== null && thread !== turn.thread_id) {
        throw new Rejected("trace.turn_on_other_thread", `the turn is one of thread ${turn.thread_id}`);
      }
      end(turn.execution, t, q, event.status);
    },
  },
  protocol_event_observed: {
    fields: { event_type: isString, event_payload: isReference },
    references: ["event_payload"],
    reduce() {},
  },
  other: {
    fields: { kind: isString, summary: isString, payloads: Array.isArray, metadata: isAnything },
    reduce(state, event) {
      event.payloads.map((value) => referenceOf(value ?? invalid("null is no reference")));
      throw new Rejected("trace.unsupported_event", "an event of type other");
    },
  },
};

function unknown(kind, id) {
  throw new Rejected(`trace.unknown_${kind}`, `no ${kind} ${id} has started`);
}

/** TRACE-REPLAY-5 */
function openedAt(t, q) {
  return { started_at_unix_ms: t, started_seq: q, ended_at_unix_ms: null, ended_seq: null, status: "running" };
}

function end(window, t, q, status) {
  Object.assign(window, { ended_at_unix_ms: t, ended_seq: q, status });
}

/** Who a thread is, and who spawned it.  TRACE-THREAD-5 to TRACE-THREAD-7, TRACE-ORIGIN-1 to -4 */
function identityOf(event, folder) {
  const metadata = event.metadata_payload === null ? new JsonObject() : readPayload(folder, event.metadata_payload);
  const known = ["agent_path", "task_name", "nickname", "agent_role", "model"];
  if (!(metadata instanceof JsonObject) || !known.every((name) => isText(metadata.get(name)))) {
    throw new Rejected("trace.invalid_thread_metadata", "the metadata is not what a session has");
  }
  const spawn = spawnOf(metadata);
  const told = (name) => (isString(spawn?.get(name)) ? spawn.get(name) : metadata.get(name));
  const agent_path = told("agent_path") ?? event.agent_path;
  return {
    agent_path,
    nickname: metadata.get("nickname") ?? null,
    default_model: metadata.get("model") ?? null,
    origin: spawn === null ? { type: "root" } : {
      type: "spawned",
      parent_thread_id: spawn.get("parent_thread_id"),
      spawn_edge_id: `edge:spawn:${spawn.get("parent_thread_id")}:${event.thread_id}`,
      task_name: told("task_name") ?? agent_path.split("/").findLast((segment) => segment !== "") ?? agent_path,
      agent_role: told("agent_role") ?? "",
    },
  };
}

function spawnOf(metadata) {
  let value = metadata;
  for (const key of ["session_source", "subagent", "thread_spawn"]) {
    value = value instanceof JsonObject ? value.get(key) : null;
  }
  return value instanceof JsonObject && isString(value.get("parent_thread_id")) ? value : null;
}

/** Reduce a bundle to the text of its state. Throws Rejected or Unsupported. */
export function reduce(folder) {
  const manifest = readManifest(folder);
  const state = {
    schema_version: 1,
    trace_id: manifest.trace_id,
    rollout_id: manifest.rollout_id,
    started_at_unix_ms: manifest.started_at_unix_ms,
    ended_at_unix_ms: null,
    status: "running",
    root_thread_id: manifest.root_thread_id,
  };
  for (const name of [
    "threads", "codex_turns", "conversation_items", "inference_calls", "code_cells", "tool_calls",
    "terminal_sessions", "terminal_operations", "compactions", "compaction_requests", "interaction_edges",
    "raw_payloads",
  ]) {
    state[name] = new Map();
  }
  for (const [number, text] of readLines(folder)) {
    try {
      reduceLine(state, text, folder);
    } catch (error) {
      if (error instanceof JsonError) throw new Rejected("trace.line_invalid_json", error.message, number);
      if (error instanceof Rejected) error.line = number;
      throw error;
    }
  }
  return print(state);
}

function reduceLine(state, text, folder) {
  const envelope = fieldsOf(
    parse(text),
    {
      schema_version: isU32,
      seq: isU64,
      wall_time_unix_ms: isI64,
      rollout_id: isString,
      thread_id: isText,
      codex_turn_id: isText,
      payload: isAnything,
    },
    "envelope",
  );
  const { type } = fieldsOf(envelope.payload, { type: isString }, "event");
  if (ELSEWHERE.includes(type)) throw new Unsupported(`events of type ${type}`);
  if (!Object.hasOwn(EVENTS, type)) throw new Rejected("trace.unknown_event_type", `no event type ${type}`);

  const { fields, references = [], reduce: apply } = EVENTS[type];
  const event = fieldsOf(envelope.payload, fields, type);
  for (const name of references) {
    event[name] = referenceOf(event[name]);
    if (event[name] !== null) state.raw_payloads.set(event[name].raw_payload_id, event[name]); // TRACE-REPLAY-2
  }
  apply(state, event, {
    t: envelope.wall_time_unix_ms,
    q: envelope.seq,
    thread: envelope.thread_id,
    folder,
  });
}
