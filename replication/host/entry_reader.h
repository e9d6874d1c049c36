// Reads that may wait for the disk.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "base/mailbox.h"
#include "replication/host/shard_item.h"
#include "replication/log/log_store.h"

namespace warren::replication {

// A thread that reads entries for all shards, so that none of them waits. Threads: Read from any.
class EntryReader {
 public:
  using DeliverFn = std::function<void(ShardNo, EntriesRead)>;

  // Borrows the log. `deliver` is called by its thread.
  EntryReader(log::LogStore* log, DeliverFn deliver);
  ~EntryReader();

  void Read(ReadJob job) { jobs_.Post(std::move(job)); }
  void Stop();

  static EntriesRead Do(log::LogStore& log, ReadJob job);

 private:
  void Loop();

  log::LogStore* const log_;
  const DeliverFn deliver_;
  base::Mailbox<ReadJob> jobs_;  // Bounded by what groups ask for at a time.
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace warren::replication
