#include "queue/sequence_window.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "tests/support/status_matchers.h"

namespace warren::queue {
namespace {

using Standing = SequenceWindow::Standing;
using warren::testing::StatusIs;

std::string Serialized(const SequenceWindow& window) {
  std::string bytes;
  window.AppendTo(&bytes);
  return bytes;
}

absl::StatusOr<SequenceWindow> ReadAll(const std::string& bytes) {
  base::Reader reader(bytes);
  return SequenceWindow::Read(reader);
}

TEST(SequenceWindowTest, NothingIsSeenAtFirst) {
  const SequenceWindow window;
  EXPECT_EQ(window.StandingOf(0), Standing::kUnseen);
  EXPECT_EQ(window.StandingOf(UINT64_MAX), Standing::kUnseen);
}

TEST(SequenceWindowTest, SequenceZeroCounts) {
  SequenceWindow window;
  window.Insert(0, 64);
  EXPECT_EQ(window.StandingOf(0), Standing::kSeen);
  EXPECT_EQ(window.StandingOf(1), Standing::kUnseen);
  window.CheckInvariants();
}

TEST(SequenceWindowTest, LastSequenceOfAllCounts) {
  SequenceWindow window;
  window.Insert(UINT64_MAX, 64);
  EXPECT_EQ(window.StandingOf(UINT64_MAX), Standing::kSeen);
  EXPECT_EQ(window.StandingOf(UINT64_MAX - 63), Standing::kUnseen);
  EXPECT_EQ(window.StandingOf(UINT64_MAX - 64), Standing::kTooOld);
  window.Insert(UINT64_MAX - 63, 64);
  window.CheckInvariants();
}

TEST(SequenceWindowTest, FloorAboveAllForgetsAll) {
  SequenceWindow window;
  window.Insert(5, 64);
  window.RaiseFloor(6);
  EXPECT_EQ(window.StandingOf(5), Standing::kTooOld);
  EXPECT_EQ(window.StandingOf(6), Standing::kUnseen);
  EXPECT_EQ(window.highest(), 5u);
  window.RaiseFloor(UINT64_MAX);
  EXPECT_EQ(window.StandingOf(UINT64_MAX), Standing::kUnseen);
  window.CheckInvariants();
}

TEST(SequenceWindowTest, RunWithoutGapsTakesNoMemory) {
  SequenceWindow window;
  for (uint64_t sequence = 1; sequence <= 100'000; ++sequence) window.Insert(sequence, 4096);
  EXPECT_EQ(window.HeapBytes(), 0u);
  EXPECT_EQ(window.StandingOf(100'000 - 4096), Standing::kTooOld);
  EXPECT_EQ(window.StandingOf(100'000 - 4095), Standing::kSeen);
}

TEST(SequenceWindowTest, GapThatClosesGivesItsMemoryBack) {
  SequenceWindow window;
  for (uint64_t sequence = 1; sequence <= 1000; ++sequence) {
    if (sequence != 500) window.Insert(sequence, 4096);
  }
  EXPECT_GT(window.HeapBytes(), 0u);
  window.Insert(500, 4096);
  EXPECT_EQ(window.HeapBytes(), 0u);
  EXPECT_EQ(Serialized(window).size(), 6u);
}

TEST(SequenceWindowTest, ThinnestWindowTakesItsBits) {
  SequenceWindow window;
  for (uint64_t sequence = 0; sequence < 300'000; sequence += 2) {
    window.Insert(sequence, SequenceWindow::kWindowMax);
  }
  EXPECT_LE(window.HeapBytes(), SequenceWindow::kWindowMax / 8 * 2);
  window.CheckInvariants();
}

TEST(SequenceWindowTest, DamageIsFoundOrIsAnotherWindow) {
  SequenceWindow window;
  for (const uint64_t sequence : {uint64_t{1000}, uint64_t{990}, uint64_t{950}, uint64_t{999}}) {
    window.Insert(sequence, 128);
  }
  const std::string bytes = Serialized(window);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(ReadAll(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss));
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(value);
      base::Reader reader(damaged);
      const absl::StatusOr<SequenceWindow> read = SequenceWindow::Read(reader);
      if (!read.ok()) continue;
      read->CheckInvariants();
      ASSERT_EQ(Serialized(*read) + std::string(reader.rest()), damaged) << at << " as " << value;
    }
  }
}

TEST(SequenceWindowTest, AgreesWithASet) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    base::Rng rng(seed);
    const auto size = static_cast<uint32_t>(rng.Between(1, rng.OneIn(2) ? 70 : 1000));
    const uint64_t jump = rng.Between(1, 200);
    SequenceWindow window;
    std::set<uint64_t> seen;
    uint64_t floor = 0;
    uint64_t at = rng.OneIn(3) ? UINT64_MAX - rng.Below(3000) : rng.Below(3000);
    for (int step = 0; step < 1000; ++step) {
      uint64_t sequence = at - std::min(at, rng.Below(size + 10));
      if (rng.OneIn(2)) {
        at += std::min(UINT64_MAX - at, rng.OneIn(10) ? rng.Below(jump) : uint64_t{1});
        sequence = at;
      }
      if (rng.OneIn(50)) {
        const uint64_t raised = sequence - std::min(sequence, rng.Below(100));
        window.RaiseFloor(raised);
        floor = std::max(floor, raised);
      }
      const Standing expected = sequence < floor          ? Standing::kTooOld
                                : seen.contains(sequence) ? Standing::kSeen
                                                          : Standing::kUnseen;
      ASSERT_EQ(window.StandingOf(sequence), expected) << "seed " << seed << " step " << step;
      if (expected != Standing::kUnseen) continue;
      window.Insert(sequence, size);
      seen.insert(sequence);
      if (*seen.rbegin() >= size) floor = std::max(floor, *seen.rbegin() - size + 1);
      ASSERT_EQ(window.floor(), floor);
      window.CheckInvariants();
      if (rng.OneIn(10)) {
        const std::string bytes = Serialized(window);
        const absl::StatusOr<SequenceWindow> read = ReadAll(bytes);
        ASSERT_TRUE(read.ok()) << read.status();
        ASSERT_EQ(*read, window);
      }
    }
  }
}

}  // namespace
}  // namespace warren::queue
