"""What the bytes of an instance say: standard library only, no policy.

Data flows one way: `source` -> `scan` -> element spans -> `segment` -> bytes again.
"""
