#include "replication/host/write_queue.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

constexpr uint64_t kGroup = 5;

class WriteQueueTest : public ::testing::Test {
 protected:
  WriteQueueTest() {
    EXPECT_THAT(log_.Open(), IsOk());
    EXPECT_THAT(log_.Create(kGroup), IsOk());
    log_.WriteAll();
    log_.listener.completions.clear();
  }
  PendingWrite Entries(uint64_t first, uint64_t last) {
    PendingWrite pending;
    pending.write = log_.MakeWrite(kGroup);
    pending.write.entries = log::MakeEntries(first, last, 1);
    return pending;
  }
  static PendingWrite Nothing() {
    PendingWrite pending;
    pending.writes = false;
    return pending;
  }
  // The tickets of what can be released, in that order.
  std::vector<uint64_t> Release() {
    std::vector<uint64_t> tickets;
    while (PendingWrite* const done = queue_.Done()) {
      tickets.push_back(done->write.ticket.last.index.value());
      queue_.Pop();
    }
    return tickets;
  }

  log::LogFixture log_;
  WriteQueue queue_;
};

TEST_F(WriteQueueTest, WhatIsDurableLeavesInItsOrder) {
  PendingWrite first = Entries(1, 2);
  PendingWrite second = Entries(3, 3);
  first.write.ticket.last.index = raft::Index(2);
  second.write.ticket.last.index = raft::Index(3);
  queue_.Push(std::move(first));
  queue_.Push(std::move(second));
  EXPECT_GT(queue_.waiting_bytes(), 0u);
  ASSERT_THAT(queue_.Submit(*log_), IsOk());
  EXPECT_EQ(queue_.waiting_bytes(), 0u);
  EXPECT_EQ(queue_.Done(), nullptr);
  log_.WriteAll();
  ASSERT_EQ(log_.listener.completions.size(), 2u);
  queue_.OnCompleted();
  EXPECT_THAT(Release(), ElementsAre(2));
  queue_.OnCompleted();
  EXPECT_THAT(Release(), ElementsAre(3));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(WriteQueueTest, WhatWritesNothingWaitsForThoseBeforeIt) {
  queue_.Push(Entries(1, 1));
  queue_.Push(Nothing());
  ASSERT_THAT(queue_.Submit(*log_), IsOk());
  EXPECT_EQ(queue_.Done(), nullptr);
  queue_.OnCompleted();
  EXPECT_EQ(Release().size(), 2u);
}

TEST_F(WriteQueueTest, WhatWritesNothingIsDoneAtOnceWhenNothingIsBeforeIt) {
  queue_.Push(Nothing());
  ASSERT_THAT(queue_.Submit(*log_), IsOk());
  EXPECT_EQ(Release().size(), 1u);
}

TEST_F(WriteQueueTest, AWriteThatTheLogRefusesForNowIsGivenToItAgain) {
  log_.config.queued_bytes_max = 16'384;
  ASSERT_THAT(log_.Open(), IsOk());
  for (uint64_t i = 0; i < 8; ++i) {
    PendingWrite pending = Entries(i + 1, i + 1);
    pending.write.entries[0].payload = base::Bytes::Adopt(std::string(5000, 'x'));
    queue_.Push(std::move(pending));
  }
  ASSERT_THAT(queue_.Submit(*log_), IsOk());
  EXPECT_TRUE(queue_.IsStuck());
  size_t released = 0;
  for (int round = 0; round < 10 && released < 8; ++round) {
    log_.listener.completions.clear();
    log_.WriteAll();
    for (size_t i = 0; i < log_.listener.completions.size(); ++i) queue_.OnCompleted();
    ASSERT_THAT(queue_.Submit(*log_), IsOk());
    released += Release().size();
  }
  EXPECT_EQ(released, 8u);
  EXPECT_FALSE(queue_.IsStuck());
  EXPECT_EQ(log_.ReadOne(kGroup, 8).substr(0, 4), "8@1:");
}

TEST_F(WriteQueueTest, AWriteThatMakesNoSenseIsAnError) {
  queue_.Push(Entries(7, 7));  // Leaves a gap.
  EXPECT_THAT(queue_.Submit(*log_), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace warren::replication
