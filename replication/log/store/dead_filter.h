// Drops what is dead while RocksDB rewrites files.
#pragma once

#include <memory>

#include "absl/container/flat_hash_set.h"

#include "replication/log/store/dead_map.h"
#include "replication/log/types.h"
#include "rocksdb/compaction_filter.h"

namespace warren::log {

// Records and snapshots of which a newer file than those being compacted has a newer version.
struct Superseded {
  absl::flat_hash_set<GroupNo> records;
  absl::flat_hash_set<GroupNo> snapshots;
};

// Makes a filter per compaction. Whatever it drops goes without leaving a tombstone
// (kRemoveAndSkipUntil), so that runs of dead entries are not even read; an older version of the
// key, in a file that is not part of this compaction, may then show again. That is harmless: dead
// entries are never read, and of a superseded record a newer version hides both.
//
// Threads: SetSuperseded between compactions only.
class DeadFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  // Borrows it.
  explicit DeadFilterFactory(const DeadMap* dead) : dead_(dead) {}

  // Holds for the next compactions, until it is set again.
  void SetSuperseded(Superseded superseded);

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  const char* Name() const override { return "warren.dead"; }

 private:
  const DeadMap* const dead_;
  std::shared_ptr<const Superseded> superseded_ = std::make_shared<const Superseded>();
};

}  // namespace warren::log
