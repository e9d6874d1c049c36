// One process at a time.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace warren::log {

// Holds the file `lock` of a data directory for as long as it lives. The lock is the kernel's, so
// it ends with the process however that ends; the file stays. It says who has it, for people.
//
// Threads: a plain value, that moves only.
class DataLock {
 public:
  // FAILED_PRECONDITION if another process has it, or this one has already. Makes the directory if
  // it is missing.
  static absl::StatusOr<DataLock> Take(const std::string& directory);

  DataLock(DataLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  DataLock& operator=(DataLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;
  ~DataLock();

 private:
  explicit DataLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace warren::log
