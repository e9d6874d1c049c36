// Opening a file in the best way that a file system has.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "replication/log/disk/file_system.h"

namespace warren::log {

// With direct I/O, or buffered where that is refused.
inline absl::StatusOr<std::unique_ptr<File>> OpenDirectIfPossible(FileSystem* files,
                                                                  const std::string& path,
                                                                  OpenMode mode) {
  auto file = files->Open(path, mode, Caching::kDirect);
  if (file.ok() || file.status().code() != absl::StatusCode::kFailedPrecondition) return file;
  return files->Open(path, mode, Caching::kBuffered);
}

}  // namespace warren::log
