#include "replication/log/disk/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "replication/log/disk/posix_error.h"

namespace warren::log {

absl::Status CheckAligned(const std::string& path, uint64_t offset, size_t size,
                          const char* memory) {
  const auto address = reinterpret_cast<uintptr_t>(memory);
  if ((offset | size | address) % kBlockBytes == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{} is open for direct I/O: {} bytes at offset {}, memory at {:#x}, are not all "
                  "multiples of {}",
                  path, size, offset, address, kBlockBytes));
}

PosixFile::~PosixFile() { close(descriptor_); }

// Some file systems take O_DIRECT when a file is opened, and refuse the first access.
absl::Status PosixFile::Failed(int error, std::string_view attempt) const {
  const absl::Status status = PosixError(error, attempt, path_);
  if (error != EINVAL || caching_ != Caching::kDirect) return status;
  return absl::FailedPreconditionError(
      fmt::format("{} (direct I/O)", std::string(status.message())));
}

absl::Status PosixFile::Write(uint64_t offset, std::string_view bytes) {
  if (caching_ == Caching::kDirect) {
    WARREN_RETURN_IF_ERROR(CheckAligned(path_, offset, bytes.size(), bytes.data()));
  }
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed(errno, "write");
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> PosixFile::Read(uint64_t offset, size_t size, char* out) const {
  if (caching_ == Caching::kDirect) {
    WARREN_RETURN_IF_ERROR(CheckAligned(path_, offset, size, out));
  }
  size_t done = 0;
  while (done < size) {
    const ssize_t got =
        pread(descriptor_, out + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(errno, "read");
    done += static_cast<size_t>(got);
    // A direct read that ends within a block has met the end of the file; going on from there
    // would not be aligned.
    const bool is_cut = caching_ == Caching::kDirect && done % kBlockBytes != 0;
    if (got == 0 || is_cut) break;
  }
  return done;
}

absl::Status PosixFile::Sync() {
  if (fdatasync(descriptor_) == 0) return absl::OkStatus();
  return PosixError(errno, "sync", path_);
}

absl::Status PosixFile::Allocate(uint64_t size) {
  while (fallocate(descriptor_, 0, 0, static_cast<off_t>(size)) != 0) {
    if (errno == EINTR) continue;
    // A file system that cannot reserve: whoever allocates writes it all anyway, so it is told then
    // if there is no room.
    if (errno == EOPNOTSUPP || errno == ENOSYS) break;
    return PosixError(errno, "reserve the space of", path_);
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> PosixFile::Size() const {
  struct stat about {};
  if (fstat(descriptor_, &about) != 0) return PosixError(errno, "tell the size of", path_);
  return static_cast<uint64_t>(about.st_size);
}

}  // namespace warren::log
