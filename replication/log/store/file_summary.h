// What each file of the store says about its own content.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "raft/types.h"
#include "replication/log/types.h"
#include "rocksdb/table_properties.h"

namespace warren::log {

// The entries that a file has of one group.
struct EntriesSummary {
  GroupNo group;
  uint32_t count = 0;  // Entries, tombstones left out.
  raft::Index first;   // All entries and tombstones of the group lie in [first, last].
  raft::Index last;
  uint64_t bytes = 0;  // Keys and values of the entries.
  friend bool operator==(const EntriesSummary&, const EntriesSummary&) = default;
};
// Bytes of the record and the snapshot of one group that a file has; 0: it does not have it.
struct GroupSummary {
  GroupNo group;  // 0: the log's own record.
  uint32_t record_bytes = 0;
  uint32_t snapshot_bytes = 0;
  friend bool operator==(const GroupSummary&, const GroupSummary&) = default;
};

// Stands in the properties of every file, written when the file is, by whoever writes it. From it
// and from what is known to be dead follows how much of a file is garbage, without reading the
// file; and a read skips the files that have nothing of what it looks for. Rows are of fixed size
// and sorted by group, and are used in the bytes as they are: a store of 10,000 groups has
// millions.
class FileSummary {
 public:
  // nullopt: the file says nothing, or nothing that makes sense.
  static std::optional<FileSummary> Of(std::shared_ptr<const rocksdb::TableProperties> properties);

  size_t entries_count() const;
  EntriesSummary entries(size_t row) const;  // Requires: row < entries_count().
  size_t groups_count() const;
  GroupSummary groups(size_t row) const;  // Requires: row < groups_count().

 private:
  FileSummary() = default;

  std::shared_ptr<const rocksdb::TableProperties> properties_;  // Owns the bytes.
  std::string_view entries_;
  std::string_view groups_;
};

// Whether the file may have something about entries of `group` within [first, last].
bool MayHave(const rocksdb::TableProperties& properties, GroupNo group, raft::Index first,
             raft::Index last);

// For Options::table_properties_collector_factories.
std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> NewSummaryCollectorFactory();

}  // namespace warren::log
