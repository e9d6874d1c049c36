// A shard as a node runs it.
#pragma once

#include <atomic>
#include <thread>

#include "base/mailbox.h"
#include "replication/host/shard.h"

namespace warren::replication {

// A shard with a thread and a mailbox. Threads: Post and progress from any.
class ShardThread {
 public:
  ShardThread(const HostConfig& config, ShardPlatform platform);
  ~ShardThread();

  void Start();
  // What was posted before is dealt with; what is posted later is not.
  void Stop();

  // False: too much lies there.
  bool TryPost(ShardItem item) { return mailbox_.TryPost(std::move(item)); }
  void Post(ShardItem item) { mailbox_.Post(std::move(item)); }

  // Rises with each pass: a shard that does not move is seen.
  uint64_t progress() const { return progress_.load(std::memory_order_relaxed); }

 private:
  void Loop();

  base::Mailbox<ShardItem> mailbox_;
  Shard shard_;
  std::atomic<uint64_t> progress_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace warren::replication
