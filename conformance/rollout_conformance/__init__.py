"""Judge any implementation of the rollout formats: runner, generators, reports."""
