"""Burned-in text: found, read, and explained; the same code natively and in the page."""
