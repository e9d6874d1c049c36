#!/usr/bin/env python3
"""A header that does not stand alone is shown to be found, unless the build proves that it does."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

_SCRIPT = pathlib.Path(__file__).with_name("headers_alone.py").resolve()
_LONELY = "#pragma once\nstruct Lonely { std::string name; };\n"


class HeadersAloneTest(unittest.TestCase):
    def check(self, files):
        """Runs the script over a project of `files`; returns its exit code and what it prints."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            build = root / "build"
            build.mkdir()
            entries = []
            for path, text in files.items():
                (root / path).parent.mkdir(exist_ok=True)
                (root / path).write_text(text)
                flags = f"-include {root}/room/early.h" if "later" in path else ""
                command = f"g++ -std=c++20 -I{root} {flags} -o x.o -c {root / path}"
                if path.endswith(".cc"):
                    entries.append(
                        {"directory": str(build), "command": command, "file": str(root / path)}
                    )
            (build / "compile_commands.json").write_text(json.dumps(entries))
            done = subprocess.run(
                [sys.executable, str(_SCRIPT), "--build", "build"],
                cwd=root,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
            )
            return done.returncode, done.stdout + done.stderr

    def test_a_header_that_lacks_an_include(self):
        code, said = self.check(
            {
                "room/lonely.h": _LONELY,
                "room/fine.h": "#pragma once\n#include <string>\nstruct Fine { std::string s; };\n",
                "room/user.cc": '#include <string>\n#include "room/lonely.h"\n',
            }
        )
        self.assertEqual(code, 1, said)
        self.assertIn("room/lonely.h does not compile alone", said)
        self.assertIn("0 begin a source, 2 compiled, 1 with faults", said)

    def test_a_header_that_a_source_begins_with_is_left_to_the_build(self):
        source = '// What it does.\n\n#include "room/fine.h"\n\n#include <string>\n'
        files = {"room/fine.h": "#pragma once\nstruct Fine {};\n", "room/fine.cc": source}
        code, said = self.check(files)
        self.assertEqual(code, 0, said)
        self.assertIn("1 begin a source, 0 compiled", said)

    def test_a_precompiled_header_proves_nothing(self):
        code, said = self.check(
            {
                "room/early.h": "#pragma once\n#include <string>\n",
                "room/lonely.h": _LONELY,
                "room/lonely_later.cc": '#include "room/lonely.h"\n',
                "room/other.cc": "int Other();\n",
            }
        )
        self.assertEqual(code, 1, said)
        self.assertIn("0 begin a source, 2 compiled, 1 with faults", said)

    def test_a_declaration_before_the_include_proves_nothing(self):
        source = 'namespace std { struct string {}; }\n#include "room/lonely.h"\n'
        code, said = self.check({"room/lonely.h": _LONELY, "room/lonely.cc": source})
        self.assertEqual(code, 1, said)


if __name__ == "__main__":
    unittest.main()
