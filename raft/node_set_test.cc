#include "raft/node_set.h"

#include <set>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::Nodes;

std::vector<uint64_t> Values(const NodeSet& nodes) {
  std::vector<uint64_t> values;
  for (const NodeId node : nodes) values.push_back(node.value());
  return values;
}

TEST(NodeSetTest, IteratesInOrderWhateverTheOrderOfInsertion) {
  EXPECT_EQ(Values(Nodes({5, 1, 3})), (std::vector<uint64_t>{1, 3, 5}));
  EXPECT_EQ(Nodes({5, 1, 3}), Nodes({3, 5, 1}));
}

TEST(NodeSetTest, HoldsEachNodeOnce) { EXPECT_EQ(Nodes({2, 2, 2}).size(), 1u); }

TEST(NodeSetTest, ListOfNodesMakesASet) {
  EXPECT_EQ((NodeSet{NodeId(2), NodeId(1)}), Nodes({1, 2}));
}

TEST(NodeSetTest, InsertAndEraseAnswerWhetherTheSetChanged) {
  NodeSet nodes = Nodes({});
  EXPECT_TRUE(nodes.Insert(NodeId(1)));
  EXPECT_FALSE(nodes.Insert(NodeId(1)));
  EXPECT_TRUE(nodes.Erase(NodeId(1)));
  EXPECT_FALSE(nodes.Erase(NodeId(1)));
  EXPECT_TRUE(nodes.empty());
}

TEST(NodeSetTest, InsertAllIsTheUnion) {
  NodeSet nodes = Nodes({1, 3});
  nodes.InsertAll(Nodes({2, 3, 9}));
  EXPECT_EQ(nodes, Nodes({1, 2, 3, 9}));
}

TEST(NodeSetTest, ClearEmptiesIt) {
  NodeSet nodes = Nodes({1, 2});
  nodes.Clear();
  EXPECT_TRUE(nodes.empty());
  EXPECT_FALSE(nodes.Contains(NodeId(1)));
}

// More than are held without an allocation.
TEST(NodeSetTest, BehavesLikeASetUnderRandomOperations) {
  base::Rng rng(1);
  NodeSet nodes = Nodes({});
  std::set<uint64_t> model;
  for (int step = 0; step < 2000; ++step) {
    const uint64_t node = rng.Below(24);
    if (rng.Chance(3, 5)) {
      EXPECT_EQ(nodes.Insert(NodeId(node)), model.insert(node).second);
    } else {
      EXPECT_EQ(nodes.Erase(NodeId(node)), model.erase(node) == 1);
    }
    ASSERT_EQ(Values(nodes), std::vector<uint64_t>(model.begin(), model.end()));
    const uint64_t probe = rng.Below(24);
    ASSERT_EQ(nodes.Contains(NodeId(probe)), model.contains(probe));
  }
}

}  // namespace
}  // namespace warren::raft
