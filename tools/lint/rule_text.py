"""text: what no file may say, whatever its kind, and links that lead nowhere."""

import posixpath
import re

from tree import Fault, line_of

# The character classes keep these patterns from finding themselves.
_BANNED = {
    "a path of one machine": re.compile(
        r"(?<![\w.}/-])/(?:wor[k]|far[m]|hom[e]/\w+|roo[t]/|tm[p]/w\b)(?:/|\b)"
    ),
    "unfinished work; finish it, or write it into docs/features.md": re.compile(
        r"\b(?:TOD[O]|FIXM[E]|XX[X])\b"
    ),
}
_LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


def _exists(tree, path):
    return path in tree.files or any(known.startswith(path + "/") for known in tree.files)


def check(tree):
    for path, text in tree.files.items():
        if path.startswith("tests/fuzz/corpus/") or path == "LICENSE":
            continue
        for what, pattern in _BANNED.items():
            for match in pattern.finditer(text):
                message = f"names {what}: {match.group()}"
                yield Fault(path, line_of(text, match.start()), "text", message)
        if not path.endswith(".md"):
            continue
        for match in _LINK.finditer(text):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if resolved != "." and not _exists(tree, resolved):
                line = line_of(text, match.start())
                yield Fault(path, line, "text", f"the link leads nowhere: {target}")
