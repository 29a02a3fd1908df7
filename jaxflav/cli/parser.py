"""The parser of the command line, with one-line errors."""

import argparse

EXIT_BAD_INPUT = 2


class Parser(argparse.ArgumentParser):
    """Argument parser whose errors are one line."""

    def error(self, message):
        """Print one line on standard error and exit with status 2."""
        self.exit(EXIT_BAD_INPUT, f"{self.prog}: error: {message} (see {self.prog} --help)\n")
