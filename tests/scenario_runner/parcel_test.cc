#include "tests/scenario_runner/parcel.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

raft::Message MessageOf(raft::MessageType type, uint64_t from, uint64_t to) {
  raft::Message message;
  message.type = type;
  message.from = raft::NodeId(from);
  message.to = raft::NodeId(to);
  return message;
}

StoreDone DoneAt(uint64_t node) {
  return {.node = raft::NodeId(node), .ticket = {}, .snapshot = nullptr};
}

TEST(NetworkTest, KeepsTheOrderPerRecipient) {
  Network network;
  network.Send(MessageOf(raft::MessageType::kAppend, 1, 2));
  network.Send(MessageOf(raft::MessageType::kAppend, 1, 3));
  network.Send(MessageOf(raft::MessageType::kHeartbeat, 1, 2));
  const std::vector<Parcel> taken = network.TakeFor(raft::NodeId(2), std::nullopt);
  ASSERT_THAT(taken, SizeIs(2));
  EXPECT_EQ(ToWire(taken[0]).type, "MsgApp");
  EXPECT_EQ(ToWire(taken[1]).type, "MsgHeartbeat");
  EXPECT_FALSE(network.HasFor(raft::NodeId(2)));
  EXPECT_TRUE(network.HasFor(raft::NodeId(3)));
}

TEST(NetworkTest, TakesOnlyTheTypeAskedFor) {
  Network network;
  network.Send(MessageOf(raft::MessageType::kAppend, 1, 2));
  network.Send(DoneAt(2));
  EXPECT_THAT(network.TakeFor(raft::NodeId(2), "MsgVote"), IsEmpty());
  EXPECT_THAT(network.TakeFor(raft::NodeId(2), "MsgStorageAppendResp"), SizeIs(1));
  EXPECT_THAT(network.TakeFor(raft::NodeId(2), std::nullopt), SizeIs(1));
}

TEST(NetworkTest, LosesNothingThatIsLocal) {
  Network network;
  network.Send(MessageOf(raft::MessageType::kAppendResponse, 2, 2));
  network.Send(DoneAt(2));
  network.Send(ApplyDone{.node = raft::NodeId(2), .entries = {}});
  network.Send(MessageOf(raft::MessageType::kAppend, 1, 2));
  EXPECT_THAT(network.LoseFor(raft::NodeId(2), std::nullopt), SizeIs(1));
  EXPECT_THAT(network.TakeFor(raft::NodeId(2), std::nullopt), SizeIs(3));
}

TEST(ParcelTest, CompletionsComeFromTheirThreads) {
  StoreDone stored = DoneAt(3);
  stored.ticket.term = raft::Term(2);
  stored.ticket.last = {.index = raft::Index(7), .term = raft::Term(1)};
  EXPECT_EQ(Describe(ToWire(Parcel(stored))),
            "AppendThread->3 MsgStorageAppendResp Term:2 Log:1/7");
  const Parcel applied = ApplyDone{.node = raft::NodeId(3), .entries = {}};
  EXPECT_EQ(Describe(ToWire(applied)), "ApplyThread->3 MsgStorageApplyResp Term:0 Log:0/0");
}

TEST(ParcelTest, TransferWishNamesItsTargetAsSender) {
  const Parcel wish =
      TransferWish{.target = raft::NodeId(3), .leader = raft::NodeId(1), .term = raft::Term(2)};
  EXPECT_EQ(Describe(ToWire(wish)), "3->1 MsgTransferLeader Term:2 Log:0/0");
  EXPECT_EQ(RecipientOf(wish), raft::NodeId(1));
  EXPECT_FALSE(IsLocal(wish));
}

}  // namespace
}  // namespace warren::scenario_runner
