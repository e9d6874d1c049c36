// Writes a Move as one sorted file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

#include "replication/log/store/store.h"
#include "rocksdb/options.h"

namespace warren::log {

// Synced when it returns; returns its size. What stands at `path` is replaced. `has_keys` tells
// whether the store may have anything of a group: a destroyed one of which it has nothing needs no
// tombstones.
absl::StatusOr<uint64_t> WriteMove(const Move& move, const rocksdb::Options& options,
                                   const std::function<bool(GroupNo)>& has_keys,
                                   const std::string& path);

}  // namespace warren::log
