// Assertions that stay on in release builds. A broken invariant in a replicated
// log spreads; a crashed node is repaired by its peers. So: stop, do not limp.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace warren::base {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

[[noreturn]] inline void CheckFailed(const char* condition, const char* invariant, const char* file,
                                     int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s (%s)\n", file, line, condition, invariant);
  std::abort();
}

}  // namespace warren::base

#define WARREN_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::warren::base::CheckFailed(#condition, __FILE__, __LINE__))

// The same, for a condition that does not say by itself which invariant it guards.
#define WARREN_CHECK_MSG(condition, invariant) \
  ((condition) ? static_cast<void>(0)          \
               : ::warren::base::CheckFailed(#condition, invariant, __FILE__, __LINE__))
