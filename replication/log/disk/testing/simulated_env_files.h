// What RocksDB reads from and writes to, as files of a simulated disk.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"

#include "replication/log/disk/testing/simulated_disk.h"
#include "rocksdb/file_system.h"

namespace warren::log {

rocksdb::IOStatus ToIoStatus(const absl::Status& status);

class SimulatedSequentialFile final : public rocksdb::FSSequentialFile {
 public:
  explicit SimulatedSequentialFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  rocksdb::IOStatus Read(size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result,
                         char* scratch, rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Skip(uint64_t bytes) override;

 private:
  const std::unique_ptr<File> file_;
  uint64_t offset_ = 0;
};

class SimulatedRandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  explicit SimulatedRandomAccessFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  rocksdb::IOStatus Read(uint64_t offset, size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* context) const override;

 private:
  const std::unique_ptr<File> file_;
};

class SimulatedWritableFile final : public rocksdb::FSWritableFile {
 public:
  // Goes on at `size`.
  SimulatedWritableFile(SimulatedDisk* disk, std::unique_ptr<File> file, uint64_t size)
      : disk_(disk), file_(std::move(file)), size_(size) {}

  using rocksdb::FSWritableFile::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Truncate(uint64_t size, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* context) override;
  uint64_t GetFileSize(const rocksdb::IOOptions& options,
                       rocksdb::IODebugContext* context) override;

 private:
  SimulatedDisk* const disk_;
  const std::unique_ptr<File> file_;
  uint64_t size_ = 0;
};

// RocksDB syncs files with this that it did not write itself, such as those it ingests.
class SimulatedRandomRwFile final : public rocksdb::FSRandomRWFile {
 public:
  explicit SimulatedRandomRwFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  rocksdb::IOStatus Write(uint64_t offset, const rocksdb::Slice& data,
                          const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Read(uint64_t offset, size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* context) const override;
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override;

 private:
  const std::unique_ptr<File> file_;
};

class SimulatedDirectory final : public rocksdb::FSDirectory {
 public:
  SimulatedDirectory(SimulatedDisk* disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* context) override;

 private:
  SimulatedDisk* const disk_;
  const std::string path_;
};

}  // namespace warren::log
