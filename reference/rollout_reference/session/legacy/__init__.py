"""Old forms, and how they become present ones."""
