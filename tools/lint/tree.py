"""The files that lint looks at, and faults found in them."""

import dataclasses
import pathlib
import re
import subprocess


@dataclasses.dataclass(frozen=True)
class Fault:
    """One complaint. A warning is printed and does not fail the run."""

    path: str
    line: int
    rule: str
    message: str
    warning: bool = False

    def __str__(self):
        kind = "warning: " if self.warning else ""
        return f"{self.path}:{self.line}: {kind}{self.message} [{self.rule}]"


class Tree:
    """A snapshot of the repository's text files, by path from its root."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = {}
        for path in self._paths():
            text = self._read(path)
            if text is not None:
                self.files[path] = text

    def select(self, *suffixes):
        return [path for path in self.files if path.endswith(suffixes)]

    def folders(self, *suffixes):
        """The folders that directly hold a file with one of the suffixes."""
        return sorted({str(pathlib.PurePosixPath(p).parent) for p in self.select(*suffixes)})

    def _paths(self):
        """What git tracks, and what it would if added; every file where there is no git."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            listing = subprocess.run(command, cwd=self.root, capture_output=True, check=True)
            return sorted(set(filter(None, listing.stdout.decode().split("\0"))))
        except (OSError, subprocess.CalledProcessError):
            found = (p for p in self.root.rglob("*") if p.is_file())
            paths = (p.relative_to(self.root).as_posix() for p in found)
            return sorted(p for p in paths if not p.startswith((".git/", "build/")))

    def _read(self, path):
        try:
            text = (self.root / path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None  # Deleted but still tracked, or a binary corpus file.
        return None if "\0" in text else text


_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
    re.DOTALL,
)
_DIGIT_SEPARATOR = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")


def code_only(text):
    """C++ source without comments and the insides of literals; line numbers stay as they are."""

    def blank(match):
        token = match.group()
        if token.startswith("/"):
            return "\n" * token.count("\n")
        return '""' + "\n" * token.count("\n")

    text = _DIGIT_SEPARATOR.sub("", text)
    # #include names its file in quotes; keep these apart so that they survive.
    lines = [
        line if line.lstrip().startswith("#include") else None for line in text.split("\n")
    ]
    blanked = _TOKEN.sub(blank, text).split("\n")
    return "\n".join(kept if kept is not None else line for kept, line in zip(lines, blanked))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
