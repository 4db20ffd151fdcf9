"""The session rollout: its lines, how they are read, written, stored and upgraded."""
