"""Calls of LAPACK in a compiled program that do not need each other: on CPU two batched ones may wait for ever."""

import itertools
import re

_INSTRUCTION = re.compile(r"\s+(?:ROOT )?%?([\w.\-]+) = (.*)")
_CALLED = re.compile(r"(?:body|condition|to_apply|calls|branch_computations)=\{?((?:%?[\w.\-]+(?:, )?)+)")


def _computations(text):
    """Instructions of every computation of the text of a program, by their names."""
    found, inside = {}, {}
    for line in text.splitlines():
        if line.endswith("{") and "->" in line:
            inside = found.setdefault(line.replace("ENTRY ", "").split()[0].lstrip("%"), {})
        elif match := _INSTRUCTION.match(line):
            inside[match[1]] = match[2]
    return found


def independent_calls(text: str) -> list[tuple[str, str]]:
    """Pairs of instructions with a call of LAPACK, their own or of what they call, neither of which needs the other."""
    computations = _computations(text)
    calls = {name: any("lapack_" in line for line in inside.values()) for name, inside in computations.items()}

    def called(line):
        return [name.lstrip("%") for names in _CALLED.findall(line) for name in names.split(", ")]

    while True:
        more = {
            n: calls[n] or any(calls.get(c) for s in inside.values() for c in called(s))
            for n, inside in computations.items()
        }
        if more == calls:
            break
        calls = more
    pairs = []
    for inside in computations.values():
        needs = {}  # instructions come after those that they need
        for name, line in inside.items():
            direct = {operand for operand in re.findall(r"%([\w.\-]+)", line) if operand in needs}
            needs[name] = direct.union(*(needs[operand] for operand in direct))
        with_calls = [n for n, line in inside.items() if "lapack_" in line or any(calls.get(c) for c in called(line))]
        pairs += [(a, b) for a, b in itertools.combinations(with_calls, 2) if a not in needs[b]]
    return pairs
