#include "base/rng.h"

#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace warren::base {
namespace {

std::vector<uint64_t> Draw(Rng rng, size_t count) {
  std::vector<uint64_t> draws;
  for (size_t i = 0; i < count; ++i) draws.push_back(rng.Next());
  return draws;
}

// Recorded seeds of failed simulations are worth something only as long as these numbers stay.
TEST(RngTest, DrawsAreGolden) {
  EXPECT_EQ(Draw(Rng(0), 4), (std::vector<uint64_t>{0x238275BC38FCBE91, 0xB18A02F46D8D86C3,
                                                    0x1956ECD1A275EC95, 0x546F36061B6B1313}));
  EXPECT_EQ(Draw(Rng(1, 2), 4), (std::vector<uint64_t>{0xC8315586CA169443, 0x0D022233FA9DEDCB,
                                                       0x4D1ADE479AC5B277, 0xD62A7F6E291FEF64}));
  EXPECT_EQ(Draw(Rng(1, 2).Fork(3), 2),
            (std::vector<uint64_t>{0x9180C526A2B68AA2, 0x4B953187D28C5877}));
}

TEST(RngTest, BoundedDrawsAreGolden) {
  Rng rng(Rng::State{.seed = 1, .stream = 2, .counter = 4});
  std::vector<uint64_t> below;
  for (int i = 0; i < 8; ++i) below.push_back(rng.Below(1000));
  EXPECT_EQ(below, (std::vector<uint64_t>{350, 835, 308, 777, 810, 355, 155, 824}));
  std::vector<uint64_t> between;
  for (int i = 0; i < 4; ++i) between.push_back(rng.Between(100, 200));
  EXPECT_EQ(between, (std::vector<uint64_t>{104, 160, 198, 172}));
}

TEST(RngTest, DrawsAreUsableAtCompileTime) {
  constexpr uint64_t kDraw = Rng(1, 2).Fork(3).Below(1000);
  EXPECT_EQ(kDraw, Rng(1, 2).Fork(3).Below(1000));
}

TEST(RngTest, StateResumesExactlyWhereItWasTaken) {
  Rng rng(42, 7);
  for (int i = 0; i < 100; ++i) rng.Next();
  const Rng::State state = rng.state();
  EXPECT_EQ(state.counter, 100u);
  EXPECT_EQ(Draw(Rng(state), 50), Draw(rng, 50));
}

TEST(RngTest, SeedsAndStreamsAndForksDiffer) {
  std::set<uint64_t> first_draws;
  for (uint64_t seed = 0; seed < 32; ++seed) {
    for (uint64_t stream = 0; stream < 32; ++stream) {
      first_draws.insert(Rng(seed, stream).Next());
      first_draws.insert(Rng(seed, stream).Fork(0).Next());
      first_draws.insert(Rng(seed, stream).Fork(1).Next());
      first_draws.insert(Rng(seed, stream).Fork(0).Fork(1).Next());
    }
  }
  EXPECT_EQ(first_draws.size(), 32u * 32u * 4u);
}

TEST(RngTest, ForkDoesNotDependOnDrawsMade) {
  Rng rng(9, 9);
  const std::vector<uint64_t> before = Draw(rng.Fork(5), 10);
  rng.Next();
  EXPECT_EQ(Draw(rng.Fork(5), 10), before);
}

// Chi-square over the slots: four standard deviations above its mean would be a broken
// generator. The draws are fixed, so this cannot flake.
TEST(RngTest, BelowIsUniform) {
  for (const uint64_t slots : {2u, 3u, 10u, 100u, 257u}) {
    Rng rng(slots);
    std::vector<double> counts(slots, 0);
    const double draws = 100'000;
    for (int i = 0; i < 100'000; ++i) ++counts[rng.Below(slots)];
    const double expected = draws / static_cast<double>(slots);
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - expected) * (count - expected);
    chi_square /= expected;
    const double freedom = static_cast<double>(slots - 1);
    EXPECT_LT(chi_square, freedom + 4 * std::sqrt(2 * freedom) + 4) << slots << " slots";
  }
}

// With n = 3/4 * 2^64 a plain modulo would give the lower third twice the weight, and a plain
// multiplication every third number.
TEST(RngTest, BelowHasNoModuloBiasForLargeBounds) {
  const uint64_t n = (uint64_t{1} << 63) + (uint64_t{1} << 62);
  Rng rng(1);
  std::array<int, 3> thirds = {};
  std::array<int, 3> residues = {};
  for (int i = 0; i < 30'000; ++i) {
    const uint64_t draw = rng.Below(n);
    ++thirds.at(draw / (n / 3));
    ++residues.at(draw % 3);
  }
  for (const int count : thirds) EXPECT_NEAR(count, 10'000, 400);
  for (const int count : residues) EXPECT_NEAR(count, 10'000, 400);
}

TEST(RngTest, BetweenIncludesBothEndsAndTheWholeRange) {
  Rng rng(3);
  std::set<uint64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(rng.Between(10, 13));
  EXPECT_EQ(seen, (std::set<uint64_t>{10, 11, 12, 13}));
  EXPECT_EQ(rng.Between(UINT64_MAX, UINT64_MAX), UINT64_MAX);
  EXPECT_NE(rng.Between(0, UINT64_MAX), rng.Between(0, UINT64_MAX));
}

TEST(RngTest, ChanceAndOneInKeepTheirOdds) {
  Rng rng(4);
  int chance = 0;
  int one_in = 0;
  for (int i = 0; i < 100'000; ++i) {
    chance += rng.Chance(3, 10) ? 1 : 0;
    one_in += rng.OneIn(50) ? 1 : 0;
  }
  EXPECT_NEAR(chance, 30'000, 600);
  EXPECT_NEAR(one_in, 2'000, 180);
}

TEST(RngTest, NeverAndAlwaysStillDraw) {
  Rng rng(5);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(rng.OneIn(0));
    EXPECT_TRUE(rng.OneIn(1));
    EXPECT_FALSE(rng.Chance(0, 7));
    EXPECT_TRUE(rng.Chance(7, 7));
  }
  EXPECT_EQ(rng.state().counter, 400u);
}

TEST(RngDeathTest, EmptyRangesStopTheProcess) {
  Rng rng(6);
  EXPECT_DEATH(rng.Below(0), "check failed");
  EXPECT_DEATH(rng.Between(2, 1), "check failed");
}

}  // namespace
}  // namespace warren::base
