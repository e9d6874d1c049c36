// Places in the log where a crash test may cut the power.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace warren::log {

enum class LogStep : uint8_t {
  kAppend,    // Entries are taken into a round.
  kTruncate,  // A suffix is dropped.
  kSnapshot,  // A snapshot is taken into a round.
  kCreate,    // A group is made.
  kDestroy,   // A group is destroyed.
  kSync,      // A round is written and synced.
  kSeal,      // The same, of a seal.
  kRetire,    // A segment retires: all of it.
  kFlush,     // ... its entries are written to a file of the store.
  kIngest,    // ... which becomes part of the store.
  kRecycle,   // A segment file begins its next life.
};
inline constexpr std::array<std::string_view, 11> kLogStepNames = {
    "append", "truncate", "snapshot", "create", "destroy", "sync",
    "seal",   "retire",   "flush",    "ingest", "recycle",
};
enum class Moment : uint8_t { kBefore, kAfter };

// Called where a step begins and where it has ended. Empty in production.
using AtLogPoint = std::function<void(LogStep, Moment)>;

}  // namespace warren::log
