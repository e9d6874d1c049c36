// Keeps RocksDB from removing files that its manifest may name.
#pragma once

#include <atomic>
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
// Threads: any.
class GuardedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit GuardedFileSystem(const std::shared_ptr<rocksdb::FileSystem>& target)
      : rocksdb::FileSystemWrapper(target), is_doubtful_(std::make_shared<Doubt>(false)) {}

  // The manifest was written anew.
  void Forgive() { *is_doubtful_ = false; }

  const char* Name() const override { return "warren.guarded"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
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

  const std::shared_ptr<Doubt> is_doubtful_;  // Shared with the open files.
};

}  // namespace warren::log
