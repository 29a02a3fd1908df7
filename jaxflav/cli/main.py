"""Entry point of the command line."""

import os
import sys

import jaxflav
from jaxflav.cli import (
    calibrate,
    contour,
    data,
    discriminate,
    evidence,
    feldman_cousins,
    fit,
    impacts,
    info,
    limit,
    plot,
    predict,
    predictive,
    profile,
    project,
    sample,
    scan,
    show,
    toys,
)
from jaxflav.cli.analysis_options import parse_arguments
from jaxflav.cli.common import EXIT_BAD_INPUT, Parser
from jaxflav.io.errors import InputError, LostProcessError
from jaxflav.numerics.precision import enable_x64


def make_parser() -> Parser:
    """Parser of all commands."""
    parser = Parser(prog="jaxflav", description="Light new physics in B -> K(*) + missing energy.")
    parser.add_argument("--version", action="version", version=f"jaxflav {jaxflav.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    questions = (scan, fit, predict, plot, profile, limit, contour, impacts, toys, feldman_cousins)
    bayesian = (sample, predictive, evidence, calibrate)
    for command in (*questions, project, discriminate, *bayesian, data, show, info):
        command.add_arguments(commands)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    Bad input gives one line on standard error and status 2; a fit that fails gives one line and status 1.
    """
    parser = make_parser()
    try:
        arguments = parse_arguments(parser, argv)
        enable_x64()
        arguments.run(arguments)
        sys.stdout.flush()
    except InputError as error:
        return _fail(error, EXIT_BAD_INPUT)
    except (ArithmeticError, LostProcessError) as error:
        return _fail(error, 1)
    except BrokenPipeError:  # the reader of a pipe, such as head, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    return 0


def _fail(message, status):
    print(f"jaxflav: error: {' '.join(str(message).split())}", file=sys.stderr)
    return status
