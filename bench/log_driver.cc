#include "bench/log_driver.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/status_macros.h"

namespace warren::bench {

absl::Status LogDriver::Open() {
  log::LogPlatform platform;
  platform.files = &files_;
  platform.clock = &clock_;
  platform.listener = this;
  platform.random = [this] { return uint64_t{random_()} << 32 | random_(); };
  WARREN_ASSIGN_OR_RETURN(log_, log::ThreadedLog::Open(config_, std::move(platform), &recovery_));
  return absl::OkStatus();
}

absl::Status LogDriver::CreateGroups(uint64_t count) {
  for (uint64_t group = groups_.size(); group < count; ++group) {
    raft::Recovered first;
    first.hard_state.term = raft::Term(1);
    raft::WriteTicket ticket;
    ticket.epoch = raft::WriteEpoch(0);
    absl::Status status = log_->Create(raft::GroupId(group + 1), first, ticket);
    while (absl::IsResourceExhausted(status)) {
      std::this_thread::yield();
      status = log_->Create(raft::GroupId(group + 1), first, ticket);
    }
    WARREN_RETURN_IF_ERROR(status);
    groups_.emplace_back();
  }
  return absl::OkStatus();
}

void LogDriver::Submit(log::Write write, uint64_t bytes, uint64_t bytes_max) {
  write.ticket.epoch = raft::WriteEpoch(bytes);
  {
    std::unique_lock lock(mutex_);
    completed_.wait(lock, [&] { return under_way_ < bytes_max || !failure_.ok(); });
    if (!failure_.ok()) return;
    under_way_ += bytes;
  }
  absl::Status status;
  do {
    status = log_->Submit(std::move(write));  // NOLINT(bugprone-use-after-move): left, if refused.
    if (absl::IsResourceExhausted(status)) std::this_thread::yield();
  } while (absl::IsResourceExhausted(status));
  if (!status.ok()) OnFailed(status);
}

void LogDriver::Append(uint64_t group, uint32_t count, const base::Bytes& payload,
                       uint64_t bytes_max) {
  Group& to = groups_[group];
  log::Write write;
  write.group = raft::GroupId(group + 1);
  write.entries.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    write.entries.push_back({.id = {.index = raft::Index(++to.last), .term = raft::Term(1)},
                             .time = raft::LogTime(1),
                             .type = raft::EntryType::kNormal,
                             .payload = payload});
  }
  to.entry_bytes = payload.size();
  live_bytes_ += count * payload.size();
  Submit(std::move(write), count * payload.size(), bytes_max);
}

void LogDriver::Consume(uint64_t group, uint64_t keep) {
  Group& of = groups_[group];
  if (of.last <= of.base + keep) return;
  live_bytes_ -= (of.last - keep - of.base) * of.entry_bytes;
  of.base = of.last - keep;
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last = {.id = {.index = raft::Index(of.base), .term = raft::Term(1)},
                    .time = raft::LogTime(1)};
  snapshot->membership.voters.Insert(raft::NodeId(1));
  log::Write write;
  write.group = raft::GroupId(group + 1);
  write.snapshot = std::move(snapshot);
  Submit(std::move(write), 0, UINT64_MAX);
}

void LogDriver::AwaitAll() {
  std::unique_lock lock(mutex_);
  completed_.wait(lock, [this] { return under_way_ == 0 || !failure_.ok(); });
}

double LogDriver::AppendOne(uint64_t group, const base::Bytes& payload) {
  const auto begin = std::chrono::steady_clock::now();
  Append(group, 1, payload, UINT64_MAX);
  AwaitAll();
  const std::lock_guard lock(mutex_);
  return std::chrono::duration<double>(last_completion_ - begin).count() * 1e6;
}

absl::Status LogDriver::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void LogDriver::OnCompleted(std::span<const log::Completion> completions) {
  const auto now = std::chrono::steady_clock::now();
  uint64_t bytes = 0;
  for (const log::Completion& completion : completions) bytes += completion.ticket.epoch.value();
  {
    const std::lock_guard lock(mutex_);
    under_way_ -= bytes;
    last_completion_ = now;
  }
  completed_.notify_one();
}

void LogDriver::OnFailed(const absl::Status& why) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = why;
  }
  completed_.notify_one();
}

}  // namespace warren::bench
