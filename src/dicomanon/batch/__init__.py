"""Many instances: where they come from, who works on them, where they go, what is done already.

    sources ─ items ─▶ Task ─ one(job, task) ─▶ Outcome ─ in order ─▶ name, journal ─▶ Done
                              in this process, in worker processes or on a cluster

Strategy: the work on one instance is one pure function of plain data (`task.one`), so it runs
anywhere. It writes its output as a nameless part; the one process that started the run gives
parts their names, in the order of the inputs, and notes them in the journal.

Invariants: the same inputs, choices and key give the same tree of outputs, whoever worked on
them, in whatever order they were ready, and however often the run was stopped and resumed.
"""
