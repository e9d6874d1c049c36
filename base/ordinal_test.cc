#include "base/ordinal.h"

#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

using Index = Ordinal<struct IndexTag>;
using Term = Ordinal<struct TermTag>;

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Subtractable = requires(A a, B b) {
  a - b;
};

TEST(OrdinalTest, DistanceMovesPosition) {
  EXPECT_EQ(Index(5) + 3, Index(8));
  EXPECT_EQ(Index(5) - 3, Index(2));
}

TEST(OrdinalTest, DifferenceOfPositionsIsPlainDistance) {
  static_assert(std::is_same_v<decltype(Index(9) - Index(4)), uint64_t>);
  EXPECT_EQ(Index(9) - Index(4), 5u);
}

TEST(OrdinalTest, PositionsDoNotAddNorMixWithOtherTags) {
  static_assert(!Addable<Index, Index>);
  static_assert(!Addable<uint64_t, Index>);
  static_assert(!Subtractable<Index, Term>);
  static_assert(!std::equality_comparable_with<Index, Term>);
  static_assert(!std::is_convertible_v<uint64_t, Index>);
  static_assert(sizeof(Index) == sizeof(uint64_t));
}

TEST(OrdinalTest, OrdersAndHashesByValue) {
  EXPECT_LT(Index(1), Index(2));
  EXPECT_EQ(Index(), Index(0));
  const absl::flat_hash_set<Index> set = {Index(1), Index(2), Index(2)};
  EXPECT_EQ(set.size(), 2u);
}

}  // namespace
}  // namespace warren::base
