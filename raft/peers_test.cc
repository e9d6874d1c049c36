#include "raft/peers.h"

#include <vector>

#include "gtest/gtest.h"

#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::NodeConfig;
using testing::Nodes;
using testing::VotersOnly;

std::vector<uint64_t> IdsOf(const Peers& peers) {
  std::vector<uint64_t> ids;
  for (const Peer& peer : peers) ids.push_back(peer.id.value());
  return ids;
}

void Acknowledge(Peers& peers, uint64_t id, uint64_t index) {
  peers.Find(NodeId(id))->progress.Advance(Index(index));
}

TEST(PeersTest, EverybodyButOneselfIsUnknownAtFirst) {
  Peers peers(NodeConfig(2), VotersOnly({1, 2, 3}), Index(7));
  const Progress& own = peers.Find(NodeId(2))->progress;
  EXPECT_EQ(own.state(), ProgressState::kReplicate);
  EXPECT_EQ(own.match(), Index(7));
  EXPECT_TRUE(own.active);
  const Progress& other = peers.Find(NodeId(1))->progress;
  EXPECT_EQ(other.state(), ProgressState::kProbe);
  EXPECT_EQ(other.match(), Index(0));
  EXPECT_EQ(other.next(), Index(8));
  EXPECT_FALSE(other.active);
}

TEST(PeersTest, AreSortedAndFoundByTheirId) {
  Membership membership = VotersOnly({9, 4});
  membership.learners = Nodes({6});
  Peers peers(NodeConfig(4), membership, Index(0));
  EXPECT_EQ(IdsOf(peers), (std::vector<uint64_t>{4, 6, 9}));
  EXPECT_EQ(peers.Find(NodeId(6))->id, NodeId(6));
  EXPECT_TRUE(peers.Find(NodeId(6))->progress.learner);
  EXPECT_EQ(peers.Find(NodeId(5)), nullptr);
}

TEST(PeersTest, FollowKeepsTheProgressOfThoseWhoStay) {
  Peers peers(NodeConfig(), VotersOnly({1, 2, 3}), Index(5));
  Acknowledge(peers, 2, 4);
  peers.Follow(VotersOnly({1, 2, 4}), Index(5));
  EXPECT_EQ(IdsOf(peers), (std::vector<uint64_t>{1, 2, 4}));
  EXPECT_EQ(peers.Find(NodeId(2))->progress.match(), Index(4));
}

TEST(PeersTest, FollowProbesThoseWhoAreNewFromTheEnd) {
  Peers peers(NodeConfig(), VotersOnly({1}), Index(5));
  peers.Follow(VotersOnly({1, 2}), Index(8));
  const Progress& added = peers.Find(NodeId(2))->progress;
  EXPECT_EQ(added.state(), ProgressState::kProbe);
  EXPECT_EQ(added.match(), Index(0));
  EXPECT_EQ(added.next(), Index(8));
  EXPECT_TRUE(added.active) << "it has had no chance to answer yet";
}

TEST(PeersTest, FollowTurnsLearnersIntoVotersAndBack) {
  Membership with_learner = VotersOnly({1, 2});
  with_learner.learners = Nodes({3});
  Peers peers(NodeConfig(), with_learner, Index(5));
  Acknowledge(peers, 3, 5);
  peers.Follow(VotersOnly({1, 2, 3}), Index(5));
  EXPECT_FALSE(peers.Find(NodeId(3))->progress.learner);
  EXPECT_EQ(peers.Find(NodeId(3))->progress.match(), Index(5));
  peers.Follow(with_learner, Index(5));
  EXPECT_TRUE(peers.Find(NodeId(3))->progress.learner);
}

TEST(PeersTest, LearnersDoNotCountTowardsTheCommit) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.learners = Nodes({4, 5});
  Peers peers(NodeConfig(), membership, Index(9));
  Acknowledge(peers, 4, 9);
  Acknowledge(peers, 5, 9);
  EXPECT_EQ(peers.CommittedIndex(membership), Index(0));
  Acknowledge(peers, 3, 6);
  EXPECT_EQ(peers.CommittedIndex(membership), Index(6));
}

// Raft thesis section 4.3.
TEST(PeersTest, JointCommitNeedsBothHalves) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.outgoing = Nodes({1, 4, 5});
  Peers peers(NodeConfig(), membership, Index(9));
  Acknowledge(peers, 2, 9);
  EXPECT_EQ(peers.CommittedIndex(membership), Index(0));
  Acknowledge(peers, 4, 7);
  EXPECT_EQ(peers.CommittedIndex(membership), Index(7));
}

TEST(PeersTest, QuorumIsActiveWhenAMajorityWasHeardOf) {
  const Membership membership = VotersOnly({1, 2, 3, 4, 5});
  Peers peers(NodeConfig(), membership, Index(0));
  EXPECT_FALSE(peers.QuorumIsActive(membership));
  peers.Find(NodeId(2))->progress.active = true;
  EXPECT_FALSE(peers.QuorumIsActive(membership));
  peers.Find(NodeId(5))->progress.active = true;
  EXPECT_TRUE(peers.QuorumIsActive(membership));
}

TEST(PeersTest, QuorumOfAJointConfigurationIsActiveInBothHalves) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.outgoing = Nodes({3, 4, 5});
  Peers peers(NodeConfig(), membership, Index(0));
  peers.Find(NodeId(2))->progress.active = true;
  peers.Find(NodeId(3))->progress.active = true;
  EXPECT_FALSE(peers.QuorumIsActive(membership));
  peers.Find(NodeId(5))->progress.active = true;
  EXPECT_TRUE(peers.QuorumIsActive(membership));
}

}  // namespace
}  // namespace warren::raft
