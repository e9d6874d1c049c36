// Memory that direct I/O accepts.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "base/check.h"
#include "replication/log/disk/file_system.h"

namespace warren::log {

// Uninitialised bytes, aligned to a block. Threads: a plain value.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t bytes) {  // Rounded up to whole blocks.
    size_ = (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    memory_.reset(
        static_cast<char*>(std::aligned_alloc(kBlockBytes, size_ == 0 ? kBlockBytes : size_)));
    WARREN_CHECK_MSG(memory_ != nullptr, "there is memory for a buffer");
  }

  char* data() { return memory_.get(); }
  const char* data() const { return memory_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  std::unique_ptr<char, Free> memory_;
  size_t size_ = 0;
};

}  // namespace warren::log
