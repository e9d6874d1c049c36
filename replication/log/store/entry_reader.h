// Reads runs of entries.
#pragma once

#include <functional>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "replication/log/store/store.h"
#include "rocksdb/db.h"

namespace warren::log {

// As Store::Read.
absl::Status ReadEntries(rocksdb::DB* db, const Move::Range& range,
                         const std::function<bool(raft::Index, base::Bytes)>& visit);

}  // namespace warren::log
