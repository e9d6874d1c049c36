#include "replication/session/leader_search.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/session/testing/fake_session_host.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;

constexpr NodeId kNobody;

// The host's own node is 1.
class LeaderSearchTest : public ::testing::Test {
 protected:
  static std::vector<NodeId> Nodes(std::initializer_list<uint64_t> ids) {
    std::vector<NodeId> nodes;
    for (const uint64_t id : ids) nodes.emplace_back(id);
    return nodes;
  }
  // Where it goes if each refuses in turn.
  static std::vector<uint64_t> Asked(LeaderSearch& search, int times, NodeId except = kNobody) {
    std::vector<uint64_t> asked;
    for (int i = 0; i < times; ++i) {
      except = search.Next(except);
      asked.push_back(except.value());
    }
    return asked;
  }
  void Suspect(std::initializer_list<uint64_t> ids) {
    host_.suspected.clear();
    for (const uint64_t id : ids) host_.suspected.insert(NodeId(id));
  }

  FakeSessionHost host_;
};

TEST_F(LeaderSearchTest, TheOwnNodeIsFirstAndThenTheOthersTakeTurns) {
  LeaderSearch search(Nodes({3, 1, 2}), &host_);
  EXPECT_THAT(Asked(search, 7), ElementsAre(1, 2, 3, 1, 2, 3, 1));
}

TEST_F(LeaderSearchTest, WhoIsNoMemberBeginsWithTheFirstMember) {
  LeaderSearch search(Nodes({5, 4}), &host_);
  EXPECT_THAT(Asked(search, 3), ElementsAre(5, 4, 5));
  EXPECT_FALSE(search.IsMember(host_.self()));
}

TEST_F(LeaderSearchTest, TheTrustedArePreferred) {
  LeaderSearch search(Nodes({1, 2, 3, 4}), &host_);
  Suspect({1, 3});
  EXPECT_THAT(Asked(search, 4), ElementsAre(2, 4, 2, 4));
}

TEST_F(LeaderSearchTest, WhoIsTrustedAgainHasItsTurn) {
  LeaderSearch search(Nodes({1, 2, 3}), &host_);
  Suspect({2});
  EXPECT_THAT(Asked(search, 2), ElementsAre(1, 3));
  Suspect({});
  EXPECT_THAT(Asked(search, 3, NodeId(3)), ElementsAre(1, 2, 3));
}

TEST_F(LeaderSearchTest, TheOneToAvoidIsPassedOver) {
  LeaderSearch search(Nodes({1, 2, 3}), &host_);
  EXPECT_EQ(search.Next(NodeId(1)), NodeId(2));
  EXPECT_EQ(search.Next(NodeId(3)), NodeId(1));
}

TEST_F(LeaderSearchTest, TheOneToAvoidIsAskedIfThereIsNobodyElse) {
  LeaderSearch search(Nodes({2}), &host_);
  EXPECT_EQ(search.Next(NodeId(2)), NodeId(2));
  Suspect({2});
  EXPECT_EQ(search.Next(NodeId(2)), NodeId(2));
  EXPECT_EQ(search.Next(kNobody), NodeId(2));
}

// It has just said that it does not lead, so it lives, and will know who does.
TEST_F(LeaderSearchTest, ATrustedOneToAvoidIsBetterThanTheSuspected) {
  LeaderSearch search(Nodes({1, 2, 3}), &host_);
  Suspect({1, 3});
  EXPECT_THAT(Asked(search, 3), ElementsAre(2, 2, 2));
}

TEST_F(LeaderSearchTest, IfNobodyIsTrustedAllTakeTurns) {
  LeaderSearch search(Nodes({1, 2, 3}), &host_);
  Suspect({1, 2, 3});
  EXPECT_THAT(Asked(search, 5), ElementsAre(1, 2, 3, 1, 2));
}

TEST_F(LeaderSearchTest, AStrangerToAvoidDoesNotKeepTheSuspectedFromBeingAsked) {
  LeaderSearch search(Nodes({1, 2}), &host_);
  Suspect({1, 2});
  EXPECT_EQ(search.Next(NodeId(9)), NodeId(1));
  EXPECT_EQ(search.Next(NodeId(9)), NodeId(2));
}

TEST_F(LeaderSearchTest, NewMembersReplaceTheOldOnesAndTheOwnNodeIsFirstAgain) {
  LeaderSearch search(Nodes({1, 2, 3}), &host_);
  EXPECT_THAT(Asked(search, 2), ElementsAre(1, 2));
  search.SetMembers(Nodes({4, 1, 5}));
  EXPECT_FALSE(search.IsMember(NodeId(2)));
  EXPECT_TRUE(search.IsMember(NodeId(5)));
  EXPECT_THAT(Asked(search, 4), ElementsAre(1, 5, 4, 1));
}

}  // namespace
}  // namespace warren::replication
