// Whether the store holds what it should, and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "raft/types.h"
#include "replication/log/disk/testing/simulated_disk.h"

namespace warren::crash {

// Looks at every key of the store between two lives of the log, as no reader of the log ever does:
// what nobody asks for today may be found by somebody tomorrow.
//
// Threads: a plain value.
class StoreCheck {
 public:
  // `disk` is a copy of the one with the log on it, whose directory is `directory`. Every record
  // decodes; every entry decodes, belongs to a group with a record, and above that group's base it
  // lies at or below the last one that the record names, and has the term that this says; no group
  // number serves two groups.
  std::optional<std::string> Check(log::SimulatedDisk& disk, const std::string& directory);

 private:
  std::map<uint64_t, raft::GroupId> groups_;  // Who has ever had a number.
};

}  // namespace warren::crash
