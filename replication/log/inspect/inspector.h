// Looks at a log's files without changing any.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"

#include "raft/types.h"
#include "replication/log/disk/file_system.h"

namespace warren::log {

struct InspectOptions {
  std::string directory;
  bool frames = false;                 // Every frame with its items.
  std::optional<raft::GroupId> group;  // Only this one, with its entries.
  bool verify = true;                  // Read and check every entry of the store.
};

struct Inspection {
  uint64_t damage = 0;  // Things that cannot be read, or do not fit together.
};

// Writes what it finds to `out`, damage included. An error: there is no log, it is in use by a
// process that writes, or what tells how to read the rest cannot be read. Payloads are never shown,
// only their sizes.
absl::StatusOr<Inspection> Inspect(FileSystem* files, const InspectOptions& options,
                                   std::ostream& out);

}  // namespace warren::log
