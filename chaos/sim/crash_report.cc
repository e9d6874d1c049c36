#include "chaos/sim/crash_report.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "fmt/format.h"

namespace warren::sim {
namespace {

// Made beforehand: a signal handler may not allocate.
thread_local char last_words[512];
thread_local size_t last_words_bytes = 0;

std::string& Arguments() {
  static std::string arguments;
  return arguments;
}

std::string& Command() {
  static std::string command = "sim";
  return command;
}

void OnAbort(int /*signal*/) {
  if (last_words_bytes > 0) {
    // Nothing can be done if that fails.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, last_words, last_words_bytes);
  }
  _exit(1);
}

}  // namespace

CrashReport::CrashReport(uint64_t seed) {
  const std::string text = fmt::format(
      "violation: a check inside the core failed (above)\n  seed {}, commit {}\n  repeat with: "
      "{}\n",
      seed, CommitName(), RepeatCommand(seed));
  last_words_bytes = std::min(text.size(), sizeof(last_words));
  std::memcpy(last_words, text.data(), last_words_bytes);
  WARREN_CHECK(signal(SIGABRT, OnAbort) != SIG_ERR);
}

CrashReport::~CrashReport() { last_words_bytes = 0; }

void CrashReport::SetArguments(std::string arguments) { Arguments() = std::move(arguments); }

void CrashReport::SetCommand(std::string command) { Command() = std::move(command); }

std::string RepeatCommand(uint64_t seed) {
  return fmt::format("./dev {} {}--seed {}", Command(), Arguments(), seed);
}

std::string CommitName() {
  const char* commit = std::getenv("WARREN_COMMIT");
  return commit == nullptr || *commit == '\0' ? "unknown" : commit;
}

}  // namespace warren::sim
