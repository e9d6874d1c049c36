// What outlives the write-ahead log: RocksDB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "raft/types.h"
#include "replication/log/planted_bug.h"
#include "replication/log/store/dead_map.h"
#include "replication/log/store/group_record.h"
#include "replication/log/types.h"

namespace rocksdb {
class Env;
}

namespace warren::log {

struct StoreConfig {
  std::string directory;
  rocksdb::Env* env = nullptr;  // Null: the machine's. Tests pass one that loses power.
  // Compactions run by themselves, in threads of RocksDB's. Off: only when Compact() is called, so
  // that a test decides when.
  bool compacts_by_itself = true;
  size_t block_cache_bytes = 8 * 1024 * 1024;
  // Compact when so many hundredths of what the store holds are dead, and so many bytes at least.
  // Lower saves space and costs writes.
  uint32_t garbage_percent_max = 28;
  uint64_t garbage_bytes_min = 4 * 1024 * 1024;
  // Files are merged as long as they come to no more than this. About what a segment holds.
  uint64_t merge_bytes_max = 64 * 1024 * 1024;
  bool read_only = false;  // Changes no file.
};

// One retirement, moved all or nothing.
struct Move {
  LogRecord log;
  std::vector<GroupRecord> groups;  // Those to (re)write. A snapshot is written if it is not null.
  struct Entry {
    GroupNo group;
    raft::Index index;
    base::Bytes encoded;  // Entry header and payload, as in a segment.
  };
  std::vector<Entry> entries;  // Sorted by group and index, each once.
  struct Range {
    GroupNo group;
    raft::Index first;
    raft::Index last;
  };
  std::vector<Range> tombstones;   // Stored entries that were replaced; none of them in `entries`.
  std::vector<GroupNo> destroyed;  // Everything of theirs goes. None of them in `groups`.
};

// Points where a crash test may cut the power, in the order in which they are passed.
enum class StorePoint : uint8_t { kBeforeFlush, kAfterFlush, kBeforeIngest, kAfterIngest };

// Entries that were still needed when their segment retired, the latest record and snapshot of
// every group that has any there. Written only by Apply(), which is durable and atomic; RocksDB's
// own write-ahead log is off.
//
// Errors: DATA_LOSS names the key; INTERNAL and RESOURCE_EXHAUSTED say what RocksDB said. No
// exception leaves. After an error reads go on, and Apply() and Compact() may be tried again.
// Threads: reads from any; Apply() from one, Compact() from the same or another one.
class Store {
 public:
  // The directory is made if it is missing; that its name is durable is the caller's business.
  // DATA_LOSS: RocksDB's own files, or the index of one of the store's, are damaged.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const StoreConfig& config);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  struct Contents {
    LogRecord log;                    // log_id 0: the store is new.
    std::vector<GroupRecord> groups;  // By number, snapshots read.
    // Records or snapshots that cannot be read: the group is lost, though its entries may be there.
    struct Unreadable {
      GroupNo group;  // 0: the log's own record.
      absl::Status why;
    };
    std::vector<Unreadable> unreadable;
  };
  // Reads all records and snapshots, no entries: cost is per group. The dead map learns of them,
  // and of groups that have entries but no record: they were destroyed. Call once, after Open.
  absl::StatusOr<Contents> Load();

  // Sorted into one SST file, synced, and ingested. Then the dead map learns of it. If it fails,
  // nothing has changed; only after an error in the last of its steps the next start may find it
  // done. To do it again is harmless. `at` may be empty.
  absl::Status Apply(const Move& move, const std::function<void(StorePoint)>& at);

  // Calls `visit` with the entries in [first, last] that are there, in order, until it answers
  // false. The value is an entry header and a payload, and is not looked at. Entries in damaged
  // blocks are left out; then, all others visited, the answer is DATA_LOSS.
  absl::Status Read(GroupNo group, raft::Index first, raft::Index last,
                    const std::function<bool(raft::Index, base::Bytes)>& visit) const;

  // Drops what is dead, where enough of it is, and whole files where all is. Returns whether it did
  // anything. With `all`: everything dead, whatever it costs.
  // ABORTED: the store is being closed.
  absl::StatusOr<bool> Compact(bool all);

  DeadMap& dead_map() { return *dead_; }

  struct Stats {
    uint64_t bytes_moved = 0;      // Into Apply()'s files.
    uint64_t bytes_compacted = 0;  // Written by compactions.
    uint64_t bytes_on_disk = 0;
    uint64_t files = 0;
    uint64_t compactions_failed = 0;
    // Of a change that a power cut broke off. It counts for nothing.
    uint64_t torn_manifest_bytes = 0;
  };
  Stats GetStats() const;

  // Every key in order, for warren-inspect and the crash tests' oracle.
  absl::Status ForEach(
      const std::function<void(std::string_view key, std::string_view value)>& visit) const;

 private:
  class Impl;
  Store(std::unique_ptr<DeadMap> dead, std::unique_ptr<Impl> impl);
  std::unique_ptr<DeadMap> dead_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warren::log
