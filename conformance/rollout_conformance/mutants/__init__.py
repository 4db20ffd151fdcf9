"""Deliberately wrong implementations, to judge the cases by: each mutant breaks one rule of the reference."""

from importlib import import_module

from rollout_conformance.mutants.registry import Mutant, registered

AREAS = (
    "session_writers",
    "session_events",
    "session_files",
    "session_items",
    "session_headers",
    "session_lines",
    "session_records",
    "session_turn_contexts",
    "session_turn_items",
    "session_storage",
    "session_context",
    "session_replay",
    "session_rollbacks",
    "session_forks",
    "session_segments",
    "session_turns",
    "session_history",
    "session_shown",
    "session_projections",
    "session_views",
    "session_usage",
    "session_usage_lineage",
    "session_threads",
    "trace_agents",
    "trace_bundles",
    "trace_cells",
    "trace_compaction",
    "trace_conversation",
    "trace_inference",
    "trace_items",
    "trace_lines",
    "trace_replay",
    "trace_terminals",
    "trace_threads",
    "trace_tools",
    "trace_writers",
)


def load_mutants() -> list[Mutant]:
    """Return all mutants in order of requirement and name."""
    for area in AREAS:
        import_module(f"{__name__}.{area}")
    return registered()
