// The interval set against naive models over random operations.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/interval_set.h"
#include "base/rng.h"

namespace warren::base {
namespace {

constexpr uint64_t kChunk = 65536;
using SetRun = IntervalSet::Run;  // In a fixture Run is a method of gtest's.

std::vector<SetRun> RunsOf(const IntervalSet& set) {
  std::vector<SetRun> runs;
  for (const SetRun& run : set.Runs()) runs.push_back(run);
  return runs;
}

// One flag per position of a window, so that long ranges stay cheap.
class Model {
 public:
  Model(uint64_t base, uint64_t span) : base_(base), flags_(span, false) {}

  uint64_t Set(SetRun range, bool value) {
    uint64_t changed = 0;
    for (uint64_t at = range.first - base_; at <= range.last - base_; ++at) {
      changed += flags_[at] != value ? 1 : 0;
      flags_[at] = value;
    }
    return changed;
  }
  bool Contains(uint64_t position) const { return flags_[position - base_]; }
  std::vector<SetRun> Runs() const {
    std::vector<SetRun> runs;
    for (uint64_t at = 0; at < flags_.size(); ++at) {
      if (!flags_[at]) continue;
      if (at == 0 || !flags_[at - 1]) runs.push_back({base_ + at, base_ + at});
      runs.back().last = base_ + at;
    }
    return runs;
  }
  std::vector<uint64_t> Positions() const {
    std::vector<uint64_t> positions;
    for (uint64_t at = 0; at < flags_.size(); ++at) {
      if (flags_[at]) positions.push_back(base_ + at);
    }
    return positions;
  }
  template <typename Combine>
  Model CombinedWith(const Model& other, Combine combine) const {
    Model result(base_, flags_.size());
    for (size_t at = 0; at < flags_.size(); ++at) {
      result.flags_[at] = combine(flags_[at], other.flags_[at]);
    }
    return result;
  }

 private:
  uint64_t base_;
  std::vector<bool> flags_;
};

struct Distribution {
  std::string name;
  uint64_t base = 0;
  uint64_t span = 4 * kChunk;
  uint64_t length_max = 1;        // Of a range.
  uint64_t near_edge_one_in = 0;  // How often an end is put next to a chunk's edge.
  uint64_t stride = 0;            // Start with every stride-th position; 0: start empty.
  uint64_t inserts_of_ten = 5;
  int batches = 20;
  int operations_per_batch = 500;

  friend std::ostream& operator<<(std::ostream& out, const Distribution& distribution) {
    return out << distribution.name;
  }
};

uint64_t DrawPosition(const Distribution& distribution, Rng& rng) {
  uint64_t at = rng.Below(distribution.span);
  if (rng.OneIn(distribution.near_edge_one_in)) {
    at = (at / kChunk) * kChunk + rng.Below(5);
    at = at < 2 ? at : at - 2;
  }
  return distribution.base + std::min(at, distribution.span - 1);
}

SetRun DrawRange(const Distribution& distribution, Rng& rng) {
  const uint64_t first = DrawPosition(distribution, rng);
  if (rng.OneIn(distribution.near_edge_one_in)) {
    const uint64_t last = DrawPosition(distribution, rng);
    return {std::min(first, last), std::max(first, last)};
  }
  const uint64_t room = distribution.base + (distribution.span - 1) - first;
  return {first, first + std::min(room, rng.Below(distribution.length_max))};
}

void ExpectSame(const IntervalSet& set, const Model& model, Rng& rng) {
  set.CheckInvariants();
  const std::vector<SetRun> runs = model.Runs();
  ASSERT_EQ(RunsOf(set), runs);
  const std::vector<uint64_t> positions = model.Positions();
  ASSERT_EQ(set.size(), positions.size());
  if (positions.empty()) return;
  ASSERT_EQ(set.First(), positions.front());
  ASSERT_EQ(set.Last(), positions.back());
  for (int i = 0; i < 50; ++i) {
    const uint64_t rank = rng.Below(positions.size());
    ASSERT_EQ(set.Select(rank), positions[rank]);
    ASSERT_EQ(set.Rank(positions[rank]), rank);
    ASSERT_EQ(set.Rank(positions[rank] + 1), rank + 1);
    const uint64_t probe = rng.Between(positions.front(), positions.back());
    ASSERT_EQ(set.Contains(probe), model.Contains(probe));
    ASSERT_EQ(set.Rank(probe),
              static_cast<uint64_t>(std::lower_bound(positions.begin(), positions.end(), probe) -
                                    positions.begin()));
    const auto run = std::lower_bound(runs.begin(), runs.end(), probe,
                                      [](const SetRun& r, uint64_t p) { return r.last < p; });
    ASSERT_EQ(set.NextRun(probe), (SetRun{std::max(run->first, probe), run->last}));
  }
  const std::string bytes = set.Serialize();
  const absl::StatusOr<IntervalSet> again = IntervalSet::Deserialize(bytes);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(*again, set);
  ASSERT_EQ(again->Serialize(), bytes);
  // What is built from the runs has another history, and must not differ in a byte.
  IntervalSet rebuilt;
  for (const SetRun& run : runs) rebuilt.InsertRange(run.first, run.last);
  ASSERT_EQ(rebuilt, set);
  ASSERT_EQ(rebuilt.Serialize(), bytes);
}

class IntervalSetModelTest : public ::testing::TestWithParam<Distribution> {};

TEST_P(IntervalSetModelTest, AgreesOverRandomChanges) {
  const Distribution& distribution = GetParam();
  Rng rng(1);
  IntervalSet set;
  Model model(distribution.base, distribution.span);
  if (distribution.stride > 0) {
    for (uint64_t at = 0; at < distribution.span; at += distribution.stride) {
      const uint64_t position = distribution.base + at;
      ASSERT_EQ(set.Insert(position), model.Set({position, position}, true));
    }
  }
  for (int batch = 0; batch < distribution.batches; ++batch) {
    for (int i = 0; i < distribution.operations_per_batch; ++i) {
      const SetRun range = DrawRange(distribution, rng);
      if (rng.Chance(distribution.inserts_of_ten, 10)) {
        ASSERT_EQ(set.InsertRange(range.first, range.last), model.Set(range, true));
      } else if (rng.OneIn(5) && !set.empty()) {
        const uint64_t first = *set.First();
        ASSERT_EQ(set.PopFirst(), first);
        ASSERT_EQ(model.Set({first, first}, false), 1u);
      } else {
        ASSERT_EQ(set.EraseRange(range.first, range.last), model.Set(range, false));
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(set, model, rng)) << "batch " << batch;
  }
}

TEST_P(IntervalSetModelTest, UnionDifferenceAndIntersectionAgree) {
  const Distribution& distribution = GetParam();
  Rng rng(2);
  IntervalSet sets[2];
  Model models[2] = {Model(distribution.base, distribution.span),
                     Model(distribution.base, distribution.span)};
  for (int batch = 0; batch < distribution.batches / 4; ++batch) {
    for (int i = 0; i < 2 * distribution.operations_per_batch; ++i) {
      const SetRun range = DrawRange(distribution, rng);
      const bool insert = rng.Chance(distribution.inserts_of_ten, 10);
      const size_t which = i % 2 == 0 ? 0 : 1;
      models[which].Set(range, insert);
      insert ? sets[which].InsertRange(range.first, range.last)
             : sets[which].EraseRange(range.first, range.last);
    }
    const auto expect = [&](void (IntervalSet::*change)(const IntervalSet&), auto combine) {
      IntervalSet result = sets[0];
      (result.*change)(sets[1]);
      ASSERT_NO_FATAL_FAILURE(ExpectSame(result, models[0].CombinedWith(models[1], combine), rng));
    };
    expect(&IntervalSet::UnionWith, [](bool a, bool b) { return a || b; });
    expect(&IntervalSet::Subtract, [](bool a, bool b) { return a && !b; });
    expect(&IntervalSet::IntersectWith, [](bool a, bool b) { return a && b; });
  }
}

INSTANTIATE_TEST_SUITE_P(
    Distributions, IntervalSetModelTest,
    ::testing::Values(
        Distribution{.name = "Dense", .span = 2 * kChunk, .length_max = 40, .inserts_of_ten = 8},
        Distribution{.name = "Scattered", .span = 8 * kChunk},
        Distribution{.name = "Alternating", .span = 3 * kChunk, .length_max = 2, .stride = 2},
        Distribution{.name = "ManyRunsShrinking",
                     .span = kChunk,
                     .length_max = 60,
                     .stride = 3,
                     .inserts_of_ten = 2},
        Distribution{.name = "LongRanges",
                     .span = 12 * kChunk,
                     .length_max = 5 * kChunk,
                     .near_edge_one_in = 2,
                     .batches = 12,
                     .operations_per_batch = 10},
        Distribution{.name = "ChunkEdges",
                     .span = 8 * kChunk,
                     .length_max = 4,
                     .near_edge_one_in = 1,
                     .batches = 12,
                     .operations_per_batch = 40},
        Distribution{.name = "NearTheLastPosition",
                     .base = IntervalSet::kPositionMax - 3 * kChunk + 1,
                     .span = 3 * kChunk,
                     .length_max = kChunk,
                     .near_edge_one_in = 3,
                     .operations_per_batch = 30},
        Distribution{.name = "UnalignedBase",
                     .base = (uint64_t{1} << 40) + 12345,
                     .span = 5 * kChunk,
                     .length_max = 300}),
    [](const auto& instance) { return instance.param.name; });

// Positions from the whole universe, where a window does not do: std::set is the model.
TEST(IntervalSetSparseModelTest, AgreesOverTheWholeUniverse) {
  Rng rng(3);
  IntervalSet set;
  std::set<uint64_t> model;
  for (int batch = 0; batch < 20; ++batch) {
    for (int i = 0; i < 300; ++i) {
      const uint64_t width = rng.Between(1, 64);
      const uint64_t position = std::min(rng.Next() >> (64 - width), IntervalSet::kPositionMax);
      if (rng.Chance(7, 10)) {
        ASSERT_EQ(set.Insert(position), model.insert(position).second ? 1u : 0u);
      } else if (rng.OneIn(10)) {
        const uint64_t last = position + std::min(position, IntervalSet::kPositionMax - position);
        const auto begin = model.lower_bound(position);
        const auto end = model.upper_bound(last);
        ASSERT_EQ(set.EraseRange(position, last), static_cast<uint64_t>(std::distance(begin, end)));
        model.erase(begin, end);
      } else if (const auto at = model.lower_bound(position); at != model.end()) {
        ASSERT_EQ(set.Erase(*at), 1u);
        model.erase(at);
      }
    }
    set.CheckInvariants();
    ASSERT_EQ(set.size(), model.size());
    uint64_t rank = 0;
    for (const uint64_t position : model) {
      ASSERT_EQ(set.Select(rank), position);
      ASSERT_EQ(set.Rank(position), rank);
      ++rank;
    }
    ASSERT_EQ(IntervalSet::Deserialize(set.Serialize()).value(), set);
  }
  while (!model.empty()) {
    ASSERT_EQ(set.PopFirst(), *model.begin());
    model.erase(model.begin());
  }
  EXPECT_TRUE(set.empty());
}

}  // namespace
}  // namespace warren::base
