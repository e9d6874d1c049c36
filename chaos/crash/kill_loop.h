// kill -9 of a real process, again and again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace warren::crash {

struct KillOutcome {
  uint64_t kills = 0;
  uint64_t acknowledged = 0;  // Entries that the killed processes had reported as durable.
  std::optional<std::string> fault;
};

// Starts this program again, as WriteUntilKilled() on the real disk, reads what it reports, kills
// it in the midst of that, opens the log that it leaves, and looks whether all that was reported is
// there; so many times, with one log. The directory is a temporary one and is gone afterwards.
KillOutcome KillInLoop(uint64_t rounds);

// Opens the log in the directory, goes on writing to it, and reports each completion to
// `descriptor`. Ends only if something is wrong, with an exit code.
int WriteUntilKilled(const std::string& directory, int descriptor);

}  // namespace warren::crash
