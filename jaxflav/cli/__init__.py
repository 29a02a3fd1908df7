"""The command line: ``main``, its ``parser``, one file a command in ``commands``, groups of options in ``options``."""
