#!/usr/bin/env python3
"""Batches of clang-tidy are shown to find what it finds in each source alone, and nothing else."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

_TIDY = pathlib.Path(__file__).with_name("tidy.py").resolve()
_CONFIG = """
Checks: '-*,google-explicit-constructor,modernize-use-using,readability-identifier-naming'
WarningsAsErrors: '*'
HeaderFilterRegex: '/room/'
CheckOptions:
  - { key: readability-identifier-naming.FunctionCase, value: CamelCase }
"""


class TidyTest(unittest.TestCase):
    def tidy(self, files, *names):
        """Runs tidy.py over a project of `files`; returns its exit code and what it prints."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            build = root / "build"
            build.mkdir()
            (root / ".clang-tidy").write_text(_CONFIG)
            entries = []
            for path, text in files.items():
                (root / path).parent.mkdir(exist_ok=True)
                (root / path).write_text(text)
                command = f"clang++ -std=c++20 -Wall -Werror -I{root} -o x.o -c {root / path}"
                if path.endswith(".cc"):
                    entries.append(
                        {"directory": str(build), "command": command, "file": str(root / path)}
                    )
            (build / "compile_commands.json").write_text(json.dumps(entries))
            done = subprocess.run(
                [sys.executable, str(_TIDY), "--build", "build", *names],
                cwd=root,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
            )
            return done.returncode, done.stdout + done.stderr

    def test_clean_sources_are_acquitted_though_their_names_clash(self):
        text = "namespace { struct Table { int %s; }; }\nint %s() { return Table{4}.%s; }\n"
        words = ["legs", "rows", "seats"]
        code, said = self.tidy(
            {f"room/{word}.cc": text % (word, word.capitalize(), word) for word in words}
        )
        self.assertEqual(code, 0, said)
        self.assertIn("tidy: 3 files, 0 with faults", said)

    def test_only_the_source_at_fault_is_named(self):
        code, said = self.tidy(
            {
                "room/a.cc": "int Good() { return 1; }\n",
                "room/b.cc": "int badName() { return 1; }\n",
                "room/c.cc": "int GoodToo() { return 1; }\n",
            }
        )
        self.assertEqual(code, 1, said)
        self.assertIn("tidy: 3 files, 1 with faults", said)
        self.assertRegex(said, r"room/b.cc:1:5: error: .*badName.*\[readability-identifier-naming")

    def test_a_source_that_clashes_with_others_is_checked_too(self):
        code, said = self.tidy(
            {
                "room/a.cc": "namespace { struct Table { int legs; }; }\nTable a{4};\n",
                "room/b.cc": "namespace { struct Table { long rows; }; }\n"
                "Table b{4};\ntypedef int Rows;\n",
            }
        )
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"room/b.cc:3:1: error: .*\[modernize-use-using")

    def test_a_fault_of_a_header_is_reported_from_one_of_those_that_include_it(self):
        include = '#include "room/a.h"\n'
        code, said = self.tidy(
            {
                "room/a.h": "#pragma once\nstruct Key { Key(int number); };\n",
                **{f"room/{name}.cc": f"{include}int {name.upper()}();\n" for name in "abcd"},
            }
        )
        self.assertEqual(code, 1, said)
        self.assertIn("tidy: 4 files, 1 with faults", said)
        self.assertRegex(said, r"room/a.h:2:14: error: .*\[google-explicit-constructor")

    def test_what_is_only_of_the_batchs_making_is_not_reported(self):
        code, said = self.tidy(  # Together, nobody calls Size(long).
            {
                "room/a.cc": "namespace { int Size(int) { return 1; } }\nint a = Size(1);\n",
                "room/b.cc": "namespace { int Size(long) { return 2; } }\nint b = Size(1);\n",
            }
        )
        self.assertEqual(code, 0, said)

    def test_a_source_that_does_not_compile_is_reported_and_hides_nobody(self):
        code, said = self.tidy(
            {
                "room/a.cc": "int Broken( { return 1; }\n",
                "room/b.cc": "int badName() { return 1; }\n",
                "room/c.cc": "int Good() { return 1; }\n",
            }
        )
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"room/a.cc:1:\d+: error: .*\[clang-diagnostic-error")
        self.assertRegex(said, r"room/b.cc:1:5: error: .*badName")

    def test_single_files(self):
        files = {"room/a.cc": "int badName() { return 1; }\n", "room/b.cc": "int B();\n"}
        self.assertEqual(self.tidy(files, "room/b.cc")[0], 0)
        self.assertEqual(self.tidy(files, "room/a.cc")[0], 1)
        code, said = self.tidy(files, "room/c.cc")
        self.assertEqual(code, 1)
        self.assertIn("no target builds room/c.cc", said)


if __name__ == "__main__":
    unittest.main()
