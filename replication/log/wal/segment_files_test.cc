#include "replication/log/wal/segment_files.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/wal/old_tags.h"
#include "replication/log/wal/sectors.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using warren::testing::IsOk;
using warren::testing::StatusIs;

constexpr uint32_t kBlocks = 16;

class SegmentFilesTest : public ::testing::Test {
 protected:
  SegmentFilesConfig Config() {
    SegmentFilesConfig config;
    config.directory = "d";
    config.log_id = 7;
    config.segment_bytes = kBlocks * kBlockBytes;
    config.random = [this] { return rng_.Next(); };
    return config;
  }
  std::unique_ptr<SegmentFiles> Open(SegmentFilesConfig config) {
    auto opened = SegmentFiles::Open(&disk_, std::move(config));
    EXPECT_THAT(opened, IsOk());
    return *std::move(opened);
  }
  std::unique_ptr<SegmentFiles> Open() { return Open(Config()); }

  // Block `block` of this life, filled with this byte.
  static void WriteBlock(const Segment& segment, uint64_t block, char byte) {
    AlignedBuffer buffer(kBlockBytes);
    std::memset(buffer.data(), byte, kBlockBytes);
    SetTags(buffer.data(), kSectorsPerBlock, segment.life.tag);
    WARREN_ASSERT_OK(segment.file->Write(block * kBlockBytes, {buffer.data(), kBlockBytes}));
  }

  base::Rng rng_{1};
  SimulatedDisk disk_{{}};
};

TEST_F(SegmentFilesTest, WhatWasPreparedIsFoundAgain) {
  std::vector<SegmentHeader> lives;
  {
    const auto files = Open();
    EXPECT_EQ(files->caching(), Caching::kDirect);
    for (int i = 0; i < 3; ++i) {
      WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
      lives.push_back(segment->life);
    }
    EXPECT_EQ(files->files_in_use(), 3u);
    EXPECT_EQ(files->bytes_on_disk(), 3u * kBlocks * kBlockBytes);
  }
  disk_.Crash();
  const auto files = Open();
  EXPECT_EQ(files->Found(), lives);
  EXPECT_EQ(files->unreadable(), 0u);
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
  EXPECT_EQ(segment->life.number, SegmentNo(4));
  EXPECT_THAT(disk_.Files(), ElementsAre("d/segment-000001.log", "d/segment-000002.log",
                                         "d/segment-000003.log", "d/segment-000004.log"));
}

TEST_F(SegmentFilesTest, UsesBufferedFilesWhereDirectOnesAreRefused) {
  SimulatedDisk disk({.refuses_direct = true});
  WARREN_ASSERT_OK_AND_ASSIGN(const auto files, SegmentFiles::Open(&disk, Config()));
  EXPECT_EQ(files->caching(), Caching::kBuffered);
  WARREN_ASSERT_OK(files->Prepare());
  SegmentFilesConfig config = Config();
  config.read_only = true;
  WARREN_ASSERT_OK_AND_ASSIGN(const auto reader, SegmentFiles::Open(&disk, config));
  EXPECT_EQ(reader->Found(), files->Found());
}

TEST_F(SegmentFilesTest, AReleasedFileBeginsAnotherLife) {
  const auto files = Open();
  WARREN_ASSERT_OK_AND_ASSIGN(const auto first, files->Prepare());
  files->Release(first->life.number);
  EXPECT_EQ(files->files_free(), 1u);
  WARREN_ASSERT_OK_AND_ASSIGN(const auto second, files->Prepare());
  EXPECT_EQ(second->file->path(), first->file->path());
  EXPECT_EQ(second->life.number, SegmentNo(2));
  EXPECT_EQ(second->life.older_tags[0], first->life.tag);
  EXPECT_NE(second->life.nonce, first->life.nonce);
  EXPECT_THAT(Open()->Found(), ElementsAre(second->life));
}

TEST_F(SegmentFilesTest, TheNumberCanBeChosen) {
  const auto files = Open();
  files->SetNext(SegmentNo(50));
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
  EXPECT_EQ(segment->life.number, SegmentNo(50));
  WARREN_ASSERT_OK_AND_ASSIGN(const auto next, files->Prepare());
  EXPECT_EQ(next->life.number, SegmentNo(51));
}

TEST_F(SegmentFilesTest, OneHeaderIsEnough) {
  SegmentHeader life;
  {
    WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, Open()->Prepare());
    life = segment->life;
  }
  WARREN_ASSERT_OK(disk_.Flip("d/segment-000001.log", 20, 1));
  EXPECT_THAT(Open()->Found(), ElementsAre(life));
}

TEST_F(SegmentFilesTest, AFileWithoutHeadersIsKept) {
  WARREN_ASSERT_OK(Open()->Prepare());
  WARREN_ASSERT_OK(disk_.Flip("d/segment-000001.log", 20, 1));
  WARREN_ASSERT_OK(disk_.Flip("d/segment-000001.log", (kBlocks - 1) * kBlockBytes + 20, 1));
  const auto files = Open();
  EXPECT_THAT(files->Found(), IsEmpty());
  EXPECT_EQ(files->unreadable(), 1u);
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
  EXPECT_THAT(segment->file->path(), HasSubstr("segment-000002"));
}

TEST_F(SegmentFilesTest, ACutOffFileIsKept) {
  {
    const auto files = Open();
    WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
    WriteBlock(*segment, 1, 'x');
    WARREN_ASSERT_OK(segment->file->Sync());
  }
  WARREN_ASSERT_OK(disk_.Cut("d/segment-000001.log", 5 * kBlockBytes));
  EXPECT_EQ(Open()->unreadable(), 1u);
}

TEST_F(SegmentFilesTest, AnotherLogsFileIsAnError) {
  WARREN_ASSERT_OK(Open()->Prepare());
  SegmentFilesConfig config = Config();
  config.log_id = 8;
  EXPECT_THAT(SegmentFiles::Open(&disk_, config),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("belongs to the log 7")));
}

TEST_F(SegmentFilesTest, AFullDiskLeavesNothingBehind) {
  const auto files = Open();
  WARREN_ASSERT_OK(files->Prepare());
  disk_.set_capacity((kBlocks + 3) * kBlockBytes);
  EXPECT_THAT(files->Prepare(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(disk_.Files(), ElementsAre("d/segment-000001.log"));
  disk_.set_capacity(uint64_t{1} << 40);
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
  EXPECT_EQ(segment->life.number, SegmentNo(2));
}

TEST_F(SegmentFilesTest, AReaderChangesNothing) {
  WARREN_ASSERT_OK(Open()->Prepare());
  const uint64_t changes = disk_.changes();
  SegmentFilesConfig config = Config();
  config.read_only = true;
  EXPECT_EQ(Open(config)->Found().size(), 1u);
  EXPECT_EQ(disk_.changes(), changes);
}

TEST_F(SegmentFilesTest, FilesOfAnotherSizeAreReplaced) {
  { WARREN_ASSERT_OK(Open()->Prepare()); }
  SegmentFilesConfig config = Config();
  config.segment_bytes *= 2;
  const auto files = Open(config);
  ASSERT_EQ(files->Found().size(), 1u);
  files->Release(SegmentNo(1));
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
  EXPECT_EQ(segment->life.blocks, 2 * kBlocks);
  EXPECT_THAT(disk_.Files(), ElementsAre("d/segment-000002.log"));
}

TEST_F(SegmentFilesTest, TheWholeFileCanBeLoaded) {
  const auto files = Open();
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
  WriteBlock(*segment, 3, 'x');
  AlignedBuffer buffer;
  WARREN_ASSERT_OK_AND_ASSIGN(const std::string_view raw, files->Load(SegmentNo(1), &buffer));
  ASSERT_EQ(raw.size(), kBlocks * kBlockBytes);
  EXPECT_EQ(raw[3 * kBlockBytes], 'x');
  EXPECT_EQ(raw[4 * kBlockBytes], '\0');
  EXPECT_THAT(files->Load(SegmentNo(2), &buffer), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SegmentFilesTest, PlantedBugsChangeTheNonceAlone) {
  SegmentFilesConfig config = Config();
  config.bug = PlantedBug::kNonceConstant;
  WARREN_ASSERT_OK_AND_ASSIGN(const auto constant, Open(config)->Prepare());
  EXPECT_EQ(constant->life.nonce, 0x57617272656Eu);
  config.bug = PlantedBug::kLifeNotChecked;
  const auto files = Open(config);
  files->Release(SegmentNo(1));
  WARREN_ASSERT_OK_AND_ASSIGN(const auto again, files->Prepare());
  EXPECT_EQ(again->life.nonce, constant->life.nonce);
  EXPECT_NE(again->life.tag, constant->life.tag);
}

// Makes and releases segments until the power goes off. The last that was handed out.
std::optional<SegmentHeader> PrepareUntilOff(SimulatedDisk& disk,
                                             const SegmentFilesConfig& config) {
  std::optional<SegmentHeader> last;
  auto files = SegmentFiles::Open(&disk, config);
  for (int i = 0; files.ok() && i < 6; ++i) {
    auto segment = (*files)->Prepare();
    if (!segment.ok()) break;
    last = (*segment)->life;
    if (i % 2 == 1) (*files)->Release(last->number - 1);
  }
  return last;
}

// Wherever the power goes off, a segment that was handed out is there, and nothing else is in the
// way.
TEST_F(SegmentFilesTest, APowerCutLosesNoSegment) {
  for (uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    SimulatedDisk disk({.seed = 1 + round / 60});
    disk.PowerOffAt(1 + round % 60);
    const std::optional<SegmentHeader> last = PrepareUntilOff(disk, Config());
    disk.Crash();
    WARREN_ASSERT_OK_AND_ASSIGN(const auto files, SegmentFiles::Open(&disk, Config()));
    ASSERT_EQ(files->unreadable(), 0u);
    const std::vector<SegmentHeader> found = files->Found();
    ASSERT_TRUE(!last || std::find(found.begin(), found.end(), *last) != found.end());
    WARREN_ASSERT_OK(files->Prepare());
  }
}

// ---- Reading ----------------------------------------------------------------------------------

TEST_F(SegmentFilesTest, ReadsContentAcrossBlocks) {
  const auto files = Open();
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
  AlignedBuffer buffer(3 * kBlockBytes);
  std::string content(3 * kBlockContentBytes, '\0');
  for (char& byte : content) byte = static_cast<char>(rng_.Next());
  WriteContent(buffer.data(), 0, content);
  SetTags(buffer.data(), 3 * kSectorsPerBlock, segment->life.tag);
  WARREN_ASSERT_OK(segment->file->Write(2 * kBlockBytes, {buffer.data(), buffer.size()}));
  for (int round = 0; round < 300; ++round) {
    const size_t offset = rng_.Below(content.size());
    const size_t bytes = rng_.Below(content.size() - offset);
    WARREN_ASSERT_OK_AND_ASSIGN(
        const base::Bytes read,
        ReadFromSegment(*segment, 2, static_cast<uint32_t>(offset), static_cast<uint32_t>(bytes)));
    ASSERT_EQ(read, std::string_view(content).substr(offset, bytes));
  }
}

TEST_F(SegmentFilesTest, DoesNotReadWhatIsOfAnotherLife) {
  const auto files = Open();
  WARREN_ASSERT_OK_AND_ASSIGN(const auto first, files->Prepare());
  WriteBlock(*first, 1, 'x');
  WriteBlock(*first, 2, 'y');
  WARREN_EXPECT_OK(ReadFromSegment(*first, 1, 0, 8000));
  files->Release(SegmentNo(1));
  WARREN_ASSERT_OK_AND_ASSIGN(const auto second, files->Prepare());
  WriteBlock(*second, 1, 'z');
  // Whoever still holds the first life sees that it has ended, and the second one is not all there.
  EXPECT_THAT(ReadFromSegment(*first, 1, 0, 10), StatusIs(absl::StatusCode::kDataLoss));
  WARREN_EXPECT_OK(ReadFromSegment(*second, 1, 0, kBlockContentBytes));
  EXPECT_THAT(ReadFromSegment(*second, 1, 0, kBlockContentBytes + 1),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(SegmentFilesTest, DoesNotReadBeyondTheFrames) {
  WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, Open()->Prepare());
  EXPECT_THAT(ReadFromSegment(*segment, kBlocks - 1, 0, 1), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ReadFromSegment(*segment, 1, UINT32_MAX, 1), StatusIs(absl::StatusCode::kDataLoss));
}

// ---- Old tags ---------------------------------------------------------------------------------

TEST_F(SegmentFilesTest, NoTagOutlivesWhatTheHeaderKnows) {
  const auto files = Open();
  AlignedBuffer buffer;
  for (uint64_t life = 1; life < 60; ++life) {
    WARREN_ASSERT_OK_AND_ASSIGN(const auto segment, files->Prepare());
    // Most lives do not reach the end of the file.
    const uint64_t end = life % 13 == 0 ? kBlocks - 1 : 2 + rng_.Below(6);
    for (uint64_t block = 1; block < end; ++block) WriteBlock(*segment, block, 'x');
    WARREN_ASSERT_OK_AND_ASSIGN(const std::string_view raw,
                                files->Load(segment->life.number, &buffer));
    for (size_t sector = kSectorsPerBlock; sector < (kBlocks - 1) * kSectorsPerBlock; ++sector) {
      const Tag tag = TagOf(raw.data(), sector);
      const auto& older = segment->life.older_tags;
      ASSERT_TRUE(tag == 0 || tag == segment->life.tag ||
                  std::find(older.begin(), older.end(), tag) != older.end())
          << "life " << life << ", sector " << sector;
    }
    files->Release(segment->life.number);
  }
}

}  // namespace
}  // namespace warren::log
