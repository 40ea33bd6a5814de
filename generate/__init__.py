"""Draws the pages that `layouts` describes: ballots to print, blank pages to compare with, a test page."""
