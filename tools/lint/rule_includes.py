"""includes: an include points down the floors, by a path from the root."""

import re

import floors
from tree import Fault, line_of

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
_LIBRARIES = ("absl/", "gtest/", "gmock/", "benchmark/", "fmt/", "spdlog/", "CLI/", "rocksdb/")


def _allowed(path, included):
    own = floors.owner(path, floors.MAY_INCLUDE)
    target = floors.owner(included, floors.MAY_INCLUDE)
    if target == own or target in floors.MAY_INCLUDE[own]:
        return True
    of_test = path.endswith(("_test.cc", "_fuzz.cc"))
    return of_test and floors.owner(included, [floors.TEST_SUPPORT]) is not None


def check(tree):
    for path in tree.select(".h", ".cc"):
        own = floors.owner(path, floors.MAY_INCLUDE)
        if own is None:
            message = "this folder is on no floor; give it a line in tools/lint/floors.py"
            yield Fault(path, 1, "includes", message)
            continue
        text = tree.files[path]
        for match in _INCLUDE.finditer(text):
            included = match.group(1)
            line = line_of(text, match.start())
            if included.startswith(_LIBRARIES):
                continue
            if floors.owner(included, floors.MAY_INCLUDE) is None:
                message = f'"{included}" is neither a path from the root nor a known library'
                yield Fault(path, line, "includes", message)
            elif not _allowed(path, included):
                below = ", ".join(floors.MAY_INCLUDE[own]) or "nothing"
                message = f'{own}/ must not include "{included}"; below it stand: {below}'
                yield Fault(path, line, "includes", message)
