"""The steps of `build_wasm.py`: fetch parts, make packs, write dist/, serve it."""
