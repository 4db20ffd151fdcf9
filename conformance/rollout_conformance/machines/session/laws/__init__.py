"""The laws over the life of a rollout.  What is right comes from the world, never from the recorder."""
