"""Entry point of the command line."""

import os
import sys
from collections.abc import Collection, Sequence
from importlib import import_module

import jaxflav
from jaxflav.cli.parser import EXIT_BAD_INPUT, Parser
from jaxflav.io.errors import InputError, LostProcessError

# each in a module of its name, which is imported when it is called
COMMANDS = {
    "scan": "profile the likelihood over masses of new particles",
    "fit": "fit a published likelihood",
    "predict": "branching fractions, F_L and ratios with uncertainties",
    "plot": "figures of predictions and posteriors",
    "profile": "profile likelihood of one parameter",
    "limit": "upper limit by CLs, observed and expected",
    "contour": "profile likelihood and confidence regions in a plane",
    "impacts": "pulls and impacts of the nuisance parameters",
    "toys": "significance, goodness of fit and look-elsewhere effect by toys",
    "feldman-cousins": "confidence set of one parameter by toys",
    "project": "expected significances and uncertainties against luminosity",
    "discriminate": "expected separation of scenarios by future data, as a matrix",
    "sample": "draws from a posterior by the No-U-Turn sampler or nested sampling",
    "summary": "intervals and diagnostics of a posterior",
    "predictive": "data and decays that a posterior or a prior predicts, and p-values",
    "evidence": "Bayes factors between hypotheses",
    "calibrate": "simulation-based calibration of a posterior",
    "data": "data files of experiments",
    "show": "what made a result, and how complete it is",
    "info": "version, devices, data sets, form factors and scenarios",
}


def make_parser(complete: Collection[str] = tuple(COMMANDS)) -> Parser:
    """Parser of all commands; those that are named have their options, and their modules are imported."""
    parser = Parser(prog="jaxflav", description="Light new physics in B -> K(*) + missing energy.")
    parser.add_argument("--version", action="version", version=f"jaxflav {jaxflav.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        if name in complete:
            import_module(f"jaxflav.cli.commands.{name.replace('-', '_')}").add_arguments(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    Bad input gives one line on standard error and status 2; a fit that fails gives one line and status 1.
    """
    argv = sys.argv[1:] if argv is None else argv
    parser = make_parser(argv[:1])
    if not {*argv[:1]} & {*COMMANDS}:
        parser.parse_args(argv)  # prints help or an error, and leaves
    from jaxflav.cli.options.analysis_file import parse_arguments
    from jaxflav.numerics.precision import enable_x64

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
