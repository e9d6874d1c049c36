// Files of the store that have decayed.
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "replication/log/store/store.h"
#include "replication/log/store/store_test_values.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using testing::AddEntries;
using testing::EntryOf;
using ::testing::HasSubstr;
using testing::Noise;
using testing::RecordOf;
using ::testing::SizeIs;
using testing::SnapshotAt;
using warren::testing::IsOk;
using warren::testing::StatusIs;

constexpr size_t kPayload = 1000;

class StoreDamageTest : public testing::StoreTest {
 protected:
  // The store's files of this kind, oldest first.
  std::vector<std::string> FilesNamed(const std::string& part) {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(config_.directory)) {
      const std::string path = file.path().string();
      if (path.find(part) != std::string::npos) names.insert(path);
    }
    return {names.begin(), names.end()};
  }
  static void Flip(const std::string& path, uint64_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
    WARREN_CHECK_MSG(file.good(), "the file can be damaged");
  }
  // Where these bytes stand in the file.
  static uint64_t Find(const std::string& path, const std::string& bytes) {
    std::ifstream file(path, std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const size_t at = all.find(bytes);
    WARREN_CHECK_MSG(at != std::string::npos, "the bytes are in the file");
    return at;
  }
};

TEST_F(StoreDamageTest, DamagedBlockCostsItsEntriesAndNoOthers) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 200, kPayload);
  AddEntries(&move, 2, 1, 20, kPayload);
  WARREN_ASSERT_OK(Apply(move));
  store_.reset();
  const std::string file = FilesNamed(".sst").back();
  Flip(file, Find(file, Noise(1, 100, kPayload)));
  Open();
  EXPECT_THAT(contents_.unreadable, SizeIs(0));
  const auto found = Read(1);
  EXPECT_THAT(read_status_, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("group no 1")));
  EXPECT_FALSE(found.contains(100));
  EXPECT_TRUE(found.contains(1));
  EXPECT_TRUE(found.contains(200));
  EXPECT_GE(found.size(), 200u - 40u) << "a block is 32 KiB";
  for (const auto& [index, value] : found)
    EXPECT_EQ(value, EntryOf(1, index, Noise(1, index, kPayload)).encoded.view());
  EXPECT_THAT(Read(2), SizeIs(20));
  EXPECT_THAT(read_status_, IsOk());
  EXPECT_THAT(Read(1, 180, 200), SizeIs(21));
  EXPECT_THAT(read_status_, IsOk()) << "what is asked for is not concerned";
}

TEST_F(StoreDamageTest, SeveralDamagedBlocks) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 300, kPayload);
  WARREN_ASSERT_OK(Apply(move));
  store_.reset();
  const std::string file = FilesNamed(".sst").back();
  for (const uint64_t index : {1u, 150u, 300u}) Flip(file, Find(file, Noise(1, index, kPayload)));
  Open();
  const auto found = Read(1);
  EXPECT_THAT(read_status_, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_GE(found.size(), 300u - 120u);
  for (const uint64_t index : {1u, 150u, 300u}) EXPECT_FALSE(found.contains(index));
}

// The block that has the new version is damaged: the old one must not be taken for it.
TEST_F(StoreDamageTest, OlderVersionDoesNotShowThrough) {
  Open();
  Move first;
  AddEntries(&first, 1, 1, 100, kPayload);
  WARREN_ASSERT_OK(Apply(first));
  Move second;
  second.entries.push_back(EntryOf(1, 50, Noise(7, 7, kPayload)));
  second.groups.push_back(RecordOf(1, 50));
  WARREN_ASSERT_OK(Apply(second));
  store_.reset();
  const std::string file = FilesNamed(".sst").back();
  Flip(file, Find(file, Noise(7, 7, kPayload)));
  Open();
  EXPECT_FALSE(Read(1).contains(50));
  EXPECT_THAT(read_status_, StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(StoreDamageTest, DamagedRecordsAreNamedAndOldOnesAreNotUsed) {
  Open();
  Move move;
  for (uint64_t group = 1; group <= 2000; ++group) AddEntries(&move, group, 1, 1);
  WARREN_ASSERT_OK(Apply(move));
  for (GroupRecord& record : move.groups) record.last = raft::Index(2);
  move.entries.clear();
  WARREN_ASSERT_OK(Apply(move));
  store_.reset();
  const std::string file = FilesNamed(".sst").back();
  const std::string record = EncodeGroupRecord(move.groups[1000]);
  Flip(file, Find(file, record.substr(record.size() - 4)));
  Open();
  std::set<uint64_t> named;
  for (const auto& unreadable : contents_.unreadable) {
    EXPECT_THAT(unreadable.why, StatusIs(absl::StatusCode::kDataLoss));
    named.insert(unreadable.group.value());
  }
  EXPECT_TRUE(named.contains(1001));
  EXPECT_LT(named.size(), 1900u);
  EXPECT_EQ(named.size() + contents_.groups.size(), 2000u);
  for (const GroupRecord& group : contents_.groups) {
    EXPECT_EQ(group.last, raft::Index(2));
    EXPECT_FALSE(named.contains(group.no.value()));
  }
  EXPECT_FALSE(store_->dead_map().Judge(GroupNo(1001), raft::Index(1)).dead)
      << "a group whose record is lost was not destroyed";
}

TEST_F(StoreDamageTest, DamagedSnapshotLosesItsGroupAlone) {
  Open();
  Move move;
  for (uint64_t group = 1; group <= 3; ++group) {
    AddEntries(&move, group, 1, 10);
    raft::Snapshot snapshot = SnapshotAt(5);
    snapshot.state = base::Bytes::Adopt(Noise(group, 0, 50'000));
    move.groups.back().snapshot = std::make_shared<raft::Snapshot>(snapshot);
  }
  WARREN_ASSERT_OK(Apply(move));
  store_.reset();
  const std::string file = FilesNamed(".sst").back();
  Flip(file, Find(file, Noise(2, 0, 50'000)));
  Open();
  ASSERT_THAT(contents_.unreadable, SizeIs(1));
  EXPECT_EQ(contents_.unreadable[0].group, GroupNo(2));
  EXPECT_THAT(contents_.groups, SizeIs(2));
}

TEST_F(StoreDamageTest, CompactionLeavesADamagedFileAloneAndGoesOn) {
  Open();
  Move first;
  AddEntries(&first, 1, 1, 100, kPayload);
  AddEntries(&first, 2, 1, 100, kPayload);
  WARREN_ASSERT_OK(Apply(first));
  store_.reset();
  const std::string file = FilesNamed(".sst").back();
  Flip(file, Find(file, Noise(2, 50, kPayload)));
  Open();
  Move second;
  AddEntries(&second, 1, 101, 200, kPayload);
  second.groups[0].snapshot = std::make_shared<raft::Snapshot>(SnapshotAt(190));
  WARREN_ASSERT_OK(Apply(second));
  EXPECT_THAT(store_->Compact(/*all=*/false), StatusIs(absl::StatusCode::kDataLoss));
  Settle();
  EXPECT_THAT(Read(1, 191), SizeIs(10));
  EXPECT_GE(Read(2).size(), 60u);
  Move third;
  AddEntries(&third, 1, 201, 210, kPayload);
  WARREN_ASSERT_OK(Apply(third));
  EXPECT_THAT(Read(1, 191), SizeIs(20));
}

TEST_F(StoreDamageTest, LastChangeOfTheManifestCountsForNothingIfItIsTorn) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 10);
  WARREN_ASSERT_OK(Apply(move));
  Move second;
  AddEntries(&second, 2, 1, 10);
  WARREN_ASSERT_OK(Apply(second));
  store_.reset();
  const std::string manifest = FilesNamed("MANIFEST").back();
  Flip(manifest, std::filesystem::file_size(manifest) - 1);
  config_.read_only = true;
  Open();
  EXPECT_THAT(Read(1), SizeIs(10));
  EXPECT_THAT(Read(2), SizeIs(0));
  EXPECT_GT(store_->GetStats().torn_manifest_bytes, 0u);
  config_.read_only = false;
  Open();
  EXPECT_THAT(Read(1), SizeIs(10));
  WARREN_ASSERT_OK(Apply(second));
  Open();
  EXPECT_THAT(Read(2), SizeIs(10));
  EXPECT_EQ(store_->GetStats().torn_manifest_bytes, 0u);
}

TEST_F(StoreDamageTest, DamageFurtherUpInTheManifestIsRefused) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 10);
  WARREN_ASSERT_OK(Apply(move));
  store_.reset();
  Flip(FilesNamed("MANIFEST").back(), 10);
  EXPECT_THAT(Store::Open(config_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("MANIFEST")));
}

// A flipped bit anywhere: what is read is right, or the loss is told.
TEST_F(StoreDamageTest, NoByteIsEverTakenForAnother) {
  Open();
  Move move;
  for (uint64_t group = 1; group <= 5; ++group) AddEntries(&move, group, 1, 40, 200);
  WARREN_ASSERT_OK(Apply(move));
  store_.reset();
  const std::string file = FilesNamed(".sst").back();
  const uint64_t size = std::filesystem::file_size(file);
  int refused = 0;
  int told = 0;
  for (uint64_t offset = 3; offset < size; offset += 211 + (offset > size * 9 / 10 ? 0 : 1000)) {
    Flip(file, offset);
    auto store = Store::Open(config_);
    if (!store.ok()) {
      EXPECT_THAT(store, StatusIs(absl::StatusCode::kDataLoss)) << "offset " << offset;
      ++refused;
    } else {
      store_ = *std::move(store);
      WARREN_ASSERT_OK_AND_ASSIGN(contents_, store_->Load());
      size_t found = 0;
      bool lost = !contents_.unreadable.empty();
      for (uint64_t group = 1; group <= 5; ++group) {
        for (const auto& [index, value] : Read(group)) {
          ++found;
          ASSERT_EQ(value, EntryOf(group, index, Noise(group, index, 200)).encoded.view());
        }
        lost = lost || !read_status_.ok();
      }
      EXPECT_TRUE(lost || found == 200) << "offset " << offset;
      EXPECT_EQ(contents_.groups.size() + contents_.unreadable.size(),
                5u + (contents_.log.log_id == 0 ? 1 : 0));
      told += lost;
      store_.reset();
    }
    Flip(file, offset);
  }
  EXPECT_GT(told, 20);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace warren::log
