"""features: docs/features.md says "works" only of what a test in the tree shows.

A row is | feature | state | tests |. A test is named in backquotes: `Suite`, `Suite.Name`, a path
in the repository, or a name that ctest knows from a CMakeLists.txt (`fuzz.NAME`, `dev.door`).
"""

import re

from tree import Fault

_PAGE = "docs/features.md"
_STATES = ("works", "partly", "planned")
_GTEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)|\bTYPED_TEST\(\s*(\w+)\s*,\s*(\w+)")
_ADD_TEST = re.compile(r"\badd_test\(\s*NAME\s+([\w.-]+)")
_FUZZ = re.compile(r"\bwarren_fuzz\(\s*NAME\s+(\w+)")


def _known_tests(tree):
    known = set(tree.files)
    for path in tree.select("_test.cc"):
        for match in _GTEST.finditer(tree.files[path]):
            suite, name = match.group(1) or match.group(3), match.group(2) or match.group(4)
            known |= {suite, f"{suite}.{name}"}
    for path in tree.select("CMakeLists.txt", ".cmake"):
        known |= set(_ADD_TEST.findall(tree.files[path]))
        known |= {f"fuzz.{name}" for name in _FUZZ.findall(tree.files[path])}
    folders = {path.rsplit("/", 1)[0] for path in tree.files if "/" in path}
    return known | folders


def _rows(text):
    for number, line in enumerate(text.split("\n"), start=1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        is_row = line.lstrip().startswith("|") and len(cells) >= 3
        if is_row and cells[1].lower() != "state" and set(cells[1]) - set("-: "):
            yield number, cells


def check(tree):
    if _PAGE not in tree.files:
        yield Fault(_PAGE, 1, "features", "the page is missing")
        return
    known = _known_tests(tree)
    for line, (feature, state, tests, *_) in _rows(tree.files[_PAGE]):
        named = [name.rstrip("/") for name in re.findall(r"`([^`]+)`", tests)]
        if state not in _STATES:
            message = f"'{feature}': the state is one of {', '.join(_STATES)}, not '{state}'"
            yield Fault(_PAGE, line, "features", message)
        if state == "works" and not named:
            yield Fault(_PAGE, line, "features", f"'{feature}' works, but no test is named")
        for name in named:
            if name not in known:
                message = f"'{feature}' names a test that does not exist: {name}"
                yield Fault(_PAGE, line, "features", message)
