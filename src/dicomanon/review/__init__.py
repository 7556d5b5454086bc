"""The distinct-values review: what a batch would keep, each value once, the likeliest first.

    tally.py    plans -> distinct values with count and places, in bounded memory
    risk.py     what a value looks like, and how much that weighs
    sheet.py    values -> CSV with a column to fill, and back: what is to be cut

Invariants: a review writes no instance. Its CSV holds values of the sources, because a
person asked to read them; it is theirs to keep like the sources.
"""
