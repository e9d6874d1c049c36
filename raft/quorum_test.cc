#include "raft/quorum.h"

#include <map>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::Nodes;

using Acks = std::map<NodeId, Index>;
using Votes = std::map<NodeId, bool>;

template <typename Map>
auto Lookup(const Map& map) {
  return [&map](NodeId node) -> std::optional<typename Map::mapped_type> {
    const auto found = map.find(node);
    if (found == map.end()) return std::nullopt;
    return found->second;
  };
}

TEST(QuorumTest, MajorityIsMoreThanHalf) {
  EXPECT_EQ(MajorityOf(1), 1u);
  EXPECT_EQ(MajorityOf(2), 2u);
  EXPECT_EQ(MajorityOf(3), 2u);
  EXPECT_EQ(MajorityOf(4), 3u);
  EXPECT_EQ(MajorityOf(7), 4u);
}

TEST(QuorumTest, CommittedIndexIsWhatAMajorityHasReached) {
  const Acks acks = {{NodeId(1), Index(10)}, {NodeId(2), Index(5)}, {NodeId(3), Index(7)}};
  EXPECT_EQ(CommittedIndex(Nodes({1, 2, 3}), Lookup(acks)), Index(7));
}

TEST(QuorumTest, VoterThatIsUnknownHasReachedNothing) {
  const Acks acks = {{NodeId(1), Index(10)}};
  EXPECT_EQ(CommittedIndex(Nodes({1, 2, 3}), Lookup(acks)), Index(0));
}

TEST(QuorumTest, EvenNumberOfVotersNeedsMoreThanHalf) {
  const Acks acks = {{NodeId(1), Index(9)}, {NodeId(2), Index(9)}, {NodeId(3), Index(4)}};
  EXPECT_EQ(CommittedIndex(Nodes({1, 2, 3, 4}), Lookup(acks)), Index(4));
}

// Raft thesis section 4.3: agreement needs separate majorities of both configurations.
TEST(QuorumTest, SlowerHalfOfAJointConfigurationDecides) {
  const Acks acks = {{NodeId(1), Index(9)}, {NodeId(2), Index(9)}, {NodeId(3), Index(2)}};
  EXPECT_EQ(JointCommittedIndex(Nodes({1, 2}), Nodes({1, 3}), Lookup(acks)), Index(2));
}

TEST(QuorumTest, EmptyHalfDoesNotHoldTheOtherBack) {
  const Acks acks = {{NodeId(1), Index(9)}};
  EXPECT_EQ(JointCommittedIndex(Nodes({1}), NodeSet(), Lookup(acks)), Index(9));
}

TEST(QuorumTest, VoteIsOpenUntilTheRestCannotTurnIt) {
  const NodeSet voters = Nodes({1, 2, 3});
  EXPECT_EQ(CountVotes(voters, Lookup(Votes{})), VoteResult::kPending);
  EXPECT_EQ(CountVotes(voters, Lookup(Votes{{NodeId(1), true}})), VoteResult::kPending);
  EXPECT_EQ(CountVotes(voters, Lookup(Votes{{NodeId(1), true}, {NodeId(3), true}})),
            VoteResult::kWon);
  EXPECT_EQ(CountVotes(voters, Lookup(Votes{{NodeId(1), true}, {NodeId(2), false}})),
            VoteResult::kPending);
  EXPECT_EQ(CountVotes(voters, Lookup(Votes{{NodeId(1), false}, {NodeId(2), false}})),
            VoteResult::kLost);
}

TEST(QuorumTest, VotesOfStrangersDoNotCount) {
  EXPECT_EQ(CountVotes(Nodes({1, 2, 3}),
                       Lookup(Votes{{NodeId(1), true}, {NodeId(8), true}, {NodeId(9), true}})),
            VoteResult::kPending);
}

TEST(QuorumTest, JointVoteIsWonByBothHalvesAndLostByEither) {
  const NodeSet incoming = Nodes({1, 2, 3});
  const NodeSet outgoing = Nodes({4, 5, 6});
  Votes votes = {{NodeId(1), true}, {NodeId(2), true}};
  EXPECT_EQ(JointCountVotes(incoming, outgoing, Lookup(votes)), VoteResult::kPending);
  Votes lost = votes;
  lost[NodeId(4)] = lost[NodeId(5)] = false;
  EXPECT_EQ(JointCountVotes(incoming, outgoing, Lookup(lost)), VoteResult::kLost);
  votes[NodeId(4)] = votes[NodeId(5)] = true;
  EXPECT_EQ(JointCountVotes(incoming, outgoing, Lookup(votes)), VoteResult::kWon);
}

// ---- Against the definition -------------------------------------------------------------------

NodeSet RandomSet(base::Rng& rng, uint64_t universe, uint64_t size_max) {
  NodeSet nodes;
  for (uint64_t i = rng.Below(size_max + 1); i > 0; --i) nodes.Insert(NodeId(rng.Below(universe)));
  return nodes;
}

// The largest of the candidate indexes that more than half of the voters have reached.
Index BruteForceCommitted(const NodeSet& voters, const Acks& acks) {
  if (voters.empty()) return kNoLimit;
  Index best;
  for (const auto& [candidate, index] : acks) {
    size_t reached = 0;
    for (const NodeId voter : voters) {
      const auto ack = acks.find(voter);
      reached += ack != acks.end() && ack->second >= index ? 1 : 0;
    }
    if (2 * reached > voters.size()) best = std::max(best, index);
  }
  return best;
}

// Won if every way in which the open votes may fall wins, lost if none does.
VoteResult BruteForceVote(const NodeSet& incoming, const NodeSet& outgoing, const Votes& votes) {
  std::vector<NodeId> open;
  NodeSet everybody = incoming;
  everybody.InsertAll(outgoing);
  for (const NodeId node : everybody) {
    if (!votes.contains(node)) open.push_back(node);
  }
  const auto wins = [](const NodeSet& half, const Votes& all) {
    size_t granted = 0;
    for (const NodeId node : half) granted += all.at(node) ? 1 : 0;
    return half.empty() || 2 * granted > half.size();
  };
  size_t won = 0;
  const uint64_t ways = uint64_t{1} << open.size();
  for (uint64_t way = 0; way < ways; ++way) {
    Votes all = votes;
    for (size_t i = 0; i < open.size(); ++i) all[open[i]] = (way >> i & 1) != 0;
    won += wins(incoming, all) && wins(outgoing, all) ? 1 : 0;
  }
  if (won == ways) return VoteResult::kWon;
  return won == 0 ? VoteResult::kLost : VoteResult::kPending;
}

TEST(QuorumTest, CommittedIndexMatchesBruteForce) {
  base::Rng rng(7);
  for (int round = 0; round < 5000; ++round) {
    const NodeSet incoming = RandomSet(rng, 9, 7);
    const NodeSet outgoing = RandomSet(rng, 9, 7);
    Acks acks;
    for (uint64_t node = 0; node < 9; ++node) {
      if (rng.Chance(4, 5)) acks[NodeId(node)] = Index(rng.Below(6));
    }
    ASSERT_EQ(CommittedIndex(incoming, Lookup(acks)), BruteForceCommitted(incoming, acks));
    ASSERT_EQ(JointCommittedIndex(incoming, outgoing, Lookup(acks)),
              std::min(BruteForceCommitted(incoming, acks), BruteForceCommitted(outgoing, acks)));
  }
}

// One more grant never turns a win into a loss, so looking at the halves apart loses nothing.
TEST(QuorumTest, VoteResultMatchesBruteForce) {
  base::Rng rng(8);
  for (int round = 0; round < 3000; ++round) {
    const NodeSet incoming = RandomSet(rng, 7, 5);
    const NodeSet outgoing = rng.OneIn(3) ? NodeSet() : RandomSet(rng, 7, 5);
    Votes votes;
    for (uint64_t node = 0; node < 7; ++node) {
      if (rng.Chance(2, 3)) votes[NodeId(node)] = rng.OneIn(2);
    }
    ASSERT_EQ(JointCountVotes(incoming, outgoing, Lookup(votes)),
              BruteForceVote(incoming, outgoing, votes));
  }
}

}  // namespace
}  // namespace warren::raft
