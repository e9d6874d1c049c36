#include "replication/log/disk/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/strings/ascii.h"

#include "base/status_macros.h"
#include "fmt/format.h"
#include "replication/log/disk/posix_error.h"
#include "replication/log/disk/posix_file_system.h"

namespace warren::log {
namespace {

std::string HolderOf(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  const std::string pid(
      absl::StripAsciiWhitespace(std::string(text.data(), got < 0 ? 0 : static_cast<size_t>(got))));
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

}  // namespace

absl::StatusOr<DataLock> DataLock::Take(const std::string& directory) {
  WARREN_RETURN_IF_ERROR(PosixFileSystem().CreateDirectories(directory));
  const std::string path = directory + "/lock";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return PosixError(errno, "open", path);
  DataLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return PosixError(errno, "lock", path);
    return absl::FailedPreconditionError(
        fmt::format("the data directory {} is in use by {}: it holds the lock on {}", directory,
                    HolderOf(descriptor), path));
  }
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
    return PosixError(errno, "write", path);
  }
  return lock;
}

DataLock::~DataLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace warren::log
