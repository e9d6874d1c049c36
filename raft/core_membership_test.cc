// Changing who belongs to a group: Raft thesis chapter 4.
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
using testing::MakeEntry;
using testing::RaftCluster;
using testing::RaftMember;
using testing::Remove;
using testing::VotersOnly;

Entry ChangeEntry(uint64_t index, uint64_t term, const ConfigChange& change) {
  Entry entry = MakeEntry(index, term);
  entry.type = EntryType::kConfig;
  entry.payload = EncodeConfigChange(change);
  return entry;
}

RaftMember NewLeader(const Membership& membership, Config config = GroupConfig()) {
  RaftMember leader(config, {.membership = membership});
  leader.BecomeLeader();
  for (const NodeId id : membership.AllMembers()) {
    if (id != NodeId(1)) leader.Receive(MakeAck({.from = id.value()}, 1));
  }
  leader.Run();
  return leader;
}

void Settle(RaftCluster& cluster) {
  cluster.Deliver();
  cluster.TickAll(5);
}

TEST(RaftMembershipTest, ChangeTakesEffectWhenItIsApplied) {
  RaftMember leader = NewLeader(VotersOnly({1}));
  EXPECT_EQ(leader.ProposeChange(MakeChange({AddVoter(2)})).outcome, Outcome::kDone);
  EXPECT_EQ(leader.core().membership(), VotersOnly({1}));
  leader.Run();
  EXPECT_EQ(leader.core().membership(), VotersOnly({1, 2}));
  leader.Propose("a");
  leader.Run();
  EXPECT_EQ(leader.core().commit(), Index(2)) << "the new voter counts";
}

TEST(RaftMembershipTest, NewMemberIsProbedAtOnce) {
  RaftMember leader = NewLeader(VotersOnly({1}));
  leader.ProposeChange(MakeChange({AddVoter(2)}));
  std::vector<Message> outbox;
  leader.Run(outbox);
  ASSERT_FALSE(outbox.empty());
  EXPECT_EQ(outbox[0].type, MessageType::kAppend);
  EXPECT_EQ(outbox[0].to, NodeId(2));
}

TEST(RaftMembershipTest, OneChangeAtATimeIsUnderWay) {
  RaftMember leader = NewLeader(VotersOnly({1, 2, 3}));
  EXPECT_EQ(leader.ProposeChange(MakeChange({AddVoter(4)})).outcome, Outcome::kDone);
  const EntryId last = leader.core().last();
  EXPECT_EQ(leader.ProposeChange(MakeChange({AddVoter(5)})).outcome, Outcome::kInvalidChange);
  EXPECT_EQ(leader.core().last(), last) << "a refused change leaves nothing behind";
  leader.Run();
  leader.Receive(MakeAck({.from = 2}, 2));
  leader.Run();
  ASSERT_EQ(leader.core().membership(), VotersOnly({1, 2, 3, 4}));
  EXPECT_EQ(leader.ProposeChange(MakeChange({AddVoter(5)})).outcome, Outcome::kDone);
}

TEST(RaftMembershipTest, RefusedChangeLeavesAnEmptyEntryWhereThatIsAskedFor) {
  Config config = GroupConfig();
  config.compatibility.replace_refused_changes = true;
  RaftMember leader = NewLeader(VotersOnly({1, 2, 3}), config);
  leader.ProposeChange(MakeChange({AddVoter(4)}));
  leader.ProposeChange(MakeChange({AddVoter(5)}));
  const Output& output = leader.Take();
  ASSERT_EQ(output.append.size(), 2u);
  EXPECT_EQ(output.append[1].type, EntryType::kNormal);
  EXPECT_TRUE(output.append[1].payload.empty());
}

// There may be a change in the tail that an earlier leader left.
TEST(RaftMembershipTest, NewLeaderTakesNoChangeBeforeItsTailIsApplied) {
  RaftMember leader(GroupConfig(), {.term = 1, .log = {1, 1}});
  leader.BecomeLeader();
  EXPECT_EQ(leader.ProposeChange(MakeChange({AddVoter(4)})).outcome, Outcome::kInvalidChange);
  leader.Receive(MakeAck({.from = 2, .term = 2}, 3));
  leader.Run();
  EXPECT_EQ(leader.ProposeChange(MakeChange({AddVoter(4)})).outcome, Outcome::kDone);
}

TEST(RaftMembershipTest, MemberDoesNotCampaignBeforeACommittedChangeIsApplied) {
  testing::RaftStart start = {.term = 1, .log = {1}, .commit = 1};
  Recovered disk = MakeRecovered(start);
  disk.entries[0] = ChangeEntry(1, 1, MakeChange({AddLearner(1)}));
  RaftMember member(disk, GroupConfig());
  member.Tick(100);
  member.Step(Campaign{});
  EXPECT_EQ(member.core().role().role, Role::kFollower);
  member.Run();
  EXPECT_TRUE(member.core().membership().IsLearner(NodeId(1)));
}

// Every member comes to it with the same membership, so all decide alike.
TEST(RaftMembershipTest, ChangeThatCannotBeMadeHasNoEffectOnAnyMember) {
  Config config = GroupConfig();
  config.validate_config_changes = false;
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  EXPECT_EQ(cluster.ProposeChange(1, ConfigChange()).outcome, Outcome::kDone) << "not joint";
  Settle(cluster);
  for (uint64_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(cluster.core(id).applied(), Index(2));
    EXPECT_EQ(cluster.core(id).membership(), VotersOnly({1, 2, 3}));
  }
}

TEST(RaftMembershipTest, ApplyingAnImpossibleChangeSaysSo) {
  RaftMember member(GroupConfig(), {.membership = VotersOnly({1})});
  const ConfigChange change = MakeChange({Remove(1)});
  EXPECT_EQ(member.Step(ApplyConfigChange{.index = Index(1), .change = change}).outcome,
            Outcome::kInvalidChange);
  EXPECT_EQ(member.core().membership(), VotersOnly({1}));
}

// ---- Removal ----------------------------------------------------------------------------------

TEST(RaftMembershipTest, LeaderThatIsRemovedStepsDown) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.ProposeChange(1, MakeChange({Remove(1)}));
  cluster.Deliver();
  EXPECT_EQ(cluster.core(1).role(), RoleState());
  for (int i = 0; i < 100 && cluster.Leader() == 0; ++i) cluster.TickAll();
  EXPECT_GE(cluster.Leader(), 2u);
  cluster.Propose(cluster.Leader(), "without 1");
  Settle(cluster);
  EXPECT_EQ(cluster[3].AppliedPayloads(), std::vector<std::string>{"without 1"});
}

TEST(RaftMembershipTest, LeaderThatIsDemotedStepsDown) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.ProposeChange(1, MakeChange({AddLearner(1)}));
  cluster.Deliver();
  EXPECT_EQ(cluster.core(1).role().role, Role::kFollower);
}

// Thesis section 4.2.2: it manages a group that it is no part of, and does not count.
TEST(RaftMembershipTest, RemovedLeaderMayGoOnUntilItIsReplaced) {
  Config config = GroupConfig();
  config.step_down_on_removal = false;
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  cluster.ProposeChange(1, MakeChange({Remove(1)}));
  cluster.Deliver();
  EXPECT_EQ(cluster.core(1).role().role, Role::kLeader);
  EXPECT_EQ(cluster.Propose(1, "x").outcome, Outcome::kNotMember);
}

TEST(RaftMembershipTest, RemovingASlowVoterCommitsWhatWaitedForIt) {
  RaftMember leader = NewLeader(VotersOnly({1, 2}));
  leader.ProposeChange(MakeChange({Remove(2)}));
  leader.Run();
  leader.Propose("waits");
  leader.Run();
  leader.Receive(MakeAck({.from = 2}, 2));
  leader.Run();
  EXPECT_EQ(leader.core().membership(), VotersOnly({1}));
  EXPECT_EQ(leader.core().commit(), Index(3));
}

TEST(RaftMembershipTest, RemovedMemberDoesNotDisturb) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Isolate(3);
  cluster.ProposeChange(1, MakeChange({Remove(3)}));
  cluster.Deliver();
  cluster.TickAll(3);
  cluster.Heal();
  cluster.TickAll(100);  // It does not know, and asks for votes.
  EXPECT_EQ(cluster.Leader(), 1u);
  EXPECT_EQ(cluster.core(1).term(), Term(1));
}

// ---- Addition ---------------------------------------------------------------------------------

TEST(RaftMembershipTest, NewVoterGetsTheWholeLog) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Propose(1, "a");
  cluster.Deliver();
  cluster.Start(4);
  cluster.ProposeChange(1, MakeChange({AddVoter(4)}));
  Settle(cluster);
  EXPECT_EQ(cluster[4].AppliedPayloads(), std::vector<std::string>{"a"});
  EXPECT_EQ(cluster.core(4).membership(), VotersOnly({1, 2, 3, 4}));
}

TEST(RaftMembershipTest, LearnerIsPromotedOnceItHasCaughtUp) {
  RaftCluster cluster({1});
  cluster.Elect(1);
  cluster.Start(2);
  cluster.ProposeChange(1, MakeChange({AddLearner(2)}));
  Settle(cluster);
  ASSERT_EQ(cluster.core(2).last(), cluster.core(1).last());
  cluster.ProposeChange(1, MakeChange({AddVoter(2)}));
  Settle(cluster);
  EXPECT_EQ(cluster.core(2).membership(), VotersOnly({1, 2}));
  cluster.Step(1, TransferLeadership{NodeId(2)});
  cluster.Deliver();
  EXPECT_EQ(cluster.Leader(), 2u);
}

// It was made a voter, does not know of it yet, and its vote is needed.
TEST(RaftMembershipTest, VoterThatDoesNotKnowThatItIsOneHelpsToElect) {
  RaftCluster cluster({1, 2});
  cluster.Elect(1);
  cluster.Start(3);
  cluster.ProposeChange(1, MakeChange({AddVoter(3)}));
  cluster.Lose([](const Message& message) { return message.to == NodeId(3); });
  cluster.Deliver();
  cluster.TickAll(2);
  cluster.Heal();
  cluster.Isolate(1);
  ASSERT_FALSE(cluster.core(3).membership().IsVoter(NodeId(3)));
  for (int i = 0; i < 100 && cluster.Leader() < 2; ++i) cluster.TickAll();
  EXPECT_EQ(cluster.Leader(), 2u);
}

}  // namespace
}  // namespace warren::raft
