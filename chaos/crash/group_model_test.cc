#include "chaos/crash/group_model.h"

#include <gtest/gtest.h>

#include <utility>

namespace warren::crash {
namespace {

raft::Entry MakeEntry(uint64_t index, uint64_t term) {
  raft::Entry entry;
  entry.id = {.index = raft::Index(index), .term = raft::Term(term)};
  return entry;
}

raft::SnapshotRef MakeSnapshot(uint64_t index, uint64_t term, std::vector<uint64_t> live) {
  raft::Snapshot snapshot;
  snapshot.last.id = {.index = raft::Index(index), .term = raft::Term(term)};
  const uint64_t first = live.empty() ? index : live.front();
  snapshot.terms = raft::TermRuns({.index = raft::Index(first), .term = raft::Term(term)});
  for (uint64_t i = first + 1; i <= index; ++i) snapshot.terms.Append(raft::Term(term));
  for (const uint64_t i : live) snapshot.live.Insert(i);
  return std::make_shared<const raft::Snapshot>(std::move(snapshot));
}

// Entries 1 to 6 of term 1.
GroupModel Six() {
  GroupModel model;
  model.Create(1, {});
  log::Write write;
  for (uint64_t i = 1; i <= 6; ++i) write.entries.push_back(MakeEntry(i, 1));
  model.Apply(write);
  return model;
}

log::RecoveredGroup AsFound(const GroupModel& model) {
  log::RecoveredGroup found;
  found.hard_state = model.hard_state;
  found.snapshot = model.snapshot;
  found.base = model.base;
  found.last = model.Last();
  const uint64_t base = model.base.id.index.value();
  const uint64_t first = std::min(model.live.First().value_or(base), base);
  found.terms =
      raft::TermRuns({.index = raft::Index(first), .term = model.TermAt(raft::Index(first))});
  for (uint64_t i = first + 1; i <= model.terms.size(); ++i) {
    found.terms.Append(model.terms[i - 1]);
  }
  found.live = model.live;
  found.missing = model.missing;
  return found;
}

TEST(GroupModelTest, EntriesReplaceWhatWasThere) {
  GroupModel model = Six();
  log::Write write;
  write.entries = {MakeEntry(4, 2), MakeEntry(5, 2)};
  model.Apply(write);
  EXPECT_EQ(model.Last(), (raft::EntryId{.index = raft::Index(5), .term = raft::Term(2)}));
  EXPECT_EQ(model.TermAt(raft::Index(3)), raft::Term(1));
  EXPECT_EQ(model.TermAt(raft::Index(6)), raft::Term());
}

TEST(GroupModelTest, ASnapshotKeepsWhatIsLive) {
  GroupModel model = Six();
  log::Write write;
  write.snapshot = MakeSnapshot(4, 1, {2});
  model.Apply(write);
  EXPECT_TRUE(model.Needs(raft::Index(2)));
  EXPECT_FALSE(model.Needs(raft::Index(3)));
  EXPECT_TRUE(model.Needs(raft::Index(5)));
  EXPECT_TRUE(model.missing.empty());
}

TEST(GroupModelTest, AnInstallMissesWhatIsOfAnotherHistory) {
  GroupModel model = Six();
  log::Write write;
  write.install = MakeSnapshot(8, 2, {3, 7});
  model.Apply(write);
  EXPECT_EQ(model.missing.size(), 2u);  // Ours is 3@1, theirs 3@2.
  EXPECT_EQ(model.Last().index, raft::Index(8));

  log::Write bodies;
  bodies.bodies = {MakeEntry(3, 2)};
  model.Apply(bodies);
  EXPECT_FALSE(model.missing.Contains(3));
  EXPECT_TRUE(model.missing.Contains(7));
}

TEST(GroupModelTest, AnInstallFindsWhatItSharesWithUs) {
  GroupModel model = Six();
  log::Write write;
  write.install = MakeSnapshot(5, 1, {3});
  model.Apply(write);
  EXPECT_TRUE(model.missing.empty());
  EXPECT_EQ(model.Last().index, raft::Index(5));
}

TEST(GroupModelTest, TruncatingNeverAddsEntries) {
  GroupModel model = Six();
  log::Write write;
  write.truncate_from = raft::Index(9);
  model.Apply(write);
  EXPECT_EQ(model.Last().index, raft::Index(6));
  write.truncate_from = raft::Index(3);
  model.Apply(write);
  EXPECT_EQ(model.Last().index, raft::Index(2));
}

TEST(GroupModelTest, CompareTellsEachDifference) {
  GroupModel model = Six();
  log::Write write;
  write.snapshot = MakeSnapshot(4, 1, {2});
  model.Apply(write);
  EXPECT_EQ(Compare(model, AsFound(model)), std::nullopt);

  const auto differs = [&](auto change) {
    log::RecoveredGroup found = AsFound(model);
    change(found);
    return Compare(model, found).has_value();
  };
  EXPECT_TRUE(differs([](auto& found) { found.hard_state.vote = raft::NodeId(2); }));
  EXPECT_TRUE(differs([](auto& found) { found.hard_state.amnesiac = true; }));
  EXPECT_TRUE(differs([](auto& found) { found.last.index = raft::Index(5); }));
  EXPECT_TRUE(differs([](auto& found) { found.snapshot = nullptr; }));
  EXPECT_TRUE(differs([](auto& found) { found.live.Insert(3); }));
  EXPECT_TRUE(differs([](auto& found) { found.missing.Insert(5); }));
  EXPECT_TRUE(differs([](auto& found) { found.base.time = raft::LogTime(1); }));
  EXPECT_TRUE(differs([](auto& found) { found.terms.DropBefore(raft::Index(4)); }));
}

}  // namespace
}  // namespace warren::crash
