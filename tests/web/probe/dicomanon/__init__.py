"""The probe engine: stands where dicomanon stands, so tests can ask the worker hard questions."""
