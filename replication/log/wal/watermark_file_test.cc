#include "replication/log/wal/watermark_file.h"

#include <memory>
#include <string>

#include "replication/log/disk/testing/simulated_disk.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using warren::testing::IsOk;

constexpr char kDirectory[] = "d";
constexpr char kPath[] = "d/watermark";

std::unique_ptr<WatermarkFile> OpenOn(SimulatedDisk& disk, bool read_only = false) {
  EXPECT_THAT(disk.CreateDirectories(kDirectory), IsOk());
  auto file = WatermarkFile::Open(&disk, kDirectory, read_only);
  EXPECT_THAT(file, IsOk());
  return *std::move(file);
}

WatermarkFile::Value Value(uint64_t frame) { return {.log_id = 9, .frame = FrameNo(frame)}; }

TEST(WatermarkFileTest, ANewOneHoldsNothing) {
  SimulatedDisk disk({});
  const auto created = OpenOn(disk);
  EXPECT_TRUE(created->created());
  EXPECT_FALSE(created->found());
  EXPECT_FALSE(created->damaged());
  const auto again = OpenOn(disk);
  EXPECT_FALSE(again->created());
  EXPECT_FALSE(again->found());
  EXPECT_FALSE(again->damaged());
}

TEST(WatermarkFileTest, TheLatestValueIsFound) {
  for (const bool refuses_direct : {false, true}) {
    SimulatedDisk disk({.refuses_direct = refuses_direct});
    for (uint64_t frame = 1; frame < 6; ++frame) {
      WARREN_ASSERT_OK(OpenOn(disk)->Write(Value(frame)));
      disk.Crash();
      EXPECT_EQ(OpenOn(disk)->found(), Value(frame));
    }
  }
}

TEST(WatermarkFileTest, NeverMovesBack) {
  SimulatedDisk disk({});
  const auto file = OpenOn(disk);
  WARREN_ASSERT_OK(file->Write(Value(5)));
  WARREN_ASSERT_OK(file->Write(Value(4)));
  EXPECT_EQ(OpenOn(disk)->found(), Value(5));
}

TEST(WatermarkFileTest, DamageToOneBlockLeavesTheOther) {
  SimulatedDisk disk({});
  for (uint64_t frame = 1; frame < 4; ++frame) WARREN_ASSERT_OK(OpenOn(disk)->Write(Value(frame)));
  WARREN_ASSERT_OK(disk.Flip(kPath, kBlockBytes + 33, 4));  // The third write's.
  EXPECT_EQ(OpenOn(disk)->found(), Value(2));
  EXPECT_TRUE(OpenOn(disk)->damaged());
  // The next value goes where the damage is.
  WARREN_ASSERT_OK(OpenOn(disk)->Write(Value(7)));
  EXPECT_FALSE(OpenOn(disk)->damaged());
  EXPECT_EQ(OpenOn(disk)->found(), Value(7));
}

TEST(WatermarkFileTest, DamageToBothIsSaid) {
  SimulatedDisk disk({});
  WARREN_ASSERT_OK(OpenOn(disk)->Write(Value(3)));
  WARREN_ASSERT_OK(disk.Cut(kPath, 0));
  const auto file = OpenOn(disk);
  EXPECT_TRUE(file->damaged());
  EXPECT_FALSE(file->found());
  EXPECT_FALSE(file->created());
}

TEST(WatermarkFileTest, AReaderMakesNoFile) {
  SimulatedDisk disk({});
  const auto file = OpenOn(disk, /*read_only=*/true);
  EXPECT_TRUE(file->damaged());
  EXPECT_THAT(disk.Files(), ElementsAre());
}

// Wherever the power goes off, the file holds the last value that was reported durable, or the one
// that was being written.
TEST(WatermarkFileTest, APowerCutLosesNothingDurable) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (uint64_t cut = 1; cut < 25; ++cut) {
      SimulatedDisk disk({.seed = seed});
      WARREN_ASSERT_OK(disk.CreateDirectories(kDirectory));
      disk.PowerOffAt(cut);
      uint64_t durable = 0;
      if (auto file = WatermarkFile::Open(&disk, kDirectory, false); file.ok()) {
        while (durable < 8 && (*file)->Write(Value(durable + 1)).ok()) ++durable;
      }
      disk.Crash();
      const auto file = OpenOn(disk);
      const uint64_t found = file->found() ? file->found()->frame.value() : 0;
      ASSERT_FALSE(file->damaged()) << seed << " " << cut;
      ASSERT_GE(found, durable);
      ASSERT_LE(found, durable + 1);
    }
  }
}

}  // namespace
}  // namespace warren::log
