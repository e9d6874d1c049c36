// Reads what the store knows of its groups.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "replication/log/store/store.h"
#include "rocksdb/db.h"

namespace warren::log {

struct LoadedRecords {
  Store::Contents contents;
  // Groups of which some file has something, but which have no record any more.
  std::vector<GroupNo> destroyed;
};

// Looks up the record of each group that any file names: the newest version is found without
// stepping over older ones, and damage is known for the very keys that it concerns.
absl::StatusOr<LoadedRecords> LoadRecords(rocksdb::DB* db);

}  // namespace warren::log
