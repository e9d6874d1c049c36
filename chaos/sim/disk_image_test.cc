#include "chaos/sim/disk_image.h"

#include <memory>

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::Index;
using raft::Term;

raft::SnapshotRef MakeSnapshot(uint64_t index, uint64_t term, std::vector<uint64_t> live = {}) {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last.id = Id(index, term);
  snapshot->membership = VotersOf({1, 2});
  snapshot->terms = raft::TermRuns(Id(1, 1));
  while (snapshot->terms.last() < Index(index)) snapshot->terms.Append(Term(term));
  for (const uint64_t i : live) snapshot->live.Insert(i);
  return snapshot;
}

DiskImage WithLog(std::initializer_list<uint64_t> terms) {
  DiskImage image(VotersOf({1}), nullptr);
  image.Apply({.hard_state = Hard(9, 3), .entries = EntriesOf(terms)});
  return image;
}

TEST(DiskImageTest, EntriesReplaceASuffix) {
  DiskImage image = WithLog({1, 1, 1, 1});

  image.Apply({.entries = {MakeEntry(3, 2)}});

  EXPECT_EQ(image.Last(), Id(3, 2));
  EXPECT_EQ(image.TermAt(Index(2)), Term(1));
  EXPECT_FALSE(image.Holds(Id(4, 1)));
}

TEST(DiskImageTest, TornWriteKeepsAPrefixAndNoCommitIndex) {
  DiskImage image = WithLog({1});
  const DiskWrite write{.hard_state = Hard(10, 0, 3),
                        .entries = {MakeEntry(2, 2), MakeEntry(3, 2)}};

  image.ApplyTorn(write, 2);

  EXPECT_EQ(image.hard_state().term, Term(10));
  EXPECT_EQ(image.CommitHint(), Index(0));
  EXPECT_EQ(image.Last(), Id(2, 2));
}

TEST(DiskImageTest, CompactionKeepsLiveBodies) {
  DiskImage image = WithLog({1, 1, 1, 1, 1});

  image.Apply({.compaction = DiskWrite::Compaction{.snapshot = MakeSnapshot(4, 1, {1, 3}),
                                                   .compact_to = Index(3)}});

  EXPECT_EQ(image.base().id, Id(3, 1));
  EXPECT_EQ(image.entries().size(), 2U);
  EXPECT_NE(image.Find(Index(1)), nullptr);
  EXPECT_EQ(image.Find(Index(2)), nullptr);
  EXPECT_NE(image.Find(Index(3)), nullptr);
}

TEST(DiskImageTest, LaterSnapshotDropsWhatDied) {
  DiskImage image = WithLog({1, 1, 1, 1, 1});
  image.Apply({.compaction = DiskWrite::Compaction{.snapshot = MakeSnapshot(3, 1, {1, 2}),
                                                   .compact_to = Index(3)}});

  image.Apply({.compaction = DiskWrite::Compaction{.snapshot = MakeSnapshot(5, 1, {2}),
                                                   .compact_to = Index(3)}});

  EXPECT_EQ(image.Find(Index(1)), nullptr);
  EXPECT_NE(image.Find(Index(2)), nullptr);
}

TEST(DiskImageTest, InstallReplacesTheLogAndKeepsLiveBodies) {
  DiskImage image = WithLog({1, 1, 1});
  Bodies fetched;
  fetched.emplace(Index(5), MakeEntry(5, 1));

  image.Apply(
      {.install = DiskWrite::Install{.snapshot = MakeSnapshot(8, 1, {2, 5}), .bodies = fetched}});

  EXPECT_EQ(image.Last(), Id(8, 1));
  EXPECT_NE(image.Find(Index(2)), nullptr);
  EXPECT_EQ(image.Find(Index(3)), nullptr);
  EXPECT_NE(image.Find(Index(5)), nullptr);
}

TEST(DiskImageTest, CompactionOlderThanAnInstallIsIgnored) {
  DiskImage image = WithLog({1, 1, 1});
  image.Apply({.install = DiskWrite::Install{.snapshot = MakeSnapshot(8, 1), .bodies = {}}});

  image.Apply({.compaction =
                   DiskWrite::Compaction{.snapshot = MakeSnapshot(2, 1), .compact_to = Index(2)}});

  EXPECT_EQ(image.SnapshotIndex(), Index(8));
}

TEST(DiskImageTest, RotLosesTheTailAndSaysSo) {
  DiskImage image = WithLog({1, 1, 2});

  image.Rot(Index(2), /*vote_too=*/true);

  EXPECT_EQ(image.Last(), Id(1, 1));
  EXPECT_TRUE(image.hard_state().amnesiac);
  EXPECT_EQ(image.hard_state().term, Term(1));
  EXPECT_TRUE(image.hard_state().vote.IsNone());
  EXPECT_EQ(image.forgotten(), Id(3, 2));
}

TEST(DiskImageTest, RecoverGivesWhatIsThereAndCountsLives) {
  DiskImage image = WithLog({1, 1, 1, 1});
  image.Apply({.compaction = DiskWrite::Compaction{.snapshot = MakeSnapshot(3, 1, {1}),
                                                   .compact_to = Index(2)}});

  const raft::Recovered first = image.Recover();
  const raft::Recovered second = image.Recover();

  EXPECT_EQ(first.base.id, Id(2, 1));
  EXPECT_EQ(first.entries.size(), 2U);
  EXPECT_EQ(first.applied, Index(3));
  EXPECT_EQ(first.hard_state.commit, Index(3));  // The snapshot proves it.
  EXPECT_EQ(first.membership.voters.size(), 2U);
  EXPECT_TRUE(first.live.Contains(1));
  EXPECT_FALSE(first.terms.empty());
  EXPECT_GT(second.incarnation, first.incarnation);
}

}  // namespace
}  // namespace warren::sim
