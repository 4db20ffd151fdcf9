"""The adapter protocol, version 1: JSON lines over the pipes of a long-lived child."""
