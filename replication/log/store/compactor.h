// Rewrites files of the store so that what is dead gives its space back.
#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "replication/log/store/compaction_policy.h"
#include "replication/log/store/dead_filter.h"
#include "replication/log/store/dead_map.h"
#include "replication/log/store/file_summary.h"
#include "rocksdb/db.h"

namespace warren::log {

// A file of the store and what it says about itself.
struct StoredFile {
  std::string name;  // As RocksDB calls it.
  FileSummary summary;
};

// Oldest first: a key in a later file hides the same key in an earlier one. DATA_LOSS, naming the
// file, if one does not say what it holds.
absl::StatusOr<std::vector<StoredFile>> ListFiles(rocksdb::DB* db);

// Threads: one at a time; files may be added meanwhile.
class Compactor {
 public:
  // Borrows both.
  Compactor(const DeadMap* dead, DeadFilterFactory* filters, const CompactionLimits& limits)
      : dead_(dead), filters_(filters), limits_(limits) {}

  // One step. False: nothing to do. DATA_LOSS: a file cannot be read; it is left alone from then
  // on. RocksDB may have stopped after an error.
  absl::StatusOr<bool> Step(rocksdb::DB* db);
  // Everything into one file.
  absl::Status All(rocksdb::DB* db);

  uint64_t bytes_written() const { return bytes_written_; }

 private:
  absl::Status Rewrite(rocksdb::DB* db, const std::vector<StoredFile>& files,
                       CompactionWindow window);

  const DeadMap* const dead_;
  DeadFilterFactory* const filters_;
  const CompactionLimits limits_;
  std::set<std::string> damaged_;
  std::atomic<uint64_t> bytes_written_{0};
};

}  // namespace warren::log
