"""What people and machines read: pure functions of results and coverage."""
