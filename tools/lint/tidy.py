#!/usr/bin/env python3
"""Runs clang-tidy over the sources that a build knows, on all cores. Run by ./dev lint --tidy.

usage: tidy.py --build BUILD_DIR [FILE...]    FILE from the root; default: all but the tests
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time


def known_sources(build):
    """The sources of compile_commands.json that belong to the project, from its root."""
    root = pathlib.Path.cwd()
    commands = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    files = {pathlib.Path(entry["directory"], entry["file"]).resolve() for entry in commands}
    return sorted(
        file.relative_to(root).as_posix()
        for file in files
        if file.is_relative_to(root) and not file.is_relative_to(pathlib.Path(build).resolve())
    )


def tidy(build, file):
    """Returns the file and what clang-tidy says about it: nothing, if it is clean."""
    command = ["clang-tidy", "--quiet", "-p", build, file]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return file, ""
    return file, (done.stdout + done.stderr).strip() or f"clang-tidy exits {done.returncode}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()

    known = known_sources(arguments.build)
    strangers = sorted(set(arguments.files) - set(known))
    if strangers:
        sys.exit(f"tidy: no target builds {', '.join(strangers)}")
    files = arguments.files or [file for file in known if not file.endswith("_test.cc")]

    begun = time.monotonic()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (file, complaint) in enumerate(
            pool.map(lambda file: tidy(arguments.build, file), files), start=1
        ):
            if sys.stderr.isatty():
                print(f"\rtidy: {done} of {len(files)} ", end="", file=sys.stderr, flush=True)
            if complaint:
                failed += 1
                print(f"{file}:\n{complaint}", flush=True)
    seconds = time.monotonic() - begun
    print(f"tidy: {len(files)} files, {failed} with faults, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
