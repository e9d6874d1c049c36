#include "replication/log/disk/testing/simulated_env_files.h"

#include <string_view>

#include "absl/status/statusor.h"

namespace warren::log {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus ReadInto(const File& file, uint64_t offset, size_t size, Slice* result, char* scratch) {
  const absl::StatusOr<size_t> got = file.Read(offset, size, scratch);
  *result = Slice(scratch, got.ok() ? *got : 0);
  return ToIoStatus(got.status());
}

std::string_view View(const Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

IOStatus ToIoStatus(const absl::Status& status) {
  if (status.ok()) return IOStatus::OK();
  const std::string message(status.message());
  if (absl::IsNotFound(status)) return IOStatus::PathNotFound(message);
  if (absl::IsResourceExhausted(status)) return IOStatus::NoSpace(message);
  return IOStatus::IOError(message);
}

IOStatus SimulatedSequentialFile::Read(size_t size, const IOOptions& /*options*/, Slice* result,
                                       char* scratch, IODebugContext* /*context*/) {
  IOStatus status = ReadInto(*file_, offset_, size, result, scratch);
  offset_ += result->size();
  return status;
}

IOStatus SimulatedSequentialFile::Skip(uint64_t bytes) {
  offset_ += bytes;
  return IOStatus::OK();
}

// NOLINTNEXTLINE(readability-function-size): the interface is RocksDB's.
IOStatus SimulatedRandomAccessFile::Read(uint64_t offset, size_t size, const IOOptions& /*options*/,
                                         Slice* result, char* scratch,
                                         IODebugContext* /*context*/) const {
  return ReadInto(*file_, offset, size, result, scratch);
}

IOStatus SimulatedWritableFile::Append(const Slice& data, const IOOptions& /*options*/,
                                       IODebugContext* /*context*/) {
  const absl::Status status = file_->Write(size_, View(data));
  if (status.ok()) size_ += data.size();
  return ToIoStatus(status);
}

IOStatus SimulatedWritableFile::Truncate(uint64_t size, const IOOptions& /*options*/,
                                         IODebugContext* /*context*/) {
  size_ = size;
  return ToIoStatus(disk_->Resize(file_->path(), size));
}

IOStatus SimulatedWritableFile::Close(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return IOStatus::OK();
}

IOStatus SimulatedWritableFile::Flush(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return IOStatus::OK();
}

IOStatus SimulatedWritableFile::Sync(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return ToIoStatus(file_->Sync());
}

uint64_t SimulatedWritableFile::GetFileSize(const IOOptions& /*options*/,
                                            IODebugContext* /*context*/) {
  return size_;
}

IOStatus SimulatedRandomRwFile::Write(uint64_t offset, const Slice& data,
                                      const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return ToIoStatus(file_->Write(offset, View(data)));
}

// NOLINTNEXTLINE(readability-function-size): the interface is RocksDB's.
IOStatus SimulatedRandomRwFile::Read(uint64_t offset, size_t size, const IOOptions& /*options*/,
                                     Slice* result, char* scratch,
                                     IODebugContext* /*context*/) const {
  return ReadInto(*file_, offset, size, result, scratch);
}

IOStatus SimulatedRandomRwFile::Flush(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return IOStatus::OK();
}

IOStatus SimulatedRandomRwFile::Sync(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return ToIoStatus(file_->Sync());
}

IOStatus SimulatedRandomRwFile::Close(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return IOStatus::OK();
}

IOStatus SimulatedDirectory::Fsync(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return ToIoStatus(disk_->SyncDirectory(path_));
}

IOStatus SimulatedDirectory::Close(const IOOptions& /*options*/, IODebugContext* /*context*/) {
  return IOStatus::OK();
}

}  // namespace warren::log
