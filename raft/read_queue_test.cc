#include "raft/read_queue.h"

#include <vector>

#include "gtest/gtest.h"

#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::Nodes;
using testing::VotersOnly;

ReadQueue::Read MakeRead(uint64_t id, uint64_t index) {
  return {.from = NodeId(1), .id = ReadId(id), .index = Index(index)};
}

std::vector<uint64_t> Confirmed(ReadQueue& reads, const Membership& membership) {
  std::vector<ReadQueue::Read> out;
  reads.TakeConfirmed(membership, out);
  std::vector<uint64_t> ids;
  for (const ReadQueue::Read& read : out) ids.push_back(read.id.value());
  return ids;
}

using Ids = std::vector<uint64_t>;

TEST(ReadQueueTest, ReadIsConfirmedByAMajorityThatAnsweredAfterIt) {
  const Membership membership = VotersOnly({1, 2, 3});
  ReadQueue reads;
  reads.Add(MakeRead(7, 5));
  const uint64_t number = reads.NewestRead();
  reads.Acknowledge(NodeId(1), number);
  EXPECT_EQ(Confirmed(reads, membership), Ids{});
  reads.Acknowledge(NodeId(2), number);
  EXPECT_EQ(Confirmed(reads, membership), Ids{7});
  EXPECT_TRUE(reads.empty());
}

TEST(ReadQueueTest, OneRoundServesAllReadsBeforeIt) {
  const Membership membership = VotersOnly({1, 2, 3});
  ReadQueue reads;
  for (uint64_t id = 1; id <= 4; ++id) reads.Add(MakeRead(id, id));
  const uint64_t round = reads.NewestRead();
  reads.Add(MakeRead(5, 5));
  reads.Acknowledge(NodeId(1), reads.NewestRead());
  reads.Acknowledge(NodeId(3), round);
  EXPECT_EQ(Confirmed(reads, membership), (Ids{1, 2, 3, 4}));
  EXPECT_FALSE(reads.empty());
}

// The answer was sent before the second read arrived: it proves nothing for it.
TEST(ReadQueueTest, AnswerToAnEarlierHeartbeatDoesNotConfirmALaterRead) {
  const Membership membership = VotersOnly({1, 2, 3});
  ReadQueue reads;
  reads.Add(MakeRead(1, 1));
  const uint64_t first = reads.NewestRead();
  reads.Acknowledge(NodeId(1), first);
  reads.Acknowledge(NodeId(2), first);
  ASSERT_EQ(Confirmed(reads, membership), Ids{1});
  reads.Add(MakeRead(2, 1));
  reads.Acknowledge(NodeId(1), reads.NewestRead());
  reads.Acknowledge(NodeId(2), first);
  EXPECT_EQ(Confirmed(reads, membership), Ids{});
}

TEST(ReadQueueTest, NumbersGoOnAfterReadsWereConfirmed) {
  const Membership membership = VotersOnly({1});
  ReadQueue reads;
  reads.Add(MakeRead(1, 1));
  const uint64_t first = reads.NewestRead();
  reads.Acknowledge(NodeId(1), first);
  ASSERT_EQ(Confirmed(reads, membership), Ids{1});
  EXPECT_EQ(reads.NewestRead(), 0u);
  reads.Add(MakeRead(2, 1));
  EXPECT_GT(reads.NewestRead(), first);
}

TEST(ReadQueueTest, OlderAnswerDoesNotTakeANewerOneBack) {
  const Membership membership = VotersOnly({1, 2, 3});
  ReadQueue reads;
  reads.Add(MakeRead(1, 1));
  reads.Add(MakeRead(2, 1));
  reads.Acknowledge(NodeId(2), 2);
  reads.Acknowledge(NodeId(2), 1);
  reads.Acknowledge(NodeId(3), 2);
  EXPECT_EQ(Confirmed(reads, membership), (Ids{1, 2}));
}

TEST(ReadQueueTest, HeartbeatWithoutAReadConfirmsNothing) {
  ReadQueue reads;
  reads.Add(MakeRead(1, 1));
  reads.Acknowledge(NodeId(1), 0);
  EXPECT_EQ(Confirmed(reads, VotersOnly({1})), Ids{});
}

TEST(ReadQueueTest, LearnersDoNotConfirm) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.learners = Nodes({4, 5});
  ReadQueue reads;
  reads.Add(MakeRead(1, 1));
  for (const uint64_t node : {1u, 4u, 5u}) reads.Acknowledge(NodeId(node), 1);
  EXPECT_EQ(Confirmed(reads, membership), Ids{});
}

TEST(ReadQueueTest, JointReadNeedsBothHalves) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.outgoing = Nodes({1, 4, 5});
  ReadQueue reads;
  reads.Add(MakeRead(1, 1));
  for (const uint64_t node : {1u, 2u, 3u}) reads.Acknowledge(NodeId(node), 1);
  EXPECT_EQ(Confirmed(reads, membership), Ids{});
  reads.Acknowledge(NodeId(4), 1);
  EXPECT_EQ(Confirmed(reads, membership), Ids{1});
}

}  // namespace
}  // namespace warren::raft
