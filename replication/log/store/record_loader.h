// Reads what the store knows of its groups.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"

#include "replication/log/store/store.h"
#include "rocksdb/db.h"

namespace warren::log {

struct LoadedRecords {
  Store::Contents contents;
  // Groups of which some file has something, but which have no record any more.
  std::vector<GroupNo> destroyed;
};

// A group that some file has something of, and the size of its largest snapshot in any of them.
using PresentGroups = absl::flat_hash_map<GroupNo, uint64_t>;

// Looks up the record of each of these: so the newest version is found without stepping over older
// ones, and damage is known for the very keys that it concerns.
LoadedRecords LoadRecords(rocksdb::DB* db, const PresentGroups& present);

}  // namespace warren::log
