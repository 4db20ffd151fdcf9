"""The parts of the mutator: what it edits, by what operators."""
