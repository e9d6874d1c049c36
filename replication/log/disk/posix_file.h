// An open file of the machine's.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "replication/log/disk/file_system.h"

namespace warren::log {

// Owns the descriptor. Threads: as File.
class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path, Caching caching)
      : descriptor_(descriptor), path_(std::move(path)), caching_(caching) {}
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  absl::Status Write(uint64_t offset, std::string_view bytes) override;
  absl::StatusOr<size_t> Read(uint64_t offset, size_t size, char* out) const override;
  absl::Status Sync() override;
  absl::Status Allocate(uint64_t size) override;
  absl::StatusOr<uint64_t> Size() const override;
  const std::string& path() const override { return path_; }

 private:
  absl::Status Failed(int error, std::string_view attempt) const;

  const int descriptor_;
  const std::string path_;
  const Caching caching_;
};

// INVALID_ARGUMENT if direct I/O does not take such an access.
absl::Status CheckAligned(const std::string& path, uint64_t offset, size_t size,
                          const char* memory);

}  // namespace warren::log
