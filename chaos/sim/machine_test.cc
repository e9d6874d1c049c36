#include "chaos/sim/machine.h"

#include "gtest/gtest.h"

#include "base/rng.h"
#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::Index;

raft::Entry Write(uint64_t index, uint64_t term, const Command& command) {
  raft::Entry entry = MakeEntry(index, term);
  entry.payload = command.Encode();
  return entry;
}

TEST(CommandTest, DecodesWhatItEncoded) {
  const Command command{.id = 5, .settles = 2, .pick = 77, .padding = 9};
  const auto decoded = Command::Decode(command.Encode().view());

  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->id, 5U);
  EXPECT_EQ(decoded->settles, 2U);
  EXPECT_EQ(decoded->pick, 77U);
  EXPECT_EQ(decoded->padding, 9U);
  EXPECT_FALSE(Command::Decode("short").has_value());
}

TEST(FingerprintTest, TellsEveryPartOfAnEntryApart) {
  const raft::Entry entry = MakeEntry(3, 2, "payload");
  raft::Entry other = entry;
  EXPECT_EQ(Fingerprint(entry), Fingerprint(other));
  other.payload = base::Bytes::Copy("payloaD");
  EXPECT_NE(Fingerprint(entry), Fingerprint(other));
  other = entry;
  other.time = raft::LogTime(99);
  EXPECT_NE(Fingerprint(entry), Fingerprint(other));
  other = entry;
  other.type = raft::EntryType::kConfig;
  EXPECT_NE(Fingerprint(entry), Fingerprint(other));
}

TEST(MachineTest, EntryIsLiveUntilItIsSettled) {
  Machine machine;
  machine.Apply(Write(1, 1, {.id = 1}));
  machine.Apply(Write(2, 1, {.id = 2}));
  EXPECT_EQ(machine.live().size(), 2U);

  machine.Apply(Write(3, 1, {.id = 3, .settles = 1, .pick = 0}));  // Of the two, the first.

  EXPECT_FALSE(machine.live().Contains(1));
  EXPECT_TRUE(machine.live().Contains(2));
  EXPECT_TRUE(machine.live().Contains(3));
}

TEST(MachineTest, EmptyAndConfigurationEntriesAreNotLive) {
  Machine machine;
  machine.Apply(MakeEntry(1, 1, ""));
  raft::Entry config = MakeEntry(2, 1, "0123456789012345678901234567");
  config.type = raft::EntryType::kConfig;
  machine.Apply(config);

  EXPECT_TRUE(machine.live().empty());
  EXPECT_EQ(machine.last().id, Id(2, 1));
}

TEST(MachineTest, BacklogIsBounded) {
  Machine machine;
  for (uint64_t i = 1; i <= 1000; ++i) machine.Apply(Write(i, 1, {.id = i, .pick = i}));
  EXPECT_LT(machine.live().size(), 60U);
}

TEST(MachineTest, ChainTellsHistoriesApart) {
  Machine one;
  Machine other;
  one.Apply(Write(1, 1, {.id = 1}));
  other.Apply(Write(1, 1, {.id = 2}));
  EXPECT_NE(one.chain(), other.chain());

  const raft::Entry same = Write(2, 1, {.id = 3});
  one.Apply(same);
  other.Apply(same);
  EXPECT_NE(one.chain(), other.chain());
}

TEST(MachineTest, GoesOnFromASnapshotAsIfThereHadBeenNone) {
  base::Rng rng(3);
  Machine whole;
  Machine resumed;
  for (uint64_t i = 1; i <= 500; ++i) {
    const raft::Entry entry =
        Write(i, 1 + i / 100, {.id = i, .settles = rng.Below(3), .pick = rng.Next()});
    whole.Apply(entry);
    resumed.Apply(entry);
    if (i % 50 == 0) resumed = Machine(*resumed.TakeSnapshot({}));
  }
  EXPECT_EQ(whole.chain(), resumed.chain());
  EXPECT_EQ(whole.live(), resumed.live());
}

TEST(MachineTest, SnapshotKnowsTheTermsOfWhatIsLive) {
  Machine machine;
  for (uint64_t i = 1; i <= 10; ++i) machine.Apply(Write(i, 1 + i / 4, {.id = i}));

  const raft::SnapshotRef snapshot = machine.TakeSnapshot({});

  for (uint64_t i = *snapshot->live.First(); i <= 10; ++i) {
    EXPECT_EQ(snapshot->terms.TermAt(Index(i)), raft::Term(1 + i / 4));
  }
}

}  // namespace
}  // namespace warren::sim
