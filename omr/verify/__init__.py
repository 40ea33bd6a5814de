"""Whether an election is what it was: its chain, its database, its files, its pictures, its result.

Each check names the first thing that differs in one line, as `Differs`; a check that cannot be made is
another error. Nothing here writes, except that opening an older database brings it up to date.
"""
