"""python -m jaxflav."""

import sys

from jaxflav.cli.main import main


def run() -> None:
    """Run the command line and exit."""
    sys.exit(main())


if __name__ == "__main__":
    run()
