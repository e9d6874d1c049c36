#include "replication/log/disk/posix_error.h"

#include <cerrno>
#include <system_error>

#include "fmt/format.h"

namespace warren::log {
namespace {

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status PosixError(int error, std::string_view attempt, const std::string& path) {
  return {CodeOf(error),
          fmt::format("cannot {} {}: {}", attempt, path, std::generic_category().message(error))};
}

}  // namespace warren::log
