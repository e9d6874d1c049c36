#!/usr/bin/env python3
"""Runs clang-tidy over the sources that a build knows, on all cores. Run by ./dev lint --tidy.

usage: tidy.py --build BUILD_DIR [FILE...]    FILE from the root; default: all but the tests

Most of what clang-tidy does for a source it does for headers that all the others include too. So
sources with the same flags are checked as one translation unit, a *batch*, which includes them
all. Those that do not compile in such company, because two of them have one name for two things,
are found by the compiler first and go into a batch of their own, or alone. A batch only ever
acquits: whatever clang-tidy finds in one is looked for again in the sources alone, and only what
is found there is reported.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time

import commands as build_commands

CONFIG = pathlib.Path(".clang-tidy").resolve()
BATCH_FILES_MAX = 70  # More would leave the last core alone with the last batch.
_ERROR = re.compile(r"^(/[^\s:]+):\d+:\d+: (?:fatal )?error: ", re.MULTILINE)


def groups(flags):
    """Cuts the sources, a mapping to their flags, into lists of neighbours with the same flags."""
    by_flags = collections.defaultdict(list)
    for file, words in flags.items():
        by_flags[words].append(file)
    cut = []
    for files in by_flags.values():
        pieces = -(-len(files) // BATCH_FILES_MAX)
        size = -(-len(files) // pieces)
        cut += [files[begin : begin + size] for begin in range(0, len(files), size)]
    return sorted(cut, key=len, reverse=True)


class Tidy:
    """Checks lists of files that share their flags."""

    def __init__(self, build, flags):
        self._flags = flags
        self._folder = pathlib.Path(build, "tidy").resolve()
        self._folder.mkdir(exist_ok=True)

    def complaints(self, files):
        """Maps each file with a fault to what clang-tidy says about it."""
        found = {}
        for batch in self._batches(files):
            said = self._tidy(batch)
            if said and len(batch) == 1:
                found[batch[0]] = said
            elif said:
                found.update(self._complaints_of_some(batch, said))
        return found

    def _complaints_of_some(self, batch, said):
        """The same for a batch in which clang-tidy has found something: its suspects alone."""
        suspects = {os.path.relpath(match[1]) for match in _ERROR.finditer(said)}
        stems = {os.path.splitext(file)[0] for file in suspects}
        headers = suspects - set(batch)
        found = {}
        # A fault of a header shows in many sources; the first is enough, often the header's own.
        for file in sorted(batch, key=lambda file: os.path.splitext(file)[0] not in stems):
            if file in suspects or headers:
                alone = self._tidy([file])
                headers -= {os.path.relpath(match[1]) for match in _ERROR.finditer(alone)}
                if alone:
                    found[file] = alone
        return found

    def _batches(self, files):
        """Cuts `files` into lists that compile as one unit; a list of one need not compile."""
        if len(files) == 1:
            return [files]
        errors = self._run(files, ["clang++", "-fsyntax-only"])
        if not errors:
            return [files]
        suspects = {os.path.relpath(match[1]) for match in _ERROR.finditer(errors)}
        clashing = [file for file in files if file in suspects]
        if clashing in ([], files):
            clashing = files[len(files) // 2 :]
        rest = [file for file in files if file not in clashing]
        return self._batches(rest) + self._batches(clashing)

    def _tidy(self, files):
        return self._run(files, ["clang-tidy", "--quiet"], [f"--config-file={CONFIG}", "--"])

    def _run(self, files, command, options=()):
        """What `command` says about the files as one unit: nothing, if it is content."""
        unit = pathlib.Path(files[0]).resolve()
        options = [*options, *self._flags[files[0]], "-ferror-limit=0"]
        if len(files) > 1:
            options.append("-w")  # Warnings are the build's business, and some are of the batch.
            text = "".join(f'#include "{pathlib.Path(file).resolve()}"\n' for file in files)
            unit = self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.cc"
            unit.write_text(text)
        done = subprocess.run([*command, str(unit), *options], capture_output=True, text=True)
        if done.returncode == 0:
            return ""
        return (done.stdout + done.stderr).strip() or f"{command[0]} exits {done.returncode}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()

    known = build_commands.read_commands(arguments.build)
    flags = {file: command.flags for file, command in known.items()}
    strangers = sorted(set(arguments.files) - set(flags))
    if strangers:
        sys.exit(f"tidy: no target builds {', '.join(strangers)}")
    files = arguments.files or [file for file in flags if not file.endswith("_test.cc")]

    begun = time.monotonic()
    tidy = Tidy(arguments.build, flags)
    checked = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {
            pool.submit(tidy.complaints, group): group
            for group in groups({file: flags[file] for file in files})
        }
        for done in concurrent.futures.as_completed(running):
            checked += len(running[done])
            if sys.stderr.isatty():
                print(f"\rtidy: {checked} of {len(files)} ", end="", file=sys.stderr, flush=True)
            for file, complaint in sorted(done.result().items()):
                failed += 1
                print(f"{file}:\n{complaint}", flush=True)
    seconds = time.monotonic() - begun
    print(f"tidy: {len(files)} files, {failed} with faults, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
