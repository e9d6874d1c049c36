#include "base/identity.h"

#include <map>
#include <type_traits>
#include <unordered_set>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

using NodeId = Identity<struct NodeTag>;
using GroupId = Identity<struct GroupTag>;

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Subtractable = requires(A a, B b) {
  a - b;
};

TEST(IdentityTest, DefaultIsNone) {
  EXPECT_TRUE(NodeId().IsNone());
  EXPECT_FALSE(NodeId(1).IsNone());
  EXPECT_EQ(NodeId().value(), 0u);
}

TEST(IdentityTest, ComparesByValue) {
  EXPECT_EQ(NodeId(7), NodeId(7));
  EXPECT_NE(NodeId(7), NodeId(8));
  EXPECT_LT(NodeId(7), NodeId(8));
}

TEST(IdentityTest, HasNoArithmeticAndDoesNotMixWithOthers) {
  static_assert(!Addable<NodeId, NodeId>);
  static_assert(!Addable<NodeId, uint64_t>);
  static_assert(!Subtractable<NodeId, NodeId>);
  static_assert(!std::is_convertible_v<uint64_t, NodeId>);
  static_assert(!std::is_convertible_v<NodeId, uint64_t>);
  static_assert(!std::is_constructible_v<NodeId, GroupId>);
  static_assert(!std::equality_comparable_with<NodeId, GroupId>);
  static_assert(sizeof(NodeId) == sizeof(uint64_t));
}

TEST(IdentityTest, WorksAsKeyOfHashedAndOrderedContainers) {
  const absl::flat_hash_set<NodeId> hashed = {NodeId(1), NodeId(2), NodeId(1)};
  EXPECT_EQ(hashed.size(), 2u);
  const std::unordered_set<NodeId> standard = {NodeId(1), NodeId(2), NodeId(1)};
  EXPECT_EQ(standard.size(), 2u);
  const std::map<NodeId, int> ordered = {{NodeId(9), 1}, {NodeId(3), 2}};
  EXPECT_EQ(ordered.begin()->first, NodeId(3));
}

}  // namespace
}  // namespace warren::base
