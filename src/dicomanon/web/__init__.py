"""The page's engine: `handle` answers what the worker forwards.

- border: JavaScript's Files and objects; the only door to `js`
- session: the open file, the key, one method a request
- many: one file of many, listed or anonymized
- picture: frames and their size
- rows: decisions as the rows of the table
- choices: what the person chose, as the engine's own types
- answer: what a request is answered with
"""

from __future__ import annotations

from dicomanon.web.border import handle

__all__ = ["handle"]
