"""Demo learners: two dozen people with a story each. Decides what they did and when, as calls of the HTTP API.

`people` says who they are, `practice` what they learned, `planning` what they planned, `stories` everything else they
and the administrators did. Nothing here sends a call: `commands/load_demo.py` does, with the clock of that moment.
"""
