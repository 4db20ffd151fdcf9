"""Deliberately wrong implementations, to judge the cases by: each mutant breaks one rule of the reference."""

from importlib import import_module

from rollout_conformance.mutants.registry import Mutant, registered

AREAS = (
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
