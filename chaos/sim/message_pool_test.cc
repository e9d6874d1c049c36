#include "chaos/sim/message_pool.h"

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

TEST(MessagePoolTest, KeepsWhatItIsGiven) {
  MessagePool pool;
  raft::Message message;
  message.term = raft::Term(4);
  message.entries = EntriesOf({1, 2});

  const MessagePool::Place copy = pool.Copy(message);
  const MessagePool::Place kept = pool.Keep(message);

  EXPECT_NE(copy, kept);
  EXPECT_EQ(pool.At(copy).entries.size(), 2U);
  EXPECT_EQ(pool.At(kept).term, raft::Term(4));
  EXPECT_TRUE(message.entries.empty());
  EXPECT_EQ(pool.InUse(), 2U);
}

TEST(MessagePoolTest, UsesAPlaceAgainAndLeavesNothingInIt) {
  MessagePool pool;
  raft::Message message;
  message.reject = true;
  message.entries = EntriesOf({1});
  const MessagePool::Place place = pool.Keep(message);
  pool.Release(place);

  raft::Message next;
  EXPECT_EQ(pool.Keep(next), place);
  EXPECT_EQ(pool.InUse(), 1U);
  EXPECT_FALSE(next.reject);
  EXPECT_TRUE(next.entries.empty());
}

}  // namespace
}  // namespace warren::sim
