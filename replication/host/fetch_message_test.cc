#include "replication/host/fetch_message.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/coding.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
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

TEST(FetchMessageTest, WhatFollowsOrIsOfALaterVersionIsRefused) {
  const std::string request(EncodeFetchRequest({}).Flatten().view());
  const std::string answer(EncodeFetchAnswer(kGroup, Answer()).Flatten().view());
  EXPECT_THAT(DecodeFetchRequest(base::Bytes::Copy(request + "x")),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeFetchAnswer(kGroup, base::Bytes::Copy(answer + "x")),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeFetchRequest(base::Bytes::Copy("\2" + request.substr(1))),
              StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(DecodeFetchAnswer(kGroup, base::Bytes::Copy("\2" + answer.substr(1))),
              StatusIs(absl::StatusCode::kUnimplemented));
}

// What is announced takes no memory before it is there.
TEST(FetchMessageTest, CountsAndSizesAreBounded) {
  const FetchAnswer none;
  std::string head(EncodeFetchAnswer(kGroup, none).Flatten().view());
  head.pop_back();  // The number of entries.
  for (const uint64_t entries : {uint64_t{5}, uint64_t{kFetchEntriesMax}, UINT64_MAX}) {
    std::string bytes = head;
    base::PutVarint64(&bytes, entries);
    EXPECT_THAT(DecodeFetchAnswer(kGroup, base::Bytes::Copy(bytes)),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too many")))
        << entries;
  }
  std::string many = head;
  base::PutVarint64(&many, kFetchEntriesMax + 1);
  many.append(kFetchEntriesMax + 1, '\0');
  EXPECT_THAT(DecodeFetchAnswer(kGroup, base::Bytes::Copy(many)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too many")));

  std::string request("\1\1\1\1", 4);
  base::PutVarint64(&request, kFetchIndexesBytesMax + 1);
  request.append(kFetchIndexesBytesMax + 1, '\0');
  EXPECT_THAT(DecodeFetchRequest(base::Bytes::Copy(request)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too many")));
}

TEST(FetchMessageTest, EntriesRise) {
  FetchAnswer answer = Answer();
  std::swap(answer.entries[0], answer.entries[1]);
  EXPECT_THAT(DecodeFetchAnswer(kGroup, EncodeFetchAnswer(kGroup, answer).Flatten()),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace warren::replication
