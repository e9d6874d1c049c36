// Keeps RocksDB's manifest good for what it is: the one record of which files there are.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "rocksdb/file_system.h"

namespace warren::log {

// When RocksDB 7.8 cannot write or sync its manifest, it takes the change for undone and removes
// the new files. But what was written may be on the disk all the same: then the manifest names a
// file that is gone, and the database never opens again. So from the first such failure on until
// Forgive() no table file is removed. What is left over is removed when the database is next
// opened, for RocksDB then looks for files that nobody names.
//
// And what a power cut has left of a change at the manifest's end is not shown to RocksDB, which
// would not open (manifest_tail.h).
//
// Threads: any.
class GuardedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit GuardedFileSystem(const std::shared_ptr<rocksdb::FileSystem>& target)
      : rocksdb::FileSystemWrapper(target), is_doubtful_(std::make_shared<Doubt>(false)) {}

  // The manifest was written anew.
  void Forgive() { *is_doubtful_ = false; }
  // Of the manifest that was read last; 0: its last change is whole.
  uint64_t torn_bytes() const { return torn_bytes_; }

  const char* Name() const override { return "warren.guarded"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  using Doubt = std::atomic<bool>;
  class Manifest;
  class Directory;
  class Beginning;

  const std::shared_ptr<Doubt> is_doubtful_;  // Shared with the open files.
  std::atomic<uint64_t> torn_bytes_{0};
};

}  // namespace warren::log
