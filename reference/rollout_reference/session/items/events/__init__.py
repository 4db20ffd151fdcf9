"""The events by topic; `event_msg` puts them together."""
