#include "replication/log/disk/testing/simulated_disk.h"

#include <memory>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/disk/aligned_buffer.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using warren::testing::IsOk;
using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

constexpr uint64_t kSeeds = 200;

std::string ReadAll(SimulatedDisk& disk, const std::string& path) {
  auto file = disk.Open(path, OpenMode::kRead, Caching::kBuffered);
  if (!file.ok()) return "(" + std::string(file.status().message()) + ")";
  std::string bytes((*file)->Size().value(), '\0');
  EXPECT_THAT((*file)->Read(0, bytes.size(), bytes.data()), IsOkAndHolds(bytes.size()));
  return bytes;
}

// A disk with a directory "d", and files that are made in it.
class Rig {
 public:
  explicit Rig(uint64_t seed = 1) : disk({.seed = seed}) {
    EXPECT_THAT(disk.CreateDirectories("d"), IsOk());
  }
  std::unique_ptr<File> Create(const std::string& path) {
    return disk.Open(path, OpenMode::kCreate, Caching::kBuffered).value();
  }
  // Synced, the name too.
  std::unique_ptr<File> CreateSynced(const std::string& path, const std::string& bytes) {
    std::unique_ptr<File> file = Create(path);
    EXPECT_THAT(file->Write(0, bytes), IsOk());
    EXPECT_THAT(file->Sync(), IsOk());
    EXPECT_THAT(disk.SyncDirectory("d"), IsOk());
    return file;
  }

  SimulatedDisk disk;
};

TEST(SimulatedDiskTest, WhatIsSyncedSurvives) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    rig.CreateSynced("d/a", std::string(5000, 'a'));
    rig.disk.Crash();
    EXPECT_EQ(ReadAll(rig.disk, "d/a"), std::string(5000, 'a'));
  }
}

TEST(SimulatedDiskTest, WhatIsNotSyncedSurvivesBySectorsOrBlocks) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    const auto file = rig.CreateSynced("d/a", std::string(4 * kBlockBytes, 'a'));
    WARREN_ASSERT_OK(file->Write(kBlockBytes, std::string(2 * kBlockBytes, 'b')));
    EXPECT_EQ(ReadAll(rig.disk, "d/a").substr(kBlockBytes, 2), "bb");
    rig.disk.Crash();
    const std::string left = ReadAll(rig.disk, "d/a");
    ASSERT_EQ(left.size(), 4 * kBlockBytes);
    std::string sectors;
    for (size_t at = 0; at < left.size(); at += kSectorBytes) {
      EXPECT_EQ(left.substr(at, kSectorBytes), std::string(kSectorBytes, left[at]));
      sectors += left[at];
    }
    EXPECT_EQ(sectors.substr(0, 8) + sectors.substr(24), std::string(16, 'a'));
    outcomes.insert(sectors.substr(8, 16));
  }
  EXPECT_TRUE(outcomes.contains(std::string(16, 'a')));
  EXPECT_TRUE(outcomes.contains(std::string(16, 'b')));
  EXPECT_TRUE(outcomes.contains("bbbbbbbbaaaaaaaa"));
  EXPECT_TRUE(outcomes.contains("aaaaaaaabbbbbbbb"));
  EXPECT_GT(outcomes.size(), 20u);
}

TEST(SimulatedDiskTest, TheSameSeedLeavesTheSame) {
  const auto left_by = [](uint64_t seed) {
    Rig rig(seed);
    const auto file = rig.CreateSynced("d/a", std::string(9000, 'a'));
    EXPECT_THAT(file->Write(0, std::string(20000, 'b')), IsOk());
    rig.disk.Crash();
    return ReadAll(rig.disk, "d/a");
  };
  for (uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(left_by(seed), left_by(seed));
}

TEST(SimulatedDiskTest, ANameThatIsNotSyncedMayBeLostWithItsFile) {
  uint64_t lost = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    const auto file = rig.Create("d/a");
    WARREN_ASSERT_OK(file->Write(0, "warren"));
    WARREN_ASSERT_OK(file->Sync());
    rig.disk.Crash();
    if (rig.disk.Files().empty()) {
      ++lost;
    } else {
      EXPECT_EQ(ReadAll(rig.disk, "d/a"), "warren");
    }
  }
  EXPECT_GT(lost, kSeeds / 4);
  EXPECT_LT(lost, kSeeds);
}

TEST(SimulatedDiskTest, RenamesAndRemovalsComeBackUnlessSynced) {
  std::set<std::vector<std::string>> outcomes;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    rig.CreateSynced("d/a", "a");
    rig.CreateSynced("d/b", "b");
    WARREN_ASSERT_OK(rig.disk.Rename("d/a", "d/b"));
    WARREN_ASSERT_OK(rig.disk.Remove("d/b"));
    EXPECT_THAT(rig.disk.Files(), IsEmpty());
    rig.disk.Crash();
    const auto files = rig.disk.Files();
    outcomes.insert(files);
    if (files.size() == 1) {
      EXPECT_EQ(ReadAll(rig.disk, "d/b"), "a");
    } else if (files.size() == 2) {
      EXPECT_EQ(ReadAll(rig.disk, "d/b"), "b");
    }
  }
  EXPECT_THAT(outcomes,
              ElementsAre(std::vector<std::string>{}, std::vector<std::string>{"d/a", "d/b"},
                          std::vector<std::string>{"d/b"}));

  Rig rig;
  rig.CreateSynced("d/a", "a");
  WARREN_ASSERT_OK(rig.disk.Rename("d/a", "d/b"));
  WARREN_ASSERT_OK(rig.disk.SyncDirectory("d"));
  rig.disk.Crash();
  EXPECT_THAT(rig.disk.Files(), ElementsAre("d/b"));
}

TEST(SimulatedDiskTest, WithoutPowerNothingWorksUntilTheCrashIsOver) {
  Rig rig;
  const auto file = rig.CreateSynced("d/a", "a");
  rig.disk.PowerOff();
  char byte = 0;
  for (const absl::Status& status :
       {file->Write(0, "b"), file->Sync(), file->Allocate(10), file->Read(0, 1, &byte).status(),
        rig.disk.Remove("d/a"), rig.disk.Rename("d/a", "d/b"), rig.disk.SyncDirectory("d"),
        rig.disk.List("d").status(), rig.disk.CreateDirectories("e"),
        rig.disk.FreeBytes("d").status(),
        rig.disk.Open("d/a", OpenMode::kRead, Caching::kBuffered).status()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal, HasSubstr("power")));
  }
  rig.disk.Crash();
  EXPECT_EQ(ReadAll(rig.disk, "d/a"), "a");
  EXPECT_THAT(file->Write(0, "b"), StatusIs(absl::StatusCode::kInternal));
}

TEST(SimulatedDiskTest, ThePowerGoesOffInTheMidstOfAChange) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    const auto file = rig.CreateSynced("d/a", "a");
    rig.disk.PowerOffAt(2);
    WARREN_ASSERT_OK(file->Sync());
    EXPECT_THAT(file->Write(0, "b"), StatusIs(absl::StatusCode::kInternal));
    EXPECT_TRUE(rig.disk.is_off());
    rig.disk.Crash();
    outcomes.insert(ReadAll(rig.disk, "d/a"));
  }
  EXPECT_THAT(outcomes, ElementsAre("a", "b"));
}

TEST(SimulatedDiskTest, ASyncThatThePowerInterruptsMakesNothingCertain) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    const auto file = rig.CreateSynced("d/a", "a");
    WARREN_ASSERT_OK(file->Write(0, "b"));
    rig.disk.PowerOffAt(1);
    EXPECT_THAT(file->Sync(), StatusIs(absl::StatusCode::kInternal));
    rig.disk.Crash();
    outcomes.insert(ReadAll(rig.disk, "d/a"));
  }
  EXPECT_THAT(outcomes, ElementsAre("a", "b"));
}

TEST(SimulatedDiskTest, ASyncThatFailsLosesWhatItShouldHaveKept) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Rig rig(seed);
    const auto file = rig.CreateSynced("d/a", "aa");
    rig.disk.FailNext(DiskOperation::kSync, absl::InternalError("Input/output error"), "d/a");
    WARREN_ASSERT_OK(file->Write(0, "b"));
    EXPECT_THAT(file->Sync(), StatusIs(absl::StatusCode::kInternal, HasSubstr("Input/output")));
    EXPECT_EQ(ReadAll(rig.disk, "d/a"), "ba");  // From the cache.
    WARREN_ASSERT_OK(file->Sync());
    rig.disk.Crash();
    EXPECT_EQ(ReadAll(rig.disk, "d/a"), "aa");
  }
}

TEST(SimulatedDiskTest, FailuresChooseKindAndPath) {
  Rig rig;
  const auto file = rig.Create("d/a");
  const auto other = rig.Create("d/b");
  rig.disk.FailNext(DiskOperation::kWrite, absl::ResourceExhaustedError("full"), "d/b");
  EXPECT_THAT(file->Write(0, "x"), IsOk());
  EXPECT_THAT(other->Write(0, "x"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(other->Write(0, "x"), IsOk());
}

TEST(SimulatedDiskTest, AFullDiskRefusesToGrow) {
  SimulatedDisk disk({.seed = 1, .capacity_bytes = 1000});
  WARREN_ASSERT_OK(disk.CreateDirectories("d"));
  WARREN_ASSERT_OK_AND_ASSIGN(auto file, disk.Open("d/a", OpenMode::kCreate, Caching::kBuffered));
  WARREN_ASSERT_OK(file->Allocate(900));
  EXPECT_THAT(disk.FreeBytes("d"), IsOkAndHolds(100));
  EXPECT_THAT(file->Write(500, std::string(400, 'x')), IsOk());
  EXPECT_THAT(file->Write(500, std::string(501, 'x')),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(file->Allocate(1001), StatusIs(absl::StatusCode::kResourceExhausted));
  WARREN_ASSERT_OK(disk.Remove("d/a"));
  EXPECT_THAT(disk.FreeBytes("d"), IsOkAndHolds(1000));
}

TEST(SimulatedDiskTest, DirectAccessIsCheckedLikeARealOne) {
  Rig rig;
  WARREN_ASSERT_OK_AND_ASSIGN(auto file, rig.disk.Open("d/a", OpenMode::kCreate, Caching::kDirect));
  const AlignedBuffer buffer(kBlockBytes);
  EXPECT_THAT(file->Write(0, {buffer.data(), kBlockBytes}), IsOk());
  EXPECT_THAT(file->Write(512, {buffer.data(), kBlockBytes}),
              StatusIs(absl::StatusCode::kInvalidArgument));

  SimulatedDisk refusing({.seed = 1, .refuses_direct = true});
  WARREN_ASSERT_OK(refusing.CreateDirectories("d"));
  EXPECT_THAT(refusing.Open("d/a", OpenMode::kCreate, Caching::kDirect),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(SimulatedDiskTest, DamageStaysAndDoesNotSpread) {
  Rig rig;
  const auto file = rig.CreateSynced("d/a", std::string(3 * kBlockBytes, 'a'));
  WARREN_ASSERT_OK(file->Write(kBlockBytes, std::string(kBlockBytes, 'b')));
  WARREN_ASSERT_OK(file->Sync());
  WARREN_ASSERT_OK(rig.disk.ScribbleOn("d/a", 1, Scribble::kOlder));
  WARREN_ASSERT_OK(rig.disk.ScribbleOn("d/a", 2, Scribble::kZeros));
  WARREN_ASSERT_OK(rig.disk.Flip("d/a", 7, 0x01));
  WARREN_ASSERT_OK(rig.disk.Cut("d/a", 2 * kBlockBytes + 10));
  rig.disk.Crash();
  std::string expected(2 * kBlockBytes, 'a');
  expected[7] = 'a' ^ 0x01;
  EXPECT_EQ(ReadAll(rig.disk, "d/a"), expected + std::string(10, '\0'));
}

TEST(SimulatedDiskTest, ACopyGoesItsOwnWay) {
  Rig rig;
  rig.CreateSynced("d/a", "a");
  rig.disk.Crash();
  const std::unique_ptr<SimulatedDisk> copy = rig.disk.Copy();
  WARREN_ASSERT_OK(copy->Flip("d/a", 0, 0x02));
  EXPECT_EQ(ReadAll(*copy, "d/a"), "c");
  EXPECT_EQ(ReadAll(rig.disk, "d/a"), "a");
}

}  // namespace
}  // namespace warren::log
