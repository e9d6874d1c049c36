#include "replication/host/shard_thread.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace warren::replication {
namespace {

// A shard without a deadline shows that it is alive so often.
constexpr absl::Duration kIdleMax = absl::Seconds(1);

}  // namespace

ShardThread::ShardThread(const HostConfig& config, ShardPlatform platform)
    : mailbox_(config.mailbox_items_max), shard_(config, std::move(platform)) {}

ShardThread::~ShardThread() { Stop(); }

void ShardThread::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void ShardThread::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  mailbox_.Interrupt();
  thread_.join();
}

void ShardThread::Loop() {
  std::vector<ShardItem> items;
  while (true) {
    const bool last = stopping_;
    mailbox_.Drain(&items);
    for (ShardItem& item : items) shard_.Handle(std::move(item));
    items.clear();
    shard_.Pass();
    progress_.fetch_add(1, std::memory_order_relaxed);
    if (last) return;
    const std::optional<base::MonotonicTime> wakeup = shard_.NextWakeup();
    absl::Duration wait = kIdleMax;
    if (wakeup.has_value()) wait = std::min(wait, *wakeup - shard_.Now());
    mailbox_.Wait(wait);
  }
}

}  // namespace warren::replication
