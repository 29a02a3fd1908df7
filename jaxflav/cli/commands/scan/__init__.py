"""jaxflav scan: over masses, over planes of two couplings, over every scenario."""

from jaxflav.cli.commands.scan.masses import add_arguments

__all__ = ["add_arguments"]
