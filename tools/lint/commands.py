"""What a build knows about the project's sources: compile_commands.json, read."""

import json
import pathlib
import shlex


class Command:
    """How one source is compiled: by `compiler`, with `flags`, the input and output left out."""

    def __init__(self, entry):
        words = shlex.split(entry["command"])
        output = words.index("-o")
        words = words[:output] + words[output + 2 :]
        if pathlib.PurePath(words[0]).name == "ccache":
            del words[0]
        self.compiler = words[0]
        self.flags = tuple(w for w in words[1:] if w not in ("-c", entry["file"]))


def read_commands(build):
    """Maps each source of the project, by its path from the current folder, to its Command."""
    root = pathlib.Path.cwd()
    outputs = pathlib.Path(build).resolve()
    commands = {}
    for entry in json.loads(pathlib.Path(build, "compile_commands.json").read_text()):
        file = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if file.is_relative_to(root) and not file.is_relative_to(outputs):
            commands.setdefault(file.relative_to(root).as_posix(), Command(entry))
    return dict(sorted(commands.items()))
