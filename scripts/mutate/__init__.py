"""Mutated files into every reader: none may crash the program, take 1 GiB or 20 s for one page.

    python -m scripts.mutate --files 10000 --seed 1 [--only pdf,tiff] [--case 123]

A case is told by its reader, seed and number alone, so every finding can be made again.
"""
