// The seed of a run that stops the process.
#pragma once

#include <cstdint>
#include <string>

namespace warren::sim {

// A broken invariant inside a core stops the process, as it should. While this object lives, what
// the process says last is then how to repeat the run that this thread was in.
//
// Threads: one object per thread at a time.
class CrashReport {
 public:
  explicit CrashReport(uint64_t seed);
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;

  // What stands between `./dev sim` and the seed in the command that repeats a run. Set once,
  // before there are threads.
  static void SetArguments(std::string arguments);
  // The command of ./dev, if it is not sim. As above.
  static void SetCommand(std::string command);
};

// "./dev sim --seed 17", with the arguments that were set.
std::string RepeatCommand(uint64_t seed);
// The commit that this was built from, if the environment tells (WARREN_COMMIT).
std::string CommitName();

}  // namespace warren::sim
