"""Tasks: from words to what is computed, one road for the command line and for Python.

``analysis_file`` says what an analysis file holds, and makes the task of it; ``problem`` makes the problem of a task,
with its description for results; ``combination`` loads experiments with what their prediction needs, ``form_factors``
sets by name, and ``defaults`` says what is taken where nothing is given. ``run_directory`` reads what a run has left.
"""
