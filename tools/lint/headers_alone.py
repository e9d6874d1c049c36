#!/usr/bin/env python3
"""Shows that every header compiles alone. Run by the target headers_alone of a build.

usage: headers_alone.py --build BUILD_DIR    from the root; after the build itself

A header stands alone if a translation unit that begins with it compiles. Most sources are such
units, since each includes its own header before anything else: where the build knows such a
source, the build is the proof. Only the other headers are compiled here.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

import commands as build_commands
import tree

_OPENING = re.compile(r'\s*(?://[^\n]*\n\s*)*#[ \t]*include[ \t]*"([^"]+)"')


def begins_with_itself(command):
    """Whether nothing comes before the text of the source, such as a precompiled header."""
    return not any(flag in ("-include", "-include-pch") for flag in command.flags)


def opening_header(source):
    """The header that the source begins with, or None."""
    opening = _OPENING.match(pathlib.Path(source).read_text())
    return opening[1] if opening else None


def complaint(header, command):
    """What the compiler says about a unit that holds the header only: nothing, if it compiles."""
    done = subprocess.run(
        [command.compiler, *command.flags, "-fsyntax-only", "-x", "c++", "-"],
        input=f'#include "{header}"\n',
        capture_output=True,
        text=True,
    )
    return done.stderr.strip() or f"exit {done.returncode}" if done.returncode else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    known = {
        source: command
        for source, command in build_commands.read_commands(parser.parse_args().build).items()
        if begins_with_itself(command)
    }
    headers = tree.Tree(".").select(".h")
    proven = {opening_header(source) for source in known}
    rest = [header for header in headers if header not in proven]

    by_folder = {os.path.dirname(source): command for source, command in known.items()}
    usual = collections.Counter(c.flags for c in known.values()).most_common(1)[0][0]
    anyone = next(command for command in known.values() if command.flags == usual)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        flags = [by_folder.get(os.path.dirname(header), anyone) for header in rest]
        for header, said in zip(rest, pool.map(complaint, rest, flags)):
            if said:
                failed += 1
                print(f"{header} does not compile alone:\n{said}", flush=True)
    print(f"headers alone: {len(headers) - len(rest)} begin a source, {len(rest)} compiled, {failed} with faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
