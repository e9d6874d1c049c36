// How RocksDB is set up for the store.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "replication/log/store/dead_filter.h"
#include "replication/log/store/store.h"
#include "rocksdb/options.h"
#include "rocksdb/status.h"

namespace warren::log {

// Nothing is ever written through RocksDB's memory tables or its write-ahead log, and RocksDB never
// compacts on its own: each file is made by Apply() or by Compact().
rocksdb::Options MakeOptions(const StoreConfig& config,
                             std::shared_ptr<DeadFilterFactory> filter_factory);

// DATA_LOSS, RESOURCE_EXHAUSTED (no space), otherwise INTERNAL; with `what` in front.
absl::Status ToStatus(const rocksdb::Status& status, std::string_view what);

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace warren::log
