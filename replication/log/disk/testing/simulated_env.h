// RocksDB's files on a simulated disk.
#pragma once

#include <memory>

#include "replication/log/disk/testing/simulated_disk.h"
#include "rocksdb/env.h"

namespace warren::log {

// Threads and clock are the machine's; files are the disk's, so they lose power together with
// everything else on it. RocksDB's own log of what it does is dropped. A lock is held until it is
// given back, power or not. Borrows the disk, which outlives every database that was opened.
std::unique_ptr<rocksdb::Env> MakeSimulatedEnv(SimulatedDisk* disk);

}  // namespace warren::log
