// Moving between two sets of voters by way of both: Raft thesis section 4.3.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::AddLearner;
using testing::AddVoter;
using testing::GroupConfig;
using testing::MakeAck;
using testing::MakeChange;
using testing::Nodes;
using testing::RaftCluster;
using testing::RaftMember;
using testing::Remove;
using testing::VotersOnly;

void Settle(RaftCluster& cluster) {
  cluster.Deliver();
  cluster.TickAll(5);
}

TEST(RaftJointTest, JointPhaseEndsByItself) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  for (const uint64_t id : {4u, 5u}) cluster.Start(id);
  cluster.ProposeChange(1, MakeChange({AddVoter(4), AddVoter(5), Remove(2), Remove(3)}));
  Settle(cluster);
  for (const uint64_t id : {1u, 4u, 5u}) {
    EXPECT_EQ(cluster.core(id).membership(), VotersOnly({1, 4, 5})) << id;
  }
}

TEST(RaftJointTest, NewLeaderEndsTheJointPhaseOfTheOldOne) {
  RaftCluster cluster({1, 2, 3, 4});
  cluster.Elect(1);
  cluster.ProposeChange(1, MakeChange({Remove(4)}, Transition::kJointImplicit));
  cluster.Lose([](const Message& message) {  // The leave gets nowhere.
    return message.type == MessageType::kAppend && !message.entries.empty() &&
           message.entries.back().payload.empty();
  });
  cluster.Deliver();
  cluster.TickAll(3);
  ASSERT_TRUE(cluster.core(2).membership().IsJoint());
  cluster.Heal();
  cluster.Isolate(1);
  for (int i = 0; i < 200 && cluster.Leader() < 2; ++i) cluster.TickAll();
  ASSERT_GE(cluster.Leader(), 2u);
  cluster.TickAll(10);
  EXPECT_EQ(cluster.core(2).membership(), VotersOnly({1, 2, 3}));
}

TEST(RaftJointTest, ExplicitJointPhaseWaitsForSomebodyToEndIt) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.ProposeChange(1, MakeChange({Remove(3)}, Transition::kJointExplicit));
  Settle(cluster);
  ASSERT_TRUE(cluster.core(1).membership().IsJoint());
  EXPECT_EQ(cluster.ProposeChange(1, MakeChange({AddVoter(4)})).outcome, Outcome::kInvalidChange);
  EXPECT_EQ(cluster.ProposeChange(1, ConfigChange()).outcome, Outcome::kDone);
  Settle(cluster);
  EXPECT_EQ(cluster.core(1).membership(), VotersOnly({1, 2}));
}

TEST(RaftJointTest, JointPhaseThatDoesNotExistIsNotLeft) {
  RaftMember leader(GroupConfig());
  leader.BecomeLeader();
  leader.Receive(MakeAck({.from = 2}, 1));
  leader.Run();
  EXPECT_EQ(leader.ProposeChange(ConfigChange()).outcome, Outcome::kInvalidChange);
}

TEST(RaftJointTest, DemotedVoterIsALearnerAfterTheJointPhase) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.ProposeChange(1, MakeChange({AddLearner(2), AddLearner(3)}));
  Settle(cluster);
  EXPECT_EQ(cluster.core(1).membership().voters, Nodes({1}));
  EXPECT_EQ(cluster.core(1).membership().learners, Nodes({2, 3}));
  cluster.Propose(1, "a");
  Settle(cluster);
  EXPECT_EQ(cluster[3].AppliedPayloads(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace warren::raft
