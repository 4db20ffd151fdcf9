"""Session rollouts checked against the specification: files, trees and whole homes."""
