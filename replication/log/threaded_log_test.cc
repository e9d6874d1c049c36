#include "replication/log/threaded_log.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using warren::testing::IsOk;

// Counts completions per group, and lets a test wait for them.
class CountingListener final : public LogListener {
 public:
  void OnCompleted(std::span<const Completion> completions) override {
    const std::lock_guard lock(mutex_);
    for (const Completion& completion : completions) {
      uint64_t& last = last_[completion.group];
      in_order_ = in_order_ && completion.ticket.epoch.value() == last + 1;
      last = completion.ticket.epoch.value();
    }
    changed_.notify_all();
  }
  void OnRetirementNear(std::span<const raft::GroupId>) override {}
  void OnFailed(const absl::Status& why) override { ADD_FAILURE() << why; }
  void OnSpace(bool) override {}

  void AwaitTicket(raft::GroupId group, uint64_t ticket) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return last_[group] >= ticket; });
  }
  bool in_order() {
    const std::lock_guard lock(mutex_);
    return in_order_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<raft::GroupId, uint64_t> last_;
  bool in_order_ = true;
};

class ThreadedLogTest : public ::testing::Test {
 protected:
  ThreadedLogTest() {
    config_.directory = directory_.path();
    config_.segment_bytes = 256 * 1024;
    config_.segments_kept = 1;
    config_.round_bytes_max = 32 * 1024;
    config_.queued_bytes_max = 128 * 1024;
    config_.reserve_bytes = 0;
    config_.disk_free_min = 0;
    config_.memory_bytes = 64 * 1024;
  }
  void Open() {
    LogPlatform platform;
    platform.files = &files_;
    platform.clock = &clock_;
    platform.listener = &listener_;
    platform.random = [this] { return rng_.Next(); };
    auto log = ThreadedLog::Open(config_, std::move(platform), &recovery_);
    ASSERT_THAT(log, IsOk());
    log_ = *std::move(log);
  }

  TempDir directory_;
  PosixFileSystem files_;
  base::SystemClock clock_;
  base::Rng rng_{1};
  LogConfig config_;
  CountingListener listener_;
  Recovery recovery_;
  std::unique_ptr<ThreadedLog> log_;
};

// Appends entries 1..last to a group, as fast as the log takes them, and reads some back.
void Drive(ThreadedLog& log, raft::GroupId group, uint64_t last) {
  uint64_t ticket = 1;
  for (uint64_t index = 1; index <= last;) {
    Write write;
    write.group = group;
    write.entries = MakeEntries(index, index, 1, 500);
    write.ticket.epoch = raft::WriteEpoch(ticket + 1);
    const absl::Status status = log.Submit(std::move(write));
    if (!status.ok()) {
      ASSERT_TRUE(absl::IsResourceExhausted(status)) << status;
      std::this_thread::yield();
      continue;
    }
    ++ticket;
    if (index % 50 == 0) {
      const auto entry = log.Read(group, raft::Index(index / 2), raft::Index(index / 2), 1);
      ASSERT_TRUE(entry.ok()) << entry.status();
      EXPECT_EQ(*entry, MakeEntries(index / 2, index / 2, 1, 500));
    }
    ++index;
  }
}

TEST_F(ThreadedLogTest, ManyThreadsWriteAndReadWhileSegmentsRetire) {
  constexpr uint64_t kEntries = 1500;
  constexpr uint64_t kGroups = 3;
  Open();
  raft::Recovered first;
  for (uint64_t group = 1; group <= kGroups; ++group) {
    raft::WriteTicket ticket;
    ticket.epoch = raft::WriteEpoch(1);
    ASSERT_THAT(log_->Create(raft::GroupId(group), first, ticket), IsOk());
  }
  std::vector<std::thread> threads;
  for (uint64_t group = 1; group <= kGroups; ++group) {
    threads.emplace_back([this, group] { Drive(*log_, raft::GroupId(group), kEntries); });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t group = 1; group <= kGroups; ++group) {
    listener_.AwaitTicket(raft::GroupId(group), kEntries + 1);
  }
  EXPECT_TRUE(listener_.in_order());
  log_.reset();
  Open();
  EXPECT_TRUE(recovery_.whole) << recovery_.why_not_whole;
  ASSERT_EQ(recovery_.groups.size(), kGroups);
  for (const RecoveredGroup& group : recovery_.groups) {
    EXPECT_EQ(group.last.index, raft::Index(kEntries));
    for (raft::Index next(1); next <= group.last.index;) {
      const auto entries = log_->Read(group.group, next, group.last.index, 64 * 1024);
      ASSERT_THAT(entries, IsOk());
      for (const raft::Entry& entry : *entries) {
        EXPECT_EQ(entry, MakeEntries(next.value(), next.value(), 1, 500).front());
        next = next + 1;
      }
    }
  }
}

TEST_F(ThreadedLogTest, ADirectoryIsOpenOnce) {
  Open();
  LogPlatform platform;
  platform.files = &files_;
  platform.clock = &clock_;
  platform.listener = &listener_;
  Recovery recovery;
  EXPECT_THAT(ThreadedLog::Open(config_, std::move(platform), &recovery),
              warren::testing::StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ThreadedLogTest, StoppingWritesWhatWasSubmitted) {
  Open();
  ASSERT_THAT(log_->Create(raft::GroupId(1), {}, {}), IsOk());
  log_->Stop();
  log_.reset();
  Open();
  EXPECT_EQ(recovery_.groups.size(), 1);
}

}  // namespace
}  // namespace warren::log
