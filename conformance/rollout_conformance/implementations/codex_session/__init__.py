"""The session operations, as the real CLI performs them when it is asked through its app-server."""
