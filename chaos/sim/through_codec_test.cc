#include "chaos/sim/through_codec.h"

#include <memory>

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

TEST(ThroughCodecTest, MessageIsTheSameAfterwards) {
  raft::Message message;
  message.type = raft::MessageType::kAppend;
  message.from = raft::NodeId(1);
  message.to = raft::NodeId(2);
  message.term = raft::Term(4);
  message.entries = EntriesOf({1, 4});
  message.commit = raft::Index(1);

  ASSERT_TRUE(ThroughCodec(message).ok());

  EXPECT_EQ(message.entries, EntriesOf({1, 4}));
  EXPECT_EQ(message.term, raft::Term(4));
  EXPECT_EQ(message.commit, raft::Index(1));
}

TEST(ThroughCodecTest, RecoveredStateIsTheSameAfterwards) {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last.id = Id(2, 1);
  snapshot->membership = VotersOf({1, 2});
  snapshot->terms = raft::TermRuns(Id(2, 1));
  raft::Recovered recovered;
  recovered.hard_state = Hard(3, 2, 2);
  recovered.entries = {MakeEntry(3, 3), MakeEntry(4, 3)};
  recovered.snapshot = snapshot;

  ASSERT_TRUE(ThroughCodec(recovered).ok());

  EXPECT_EQ(recovered.hard_state, Hard(3, 2, 2));
  EXPECT_EQ(recovered.entries.size(), 2U);
  EXPECT_EQ(recovered.entries[1], MakeEntry(4, 3));
  EXPECT_NE(recovered.snapshot, snapshot);              // Another object ...
  EXPECT_EQ(recovered.snapshot->last, snapshot->last);  // ... of the same content.
  EXPECT_EQ(recovered.snapshot->membership, snapshot->membership);
  EXPECT_EQ(recovered.snapshot->terms, snapshot->terms);
}

}  // namespace
}  // namespace warren::sim
