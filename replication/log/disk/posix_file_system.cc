#include "replication/log/disk/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "absl/cleanup/cleanup.h"

#include "base/status_macros.h"
#include "fmt/format.h"
#include "replication/log/disk/posix_error.h"
#include "replication/log/disk/posix_file.h"

namespace warren::log {
namespace {

int FlagsOf(OpenMode mode, Caching caching) {
  int flags = O_CLOEXEC | (mode == OpenMode::kRead ? O_RDONLY : O_RDWR);
  if (mode == OpenMode::kCreate) flags |= O_CREAT | O_EXCL;
  if (caching == Caching::kDirect) flags |= O_DIRECT;
  return flags;
}

int OpenPath(const std::string& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = open(path.c_str(), flags, 0640);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

}  // namespace

absl::StatusOr<std::unique_ptr<File>> PosixFileSystem::Open(const std::string& path, OpenMode mode,
                                                            Caching caching) {
  const int descriptor = OpenPath(path, FlagsOf(mode, caching));
  if (descriptor >= 0) return std::make_unique<PosixFile>(descriptor, path, caching);
  const int error = errno;
  const absl::Status status = PosixError(error, "open", path);
  if (error != EINVAL || caching != Caching::kDirect) return status;
  // The kernel may have made the file before it saw that it cannot open it like this.
  if (mode == OpenMode::kCreate) unlink(path.c_str());
  return absl::FailedPreconditionError(
      fmt::format("{} (direct I/O)", std::string(status.message())));
}

absl::Status PosixFileSystem::Remove(const std::string& path) {
  if (unlink(path.c_str()) != 0) return PosixError(errno, "remove", path);
  return absl::OkStatus();
}

absl::Status PosixFileSystem::Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return PosixError(errno, fmt::format("rename to {}", to), from);
}

absl::StatusOr<std::vector<std::string>> PosixFileSystem::List(const std::string& directory) {
  DIR* const open = opendir(directory.c_str());
  if (open == nullptr) return PosixError(errno, "list", directory);
  const absl::Cleanup close = [open] { closedir(open); };
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(open)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno != 0) return PosixError(errno, "list", directory);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status PosixFileSystem::CreateDirectories(const std::string& directory) {
  struct stat about {};
  if (stat(directory.c_str(), &about) == 0) {
    return S_ISDIR(about.st_mode) ? absl::OkStatus() : PosixError(ENOTDIR, "use", directory);
  }
  if (errno != ENOENT) return PosixError(errno, "look for", directory);
  const std::string parent = ParentOf(directory);
  WARREN_RETURN_IF_ERROR(CreateDirectories(parent));
  if (mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
    return PosixError(errno, "make the directory", directory);
  }
  return SyncDirectory(parent);
}

absl::Status PosixFileSystem::SyncDirectory(const std::string& directory) {
  const int descriptor = OpenPath(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return PosixError(errno, "open", directory);
  const absl::Cleanup close_it = [descriptor] { close(descriptor); };
  if (fsync(descriptor) != 0) return PosixError(errno, "sync", directory);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> PosixFileSystem::FreeBytes(const std::string& directory) {
  struct statvfs about {};
  if (statvfs(directory.c_str(), &about) != 0) {
    return PosixError(errno, "tell the free space of", directory);
  }
  return uint64_t{about.f_bavail} * about.f_frsize;
}

}  // namespace warren::log
