// A log on the real disk, and somebody who keeps it busy.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "base/clock.h"
#include "replication/log/disk/posix_file_system.h"
#include "replication/log/threaded_log.h"

namespace warren::bench {

// Submits entries of one size in many groups, with so much under way at once, and lets each group
// take a snapshot when the log says that its segment will retire.
class LogDriver final : public log::LogListener {
 public:
  explicit LogDriver(log::LogConfig config) : config_(std::move(config)) {}
  ~LogDriver() override { Close(); }

  absl::Status Open();
  void Close() { log_.reset(); }

  absl::Status CreateGroups(uint64_t count);
  // `count` entries for a group, all of the same payload. Waits while `bytes_max` are under way.
  void Append(uint64_t group, uint32_t count, const base::Bytes& payload, uint64_t bytes_max);
  // Everything up to the last entry but `keep` of them is consumed.
  void Consume(uint64_t group, uint64_t keep);
  void AwaitAll();
  // Submits one entry, and returns the microseconds until the log said that it is durable.
  double AppendOne(uint64_t group, const base::Bytes& payload);

  log::ThreadedLog& log() { return *log_; }
  const log::Recovery& recovery() const { return recovery_; }
  uint64_t live_bytes() const { return live_bytes_; }
  absl::Status failure();

  void OnCompleted(std::span<const log::Completion> completions) override;
  void OnRetirementNear(std::span<const raft::GroupId>) override {}
  void OnFailed(const absl::Status& why) override;
  void OnSpace(bool) override {}

 private:
  struct Group {
    uint64_t last = 0;
    uint64_t base = 0;
    uint64_t entry_bytes = 0;  // Of its latest entry.
  };
  void Submit(log::Write write, uint64_t bytes, uint64_t bytes_max);

  const log::LogConfig config_;
  log::PosixFileSystem files_;
  base::SystemClock clock_;
  std::random_device random_;
  log::Recovery recovery_;
  std::vector<Group> groups_;
  uint64_t live_bytes_ = 0;

  std::mutex mutex_;
  std::condition_variable completed_;
  uint64_t under_way_ = 0;  // Bytes.
  std::chrono::steady_clock::time_point last_completion_;
  absl::Status failure_;

  std::unique_ptr<log::ThreadedLog> log_;  // Last: its threads call this object.
};

}  // namespace warren::bench
