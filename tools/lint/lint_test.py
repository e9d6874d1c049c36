#!/usr/bin/env python3
"""Each rule of lint is shown to fire on what it forbids, and to keep quiet on what it allows."""

import pathlib
import tempfile
import unittest

import lint

_FEATURES = "| feature | state | tests |\n|---|---|---|\n| x | planned | |\n"


class LintTest(unittest.TestCase):
    def faults(self, files):
        """Lints a tree of `files`, made clean but for them, and returns 'path:line [rule]'."""
        with tempfile.TemporaryDirectory() as root:
            tree = {"docs/features.md": _FEATURES, "docs/README.md": "The map.\n"}
            for path in files:
                for folder in pathlib.PurePosixPath(path).parents:
                    if str(folder) != "." and not str(folder).startswith("."):
                        tree[f"{folder}/README.md"] = "What it is.\n"
            for path, text in {**tree, **files}.items():
                if text is None:
                    continue
                target = pathlib.Path(root, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            return [
                f"{'warning ' if f.warning else ''}{f.path}:{f.line} [{f.rule}]"
                for f in lint.faults(root)
            ]

    def assert_fires(self, path, text, rule, line=1):
        self.assertEqual(self.faults({path: text}), [f"{path}:{line} [{rule}]"], text[:200])

    def assert_clean(self, path, text):
        self.assertEqual(self.faults({path: text}), [], text[:200])


class PurityTest(LintTest):
    def test_names_that_a_pure_folder_must_not_use(self):
        for code in (
            "auto t = std::chrono::steady_clock::now();",
            "#include <ctime>",
            '#include "base/clock.h"',
            "auto t = absl::Now();",
            "std::random_device device;",
            "int r = rand();",
            "std::thread worker;",
            "#include <thread>",
            "std::mutex m_;",
            "absl::Mutex m_;",
            "#include <atomic>",
            "std::atomic<int> n_;",
            "std::ifstream in(path);",
            "#include <cstdio>",
            'std::printf("x");',
            "int fd = socket(1, 2, 3);",
            'const char* home = getenv("HOME");',
            '#include "base/logging.h"',
            'WARREN_LOG_INFO("x");',
            "thread_local int depth;",
        ):
            self.assert_fires("raft/a.cc", "\n  " + code + "\n", "purity", line=2)

    def test_static_and_global_mutable_state(self):
        for code in (
            "  static int counter = 0;",
            "  static std::string name;",
            "  static std::function<void()> hook;",
            "  static int table[3] = {};",
            "  static const char* current = nullptr;",
            "int g_counter = 0;",
            "std::vector<int> seen;",
            "Config config{};",
            "inline bool enabled = false;",
        ):
            self.assert_fires("queue/a.cc", code + "\n", "purity")

    def test_what_only_looks_like_it(self):
        for code in (
            "// No clock: std::chrono::steady_clock, std::thread, getenv() and rand() stay out.",
            'WARREN_CHECK(ok) << "std::mutex";',
            "static_assert(sizeof(int) == 4);",
            "  static absl::StatusOr<Log> Open(const std::map<int, int>& files);",
            "  static constexpr int kMax = 3;",
            '  static const char* const kName = "x";',
            "constexpr std::array<int, 2> kTable = {1, 2};",
            "const Config kDefault{};",
            "int Add(int a, int b) {",
            "bool operator==(const A& a, const A& b) = default;",
            "using Index = base::Ordinal<struct IndexTag>;",
            "enum class Role : uint8_t { kLeader };",
            "struct Empty {};",
            "  std::chrono::milliseconds election_timeout{1};",
            "  const int x = 1'000'000, y = '\"'; // std::mutex",
        ):
            self.assert_clean("raft/a.h", code + "\n")

    def test_other_folders_and_tests_may(self):
        code = "#include <mutex>\nstd::mutex m;\n"
        self.assert_clean("replication/a.cc", code)
        self.assert_clean("raft/a_test.cc", code)


class IncludesTest(LintTest):
    def test_up_and_sideways_is_refused(self):
        self.assert_fires("base/a.h", '#include "raft/log.h"\n', "includes")
        self.assert_fires("raft/a.cc", '\n#include "queue/queue.h"\n', "includes", line=2)
        self.assert_fires("replication/log/a.h", '#include "replication/shard.h"\n', "includes")
        self.assert_fires("raft/a.h", '#include "tests/support/x.h"\n', "includes")

    def test_down_and_own_is_allowed(self):
        self.assert_clean("raft/a.h", '#include "base/check.h"\n#include "raft/log.h"\n')
        self.assert_clean("chaos/sim/a.cc", '#include "raft/log.h"\n#include "absl/a.h"\n')
        self.assert_clean("raft/a_test.cc", '#include "tests/support/x.h"\n')

    def test_paths_not_from_the_root_are_refused(self):
        self.assert_fires("raft/a.cc", '#include "log.h"\n', "includes")

    def test_a_folder_without_a_floor_is_refused(self):
        self.assert_fires("attic/a.cc", "int F();\n", "includes")


class SizeTest(LintTest):
    def test_long_files(self):
        line = "// x\n"
        self.assert_clean("raft/a.cc", line * 500)
        self.assert_fires("raft/a.cc", line * 501, "size", line=501)
        self.assertEqual(self.faults({"base/a.cc": line * 501}), ["warning base/a.cc:501 [size]"])
        self.assert_fires("base/a.cc", line * 801, "size", line=801)

    def test_every_folder_has_a_short_readme(self):
        self.assertEqual(
            self.faults({"chaos/sim/a.h": "", "chaos/sim/README.md": None}),
            ["chaos/sim/README.md:1 [readme]"],
        )
        self.assertEqual(
            self.faults({"deploy/x.yaml": "", "deploy/README.md": None}),
            ["deploy/README.md:1 [readme]"],
        )
        self.assert_fires("base/README.md", "x\n" * 41, "readme", line=41)
        self.assert_clean("base/README.md", "x\n" * 40)


class TextTest(LintTest):
    def test_unfinished_work(self):
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.assert_fires("base/a.cc", f"// {word}: later\n", "text")

    def test_paths_of_one_machine(self):
        for path in ("/wo" + "rk/x", "/ho" + "me/ann/x", "/ro" + "ot/x"):
            self.assert_fires("docs/a.md", f"\nsee {path}\n", "text", line=2)
        self.assert_clean("docs/a.md", "see /usr/share/x, ../work/x and https://a.example/work/\n")

    def test_links(self):
        self.assert_fires("docs/a.md", "[there](nowhere.md)\n", "text")
        self.assert_clean("docs/a.md", "[there](features.md#x) [out](https://a.example) [up](..)\n")


class FeaturesTest(LintTest):
    def row(self, row):
        tests = {
            "raft/log_test.cc": "TEST(RaftLogTest, Works) {}\n",
            "tests/CMakeLists.txt": "add_test(NAME dev.door COMMAND x)\nwarren_fuzz(NAME fuzz_a)\n",
        }
        return self.faults({**tests, "docs/features.md": _FEATURES + row + "\n"})

    def test_what_works_names_a_test_that_exists(self):
        for name in ("RaftLogTest", "RaftLogTest.Works", "dev.door", "fuzz.fuzz_a", "raft/"):
            self.assertEqual(self.row(f"| log | works | `{name}` |"), [], name)

    def test_a_missing_test_is_a_fault(self):
        fault = ["docs/features.md:4 [features]"]
        self.assertEqual(self.row("| log | works | |"), fault)
        self.assertEqual(self.row("| log | works | `RaftLogTest.Breaks` |"), fault)
        self.assertEqual(self.row("| log | partly | `OtherTest` |"), fault)
        self.assertEqual(self.row("| log | nearly | |"), fault)

    def test_a_missing_page_is_a_fault(self):
        self.assertIn(
            "docs/features.md:1 [features]", self.faults({"docs/features.md": None, "LICENSE": ""})
        )


if __name__ == "__main__":
    unittest.main()
