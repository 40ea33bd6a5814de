"""Reads and counts the ballots of a vote of confidence; DESIGN.md's stages, one module each."""

__version__ = "0.1.0"
