// What the system said, as a Status.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace warren::log {

// "cannot sync data/log/segment-000001.log: Input/output error". `error` is an errno; its code is
// one of those that FileSystem names.
absl::Status PosixError(int error, std::string_view attempt, const std::string& path);

}  // namespace warren::log
