#include "bench/log_rivals.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "replication/log/disk/aligned_buffer.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"

namespace warren::bench {
namespace {

constexpr uint64_t kFileBytes = 64 * 1024 * 1024;
constexpr size_t kValueBytes = 4096;

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

absl::Status Failed(const char* what) {
  return absl::InternalError(absl::StrCat("the bare disk: ", what, ": ", std::strerror(errno)));
}

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("RocksDB: ", status.ToString()));
}

log::AlignedBuffer& Pattern() {
  static log::AlignedBuffer buffer = [] {
    log::AlignedBuffer fresh(1024 * 1024);
    for (size_t i = 0; i < fresh.size(); ++i) fresh.data()[i] = static_cast<char>(i * 31);
    return fresh;
  }();
  return buffer;
}

}  // namespace

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

absl::StatusOr<BareDisk> BareDisk::Open(const std::string& path) {
  int file = open(path.c_str(), O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
  if (file < 0) file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Failed("open");
  BareDisk disk(file);
  for (uint64_t at = 0; at < kFileBytes; at += Pattern().size()) {
    WARREN_RETURN_IF_ERROR(disk.WriteAndSync(Pattern().size()));
  }
  return disk;
}

BareDisk::BareDisk(BareDisk&& other) noexcept
    : file_(std::exchange(other.file_, -1)), offset_(other.offset_) {}

BareDisk::~BareDisk() {
  if (file_ >= 0) close(file_);
}

absl::Status BareDisk::WriteAndSync(size_t bytes) {
  if (offset_ + bytes > kFileBytes) offset_ = 0;
  const ssize_t written = pwrite(file_, Pattern().data(), bytes, static_cast<off_t>(offset_));
  if (written != static_cast<ssize_t>(bytes)) return Failed("pwrite");
  if (fdatasync(file_) != 0) return Failed("fdatasync");
  offset_ += bytes;
  return absl::OkStatus();
}

absl::StatusOr<Throughput> BareDisk::Measure(size_t bytes, uint64_t total) {
  const double cpu = CpuSeconds();
  const Clock::time_point begin = Clock::now();
  for (uint64_t done = 0; done < total; done += bytes) WARREN_RETURN_IF_ERROR(WriteAndSync(bytes));
  const auto user = static_cast<double>(total);
  return Throughput{.bytes_per_second = user / SecondsSince(begin),
                    .cpu_seconds_per_gb = (CpuSeconds() - cpu) / user * 1e9};
}

absl::StatusOr<double> BareDisk::MeasureOne() {
  const Clock::time_point begin = Clock::now();
  WARREN_RETURN_IF_ERROR(WriteAndSync(log::kBlockBytes));
  return SecondsSince(begin) * 1e6;
}

absl::StatusOr<Throughput> MeasureRocksDb(const std::string& directory, size_t bytes,
                                          uint64_t total) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 256 * 1024 * 1024;
  options.max_write_buffer_number = 4;
  options.compression = rocksdb::kNoCompression;
  options.allow_concurrent_memtable_write = false;
  rocksdb::DB* opened = nullptr;
  WARREN_RETURN_IF_ERROR(ToStatus(rocksdb::DB::Open(options, directory, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Slice value(Pattern().data(), kValueBytes);
  const double cpu = CpuSeconds();
  const Clock::time_point begin = Clock::now();
  uint64_t key = 0;
  for (uint64_t done = 0; done < total;) {
    rocksdb::WriteBatch batch;
    for (size_t filled = 0; filled < bytes; filled += kValueBytes, done += kValueBytes) {
      batch.Put(absl::StrCat(absl::Hex(key++, absl::kZeroPad16)), value);
    }
    WARREN_RETURN_IF_ERROR(ToStatus(db->Write(synced, &batch)));
  }
  const auto user = static_cast<double>(total);
  Throughput result{.bytes_per_second = user / SecondsSince(begin),
                    .cpu_seconds_per_gb = (CpuSeconds() - cpu) / user * 1e9};
  WARREN_RETURN_IF_ERROR(ToStatus(db->Close()));
  return result;
}

}  // namespace warren::bench
