// What the log is compared with: the bare disk, and RocksDB's own write-ahead log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace warren::bench {

struct Throughput {
  double bytes_per_second = 0;
  double cpu_seconds_per_gb = 0;  // Of the whole process.
};

// A preallocated file that was written with zeros once, overwritten past the page cache, with an
// fdatasync after each `bytes`: all that a log could hope for.
class BareDisk {
 public:
  static absl::StatusOr<BareDisk> Open(const std::string& path);
  BareDisk(BareDisk&& other) noexcept;
  BareDisk& operator=(BareDisk&&) = delete;
  ~BareDisk();

  absl::StatusOr<Throughput> Measure(size_t bytes, uint64_t total);
  // One write of a block and its sync, in microseconds.
  absl::StatusOr<double> MeasureOne();

 private:
  explicit BareDisk(int file) : file_(file) {}
  absl::Status WriteAndSync(size_t bytes);

  int file_ = -1;
  uint64_t offset_ = 0;
};

// Batches of 4 KiB values, each batch written with sync = true; the memtables and options that suit
// this best.
absl::StatusOr<Throughput> MeasureRocksDb(const std::string& directory, size_t bytes,
                                          uint64_t total);

// User and system time of the process so far, in seconds.
double CpuSeconds();

}  // namespace warren::bench
