#include "replication/host/fetch_message.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

constexpr raft::GroupId kGroup(9);

raft::Entry Entry(uint64_t index, std::string_view payload) {
  return {.id = {.index = raft::Index(index), .term = raft::Term(2)},
          .time = raft::LogTime(5),
          .type = raft::EntryType::kNormal,
          .payload = base::Bytes::Copy(payload)};
}

FetchAnswer Answer() {
  FetchAnswer answer;
  answer.number = 4;
  answer.last_considered = raft::Index(30);
  answer.dead.InsertRange(11, 20);
  answer.entries = {Entry(10, "ten"), Entry(25, "")};
  return answer;
}

TEST(FetchMessageTest, ARequestTravelsAsBytes) {
  FetchRequest request;
  request.number = 300;
  request.indexes.InsertRange(5, 9);
  request.bytes_max = 1 << 20;
  request.needed_above = raft::Index(7);
  const base::Bytes bytes = EncodeFetchRequest(request).Flatten();
  const auto decoded = DecodeFetchRequest(bytes);
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->number, 300u);
  EXPECT_EQ(decoded->indexes, request.indexes);
  EXPECT_EQ(decoded->bytes_max, request.bytes_max);
  EXPECT_EQ(decoded->needed_above, raft::Index(7));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeFetchRequest(bytes.Slice(0, size)).ok()) << size;
  }
}

TEST(FetchMessageTest, AnAnswerTravelsAsBytesAndSharesThem) {
  const base::Bytes bytes = EncodeFetchAnswer(kGroup, Answer()).Flatten();
  const auto decoded = DecodeFetchAnswer(kGroup, bytes);
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->number, 4u);
  EXPECT_EQ(decoded->last_considered, raft::Index(30));
  EXPECT_EQ(decoded->dead, Answer().dead);
  EXPECT_EQ(decoded->entries, Answer().entries);
  EXPECT_GE(decoded->entries[0].payload.data(), bytes.data());
  EXPECT_LT(decoded->entries[0].payload.data(), bytes.data() + bytes.size());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeFetchAnswer(kGroup, bytes.Slice(0, size)).ok()) << size;
  }
}

TEST(FetchMessageTest, EntriesOfAnotherGroupOrDecayedOnesAreRefused) {
  const base::Bytes bytes = EncodeFetchAnswer(kGroup, Answer()).Flatten();
  EXPECT_FALSE(DecodeFetchAnswer(raft::GroupId(8), bytes).ok());
  std::string decayed(bytes.view());
  decayed[decayed.find("ten")] ^= 1;
  EXPECT_THAT(DecodeFetchAnswer(kGroup, base::Bytes::Copy(decayed)),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(FetchMessageTest, EntriesRise) {
  FetchAnswer answer = Answer();
  std::swap(answer.entries[0], answer.entries[1]);
  EXPECT_THAT(DecodeFetchAnswer(kGroup, EncodeFetchAnswer(kGroup, answer).Flatten()),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace warren::replication
