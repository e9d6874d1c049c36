"""size: a file that outgrew one concept, and a README that outgrew a page."""

import floors
from tree import Fault

_SOURCES = (".h", ".cc", ".py", ".sh", ".cmake")
_LINES_WARN = 500
_LINES_MAX = 800
_README_LINES_MAX = 40


def _sources(tree):
    for path in tree.select(*_SOURCES):
        lines = tree.files[path].count("\n")
        if lines <= _LINES_WARN:
            continue
        hard = lines > _LINES_MAX or floors.owner(path, floors.SHORT_FILES) is not None
        message = f"{lines} lines: which concept wants a file of its own?"
        yield Fault(path, lines, "size", message, warning=not hard)


def _readmes(tree):
    top_level = {path.split("/")[0] for path in tree.files if "/" in path}
    hidden = {folder for folder in top_level if folder.startswith(".")}
    folders = (top_level - hidden) | set(tree.folders(".h", ".cc")) - {"."}
    for folder in sorted(folders):
        readme = f"{folder}/README.md"
        if readme not in tree.files:
            yield Fault(readme, 1, "readme", "the folder has no README.md")
        elif (lines := tree.files[readme].count("\n")) > _README_LINES_MAX:
            message = f"{lines} lines; a folder's README has at most {_README_LINES_MAX}"
            yield Fault(readme, lines, "readme", message)


def check(tree):
    yield from _sources(tree)
    yield from _readmes(tree)
