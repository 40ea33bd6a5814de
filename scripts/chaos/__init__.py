"""Faults, one after the other, and what they cost: killed processes, lost power, a full disk, a crowd.

    python -m scripts.chaos [--quick] [--seed S] [--only NAME]

Every fault acts on copies of a small election made of the invented samples. What must come out is what an
undisturbed run gives: every page once, every acknowledged decision once, no half file, the same result.
"""
