// All of the operating system that the log touches, behind one interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace warren::log {

// What direct I/O asks for: offsets, sizes and memory are multiples of this.
inline constexpr size_t kBlockBytes = 4096;
// What a disk writes whole or not at all.
inline constexpr size_t kSectorBytes = 512;

enum class Caching : uint8_t {
  kDirect,    // Past the page cache. Every access is aligned to kBlockBytes, memory included.
  kBuffered,  // Through it.
};
enum class OpenMode : uint8_t {
  kRead,       // Must exist.
  kReadWrite,  // Must exist.
  kCreate,     // Must not exist. Its name is durable only after FileSystem::SyncDirectory.
};

// An open file; closed when destroyed. Errors name the path and what the system said. Threads:
// reads from any; one writer.
class File {
 public:
  virtual ~File() = default;

  // All of it or an error, after which the range may hold anything.
  virtual absl::Status Write(uint64_t offset, std::string_view bytes) = 0;
  // Fewer bytes than `size` only at the end of the file.
  virtual absl::StatusOr<size_t> Read(uint64_t offset, size_t size, char* out) const = 0;
  // What was written is durable, the size included. After an error nothing is known of what was
  // written since the last success: never try again, stop (docs/decisions/0011).
  virtual absl::Status Sync() = 0;
  // Reserves the space [0, size), so that writing there needs none. RESOURCE_EXHAUSTED: disk full.
  virtual absl::Status Allocate(uint64_t size) = 0;
  virtual absl::StatusOr<uint64_t> Size() const = 0;
  virtual const std::string& path() const = 0;
};

// NOT_FOUND, ALREADY_EXISTS, RESOURCE_EXHAUSTED (disk full), FAILED_PRECONDITION (direct I/O is
// refused here, which may show at the first Write only), INVALID_ARGUMENT (an access to a direct
// file that is not aligned), otherwise INTERNAL. Threads: any.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                                     Caching caching) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  // The names in it, sorted; neither "." nor "..".
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& directory) = 0;
  // And those above it that are missing. Well if it is there already. Durable when it returns.
  virtual absl::Status CreateDirectories(const std::string& directory) = 0;
  // Names made, renamed and removed in it are durable.
  virtual absl::Status SyncDirectory(const std::string& directory) = 0;
  // For use by this process.
  virtual absl::StatusOr<uint64_t> FreeBytes(const std::string& directory) = 0;
};

}  // namespace warren::log
