// RocksDB, opened and kept usable.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "replication/log/store/guarded_file_system.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"

namespace warren::log {

// After certain errors RocksDB refuses to change anything until it is told to go on, or opened
// again. This does it, so that a disk that was full for a while needs no restart.
//
// Threads: any. Whoever holds a Lease keeps the database open; Heal() waits for all leases.
class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(rocksdb::Options options,
                                                        std::string directory, bool read_only);
  ~Database();

  class Lease {
   public:
    Lease(std::shared_lock<std::shared_mutex> lock, rocksdb::DB* db)
        : lock_(std::move(lock)), db_(db) {}
    rocksdb::DB* operator->() const { return db_; }
    rocksdb::DB* get() const { return db_; }

   private:
    std::shared_lock<std::shared_mutex> lock_;
    rocksdb::DB* db_;
  };
  // INTERNAL: it could not be opened again, not even for reading.
  absl::StatusOr<Lease> Borrow() const;

  // Something that should have changed the database has failed.
  void NoteFailure() { ill_ = true; }
  // Before each change: makes it usable again, if it is not. Requires: the caller holds no lease.
  absl::Status Heal();

  // Changes under way end early, and later ones fail.
  void Cancel();

  uint64_t torn_manifest_bytes() const { return files_->torn_bytes(); }
  const rocksdb::Options& options() const { return options_; }
  const std::string& directory() const { return directory_; }

 private:
  Database(rocksdb::Options options, std::string directory);

  rocksdb::Status OpenAgain(bool read_only);

  const std::shared_ptr<GuardedFileSystem> files_;
  const std::unique_ptr<rocksdb::Env> env_;  // options.env with these files.
  rocksdb::Options options_;
  const std::string directory_;
  std::atomic<bool> ill_{false};
  mutable std::shared_mutex mutex_;  // Exclusive: `db_` changes.
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace warren::log
