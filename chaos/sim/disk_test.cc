#include "chaos/sim/disk.h"

#include <set>

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::Index;
using raft::NodeId;
using raft::Term;

class DiskTest : public testing::Test {
 protected:
  Disk Make(const DiskSetup& setup = {}, uint64_t seed = 1) {
    return Disk(setup, DiskImage(VotersOf({1}), nullptr), base::Rng(seed), stats_);
  }
  static DiskWrite Entry(uint64_t index, uint64_t term = 1) {
    return {.entries = {MakeEntry(index, term)}, .sync = true};
  }
  uint64_t Count(FaultKind kind) const { return stats_.faults[static_cast<size_t>(kind)]; }

  Stats stats_;
};

TEST_F(DiskTest, WritesAreDurableAfterTheirRoundAndNotBefore) {
  Disk disk = Make();
  EXPECT_FALSE(disk.Submit(Entry(1)));
  ASSERT_TRUE(disk.StartRound().has_value());
  EXPECT_FALSE(disk.Submit(Entry(2)));  // Too late for that round.
  EXPECT_EQ(disk.image().Last(), Id(0, 0));

  const Disk::RoundEnd end = disk.EndRound();

  EXPECT_FALSE(end.failed);
  EXPECT_EQ(end.writes, 1U);
  EXPECT_EQ(disk.image().Last(), Id(1, 1));
}

TEST_F(DiskTest, OneRoundAtATime) {
  Disk disk = Make();
  EXPECT_FALSE(disk.StartRound().has_value());  // Nothing to do.
  disk.Submit(Entry(1));
  EXPECT_TRUE(disk.StartRound().has_value());
  disk.Submit(Entry(2));
  EXPECT_FALSE(disk.StartRound().has_value());
}

TEST_F(DiskTest, WriteWithNothingToWaitForIsDoneAtOnce) {
  Disk disk = Make();
  EXPECT_TRUE(disk.Submit({.hard_state = Hard(0, 0, 1)}));
  EXPECT_TRUE(disk.Submit({}));

  disk.Submit(Entry(1));
  EXPECT_FALSE(disk.Submit({}));  // Something is before it.
}

TEST_F(DiskTest, UnsyncedHintIsWrittenWithTheNextRound) {
  Disk disk = Make();
  disk.Submit(Entry(1));
  disk.StartRound();
  disk.EndRound();
  disk.Submit({.hard_state = Hard(1, 0, 1)});
  EXPECT_EQ(disk.image().CommitHint(), Index(0));

  disk.Submit(Entry(2));
  disk.StartRound();
  disk.EndRound();

  EXPECT_EQ(disk.image().CommitHint(), Index(1));
}

TEST_F(DiskTest, CrashKeepsAPrefixOfWhatWasNotDurable) {
  std::set<uint64_t> lengths;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Disk disk = Make({}, seed);
    disk.Submit(Entry(1));
    disk.StartRound();
    disk.EndRound();
    for (uint64_t i = 2; i <= 5; ++i) disk.Submit(Entry(i));

    disk.Crash();

    // The image itself checks that there is no hole.
    lengths.insert(disk.image().Last().index.value());
    EXPECT_FALSE(disk.StartRound().has_value());
  }
  EXPECT_EQ(lengths, (std::set<uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_GT(Count(FaultKind::kWriteLost), 0U);
}

TEST_F(DiskTest, CrashMayTearAWrite) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Disk disk = Make({}, seed);
    disk.Submit({.entries = EntriesOf({1, 1, 1, 1}), .sync = true});
    disk.Crash();
  }
  EXPECT_GT(Count(FaultKind::kWriteTorn), 0U);
}

TEST_F(DiskTest, FailedSyncMakesNothingDurable) {
  Disk disk = Make({.sync_failed = kAlways});
  disk.Submit(Entry(1));
  disk.StartRound();

  EXPECT_TRUE(disk.EndRound().failed);
  EXPECT_EQ(disk.image().Last(), Id(0, 0));
  EXPECT_EQ(Count(FaultKind::kSyncFailed), 1U);
}

TEST_F(DiskTest, SlowDiskTakesLongerAndIsCountedWhenItDoes) {
  Disk disk = Make();
  disk.SetSlow(Seconds(1));
  EXPECT_EQ(Count(FaultKind::kSlowDisk), 0U);
  disk.Submit(Entry(1));

  EXPECT_GE(disk.StartRound().value(), Seconds(1));
  EXPECT_EQ(Count(FaultKind::kSlowDisk), 1U);
}

TEST_F(DiskTest, CountsTruncationsAndCures) {
  Disk disk = Make();
  const auto write = [&](DiskWrite what) {
    disk.Submit(std::move(what));
    disk.StartRound();
    disk.EndRound();
  };
  write({.entries = EntriesOf({1, 1, 1}), .sync = true});
  write(Entry(2, 2));
  EXPECT_EQ(stats_.truncations, 1U);

  disk.Rot(Index(2), /*vote_too=*/false);
  write({.hard_state = Hard(3), .sync = true});
  EXPECT_EQ(stats_.cures, 1U);
}

}  // namespace
}  // namespace warren::sim
