"""De-identify DICOM instances: one engine for the browser tab and the command line.

Everything is imported where it is used: importing `dicomanon` itself costs nothing.
"""

__version__ = "0.1.0"
