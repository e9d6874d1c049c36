#include "replication/log/store/group_record.h"

#include <memory>

#include "gtest/gtest.h"

#include "base/coding.h"
#include "base/crc32c.h"
#include "replication/log/store/store_test_values.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::HasSubstr;
using testing::RecordOf;
using testing::SnapshotAt;
using warren::testing::StatusIs;

GroupRecord FullRecord() {
  GroupRecord record = RecordOf(7, 90);
  record.hard_state = {.term = raft::Term(4),
                       .vote = raft::NodeId(UINT64_MAX),
                       .commit = raft::Index(88),
                       .amnesiac = true};
  record.base = {.id = {.index = raft::Index(50), .term = raft::Term(3)},
                 .time = raft::LogTime(1234567)};
  record.stored_last = raft::Index(95);
  record.terms = *raft::TermRuns::FromRuns({{.first = raft::Index(20), .term = raft::Term(3)},
                                            {.first = raft::Index(60), .term = raft::Term(4)}},
                                           raft::Index(90));
  record.missing.InsertRange(70, 72);
  record.snapshot = std::make_shared<raft::Snapshot>(SnapshotAt(50, {20, 21}));
  return record;
}

void ExpectSame(const GroupRecord& a, const GroupRecord& b) {
  EXPECT_EQ(a.no, b.no);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.as_of, b.as_of);
  EXPECT_EQ(a.hard_state, b.hard_state);
  EXPECT_EQ(a.base, b.base);
  EXPECT_EQ(a.last, b.last);
  EXPECT_EQ(a.terms, b.terms);
  EXPECT_EQ(a.missing, b.missing);
  EXPECT_EQ(a.stored_last, b.stored_last);
}

// The checksum made to fit again after a change.
std::string Resealed(GroupNo no, std::string bytes) {
  bytes.resize(bytes.size() - 4);
  char seed[8];
  base::EncodeFixed64(seed, no.value());
  base::PutFixed32(&bytes, base::Crc32cExtend(base::Crc32c({seed, 8}), bytes));
  return bytes;
}

TEST(GroupRecordTest, DecodesWhatItEncodes) {
  const GroupRecord record = FullRecord();
  WARREN_ASSERT_OK_AND_ASSIGN(const DecodedGroupRecord decoded,
                              DecodeGroupRecord(record.no, EncodeGroupRecord(record)));
  ExpectSame(decoded.record, record);
  EXPECT_EQ(decoded.snapshot, record.snapshot->last.id);
  EXPECT_EQ(decoded.record.snapshot, nullptr);
}

TEST(GroupRecordTest, DecodesAnEmptyGroup) {
  GroupRecord record;
  record.no = GroupNo(1);
  record.id = raft::GroupId(2);
  WARREN_ASSERT_OK_AND_ASSIGN(const DecodedGroupRecord decoded,
                              DecodeGroupRecord(record.no, EncodeGroupRecord(record)));
  ExpectSame(decoded.record, record);
  EXPECT_EQ(decoded.snapshot, raft::EntryId{});
}

TEST(GroupRecordTest, EveryFlippedBitAndEveryCutIsDamage) {
  const std::string bytes = EncodeGroupRecord(FullRecord());
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THAT(DecodeGroupRecord(GroupNo(7), flipped), StatusIs(absl::StatusCode::kDataLoss))
        << "bit " << bit;
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(DecodeGroupRecord(GroupNo(7), bytes.substr(0, size)),
                StatusIs(absl::StatusCode::kDataLoss))
        << size << " bytes";
  }
}

TEST(GroupRecordTest, RecordOfAnotherGroupIsDamage) {
  EXPECT_THAT(DecodeGroupRecord(GroupNo(8), EncodeGroupRecord(FullRecord())),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("group no 8")));
}

TEST(GroupRecordTest, LaterVersionIsKnownAsSuch) {
  std::string bytes = EncodeGroupRecord(FullRecord());
  bytes[0] = 2;
  EXPECT_THAT(DecodeGroupRecord(GroupNo(7), Resealed(GroupNo(7), bytes)),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("version 2")));
}

TEST(GroupRecordTest, BytesBehindTheValueAreDamage) {
  std::string bytes = EncodeGroupRecord(FullRecord());
  bytes.insert(bytes.size() - 4, 1, '\0');
  EXPECT_THAT(DecodeGroupRecord(GroupNo(7), Resealed(GroupNo(7), bytes)),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(GroupRecordTest, UnknownFlagIsDamage) {
  std::string bytes = EncodeGroupRecord(FullRecord());
  bytes[1] = 2;
  EXPECT_THAT(DecodeGroupRecord(GroupNo(7), Resealed(GroupNo(7), bytes)),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(LogRecordTest, DecodesWhatItEncodes) {
  const LogRecord record{
      .log_id = UINT64_MAX, .retired = SegmentNo(12), .groups_last = GroupNo(UINT32_MAX)};
  EXPECT_THAT(DecodeLogRecord(EncodeLogRecord(record)), warren::testing::IsOkAndHolds(record));
}

TEST(LogRecordTest, BytesAreThoseOfTheFormat) {
  const std::string bytes =
      EncodeLogRecord({.log_id = 0x0102, .retired = SegmentNo(300), .groups_last = GroupNo(5)});
  const std::string body("\x01\x02\x01\0\0\0\0\0\0\xac\x02\x05", 12);
  EXPECT_EQ(bytes, Resealed(GroupNo(0), body + "...."));
}

TEST(LogRecordTest, EveryFlippedBitIsDamage) {
  const std::string bytes =
      EncodeLogRecord({.log_id = 1, .retired = SegmentNo(2), .groups_last = GroupNo(3)});
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THAT(DecodeLogRecord(flipped), StatusIs(absl::StatusCode::kDataLoss)) << "bit " << bit;
  }
}

}  // namespace
}  // namespace warren::log
