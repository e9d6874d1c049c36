#include "replication/session/content_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/session/testing/fake_group.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

using Indexes = std::vector<raft::Index>;

constexpr raft::Index kA(5);
constexpr raft::Index kB(6);
constexpr raft::Index kC(9);

base::Bytes Payload(const std::string& body) {
  return PublishOf(StampFor(SessionId(1), 1, 1), {body}).payload.bytes;
}

raft::Entry EntryAt(raft::Index index, base::Bytes payload) {
  return {.id = {.index = index, .term = raft::Term(1)},
          .time = raft::LogTime(1),
          .type = raft::EntryType::kNormal,
          .payload = std::move(payload)};
}

class ContentReaderTest : public ::testing::Test {
 protected:
  static constexpr size_t kBytesMax = 1000;

  // The reads asked for since this was last called; `tag_` is the last one's.
  std::vector<Indexes> TakeReads() {
    std::vector<Indexes> taken;
    for (auto& [tag, indexes] : group_.reads) {
      tag_ = tag;
      taken.push_back(std::move(indexes));
    }
    group_.reads.clear();
    return taken;
  }
  bool Answer(uint64_t tag, const absl::StatusOr<std::vector<raft::Entry>>& entries) {
    return reader_.OnRead(tag, entries, [this](raft::Index) { return live_; });
  }
  // Wants it, and asks for it.
  void Want(raft::Index index) {
    reader_.Find(index);
    reader_.SendReads();
    ASSERT_THAT(TakeReads(), ElementsAre(Indexes{index}));
  }
  bool IsHere(raft::Index index) { return reader_.Find(index).entry != nullptr; }
  bool IsGone(raft::Index index) { return reader_.Find(index).gone; }

  FakeGroup group_;
  ContentReader reader_{&group_, kBytesMax};
  uint64_t tag_ = 0;
  bool live_ = true;
};

// ---- Finding and reading ------------------------------------------------------------------------

TEST_F(ContentReaderTest, WhatWasPutIsFoundAndNotRead) {
  reader_.Put(kA, Payload("a"));
  const ContentReader::Found found = reader_.Find(kA);
  ASSERT_NE(found.entry, nullptr);
  EXPECT_EQ(found.entry->Content(0), "a");
  EXPECT_FALSE(found.gone);
  reader_.SendReads();
  EXPECT_THAT(TakeReads(), IsEmpty());
}

TEST_F(ContentReaderTest, WhatIsWantedIsReadTogetherOnceAndInOrder) {
  for (const raft::Index index : {kC, kA, kB, kA}) EXPECT_FALSE(IsHere(index));
  reader_.SendReads();
  EXPECT_THAT(TakeReads(), ElementsAre(Indexes{kA, kB, kC}));
  EXPECT_FALSE(IsHere(kA));  // Under way: wanted again by nobody.
  reader_.SendReads();
  EXPECT_THAT(TakeReads(), IsEmpty());
}

TEST_F(ContentReaderTest, WhatWasReadIsHere) {
  Want(kA);
  EXPECT_TRUE(Answer(tag_, std::vector<raft::Entry>{EntryAt(kA, Payload("a"))}));
  const ContentReader::Found found = reader_.Find(kA);
  ASSERT_NE(found.entry, nullptr);
  EXPECT_EQ(found.entry->Content(0), "a");
}

TEST_F(ContentReaderTest, AnswersMayComeInAnotherOrder) {
  Want(kA);
  const uint64_t first = tag_;
  Want(kB);
  EXPECT_TRUE(Answer(tag_, std::vector<raft::Entry>{EntryAt(kB, Payload("b"))}));
  EXPECT_FALSE(IsHere(kA));
  EXPECT_TRUE(Answer(first, std::vector<raft::Entry>{EntryAt(kA, Payload("a"))}));
  EXPECT_TRUE(IsHere(kA));
  EXPECT_TRUE(IsHere(kB));
}

TEST_F(ContentReaderTest, AnAnswerToNothingOrASecondOneIsNotOurs) {
  Want(kA);
  const std::vector<raft::Entry> entries = {EntryAt(kA, Payload("a"))};
  EXPECT_FALSE(Answer(tag_ + 1, entries));
  EXPECT_FALSE(IsHere(kA));
  EXPECT_TRUE(Answer(tag_, entries));
  EXPECT_FALSE(Answer(tag_, absl::InternalError("once more")));
  EXPECT_THAT(reader_.fault(), IsOk());
}

// ---- What cannot be read ------------------------------------------------------------------------

// Entries are read together for speed; a damaged one must not keep the others from being read.
TEST_F(ContentReaderTest, ARefusedReadOfSeveralIsRepeatedOneByOne) {
  for (const raft::Index index : {kA, kB}) reader_.Find(index);
  reader_.SendReads();
  TakeReads();
  EXPECT_TRUE(Answer(tag_, absl::DataLossError("one of them")));
  EXPECT_THAT(TakeReads(), ElementsAre(Indexes{kA}, Indexes{kB}));
  EXPECT_FALSE(reader_.HasFailed());
  EXPECT_THAT(reader_.fault(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(ContentReaderTest, ALiveEntryThatCannotBeReadIsAskedForAgainAndAgain) {
  Want(kA);
  for (uint64_t retried = 0; retried < 3; ++retried) {
    EXPECT_FALSE(reader_.HasFailed());
    EXPECT_FALSE(reader_.Retry());
    EXPECT_TRUE(Answer(tag_, absl::DataLossError("damaged")));
    EXPECT_TRUE(reader_.HasFailed());
    EXPECT_FALSE(IsHere(kA));  // Waits for Retry(), and is not wanted in another way.
    EXPECT_FALSE(IsGone(kA));
    reader_.SendReads();
    EXPECT_THAT(TakeReads(), IsEmpty());
    EXPECT_EQ(reader_.retried(), retried);
    EXPECT_TRUE(reader_.Retry());
    EXPECT_THAT(TakeReads(), ElementsAre(Indexes{kA}));
  }
  Answer(tag_, std::vector<raft::Entry>{EntryAt(kA, Payload("a"))});
  EXPECT_TRUE(IsHere(kA));
  EXPECT_FALSE(reader_.HasFailed());
}

TEST_F(ContentReaderTest, ADeadEntryThatCannotBeReadIsGone) {
  Want(kA);
  live_ = false;
  EXPECT_TRUE(Answer(tag_, absl::DataLossError("damaged")));
  EXPECT_TRUE(IsGone(kA));
  EXPECT_FALSE(reader_.HasFailed());
  reader_.SendReads();
  EXPECT_THAT(TakeReads(), IsEmpty());
}

TEST_F(ContentReaderTest, WhatAnAnswerLeavesOutCouldNotBeRead) {
  for (const raft::Index index : {kA, kB}) reader_.Find(index);
  reader_.SendReads();
  TakeReads();
  Answer(tag_, std::vector<raft::Entry>{EntryAt(kB, Payload("b"))});
  EXPECT_TRUE(IsHere(kB));
  EXPECT_TRUE(reader_.HasFailed());
  reader_.Retry();
  EXPECT_THAT(TakeReads(), ElementsAre(Indexes{kA}));
}

// It was committed as it is, so it will never be read as anything else.
TEST_F(ContentReaderTest, AnEntryThatIsNoneIsGoneEvenIfItIsLive) {
  reader_.Put(kA, base::Bytes::Copy("no entry of a queue"));
  EXPECT_TRUE(IsGone(kA));
  EXPECT_FALSE(reader_.fault().ok());

  Want(kB);
  Answer(tag_, std::vector<raft::Entry>{EntryAt(kB, base::Bytes::Copy("neither"))});
  EXPECT_TRUE(IsGone(kB));
  EXPECT_FALSE(reader_.HasFailed());
}

TEST_F(ContentReaderTest, TheFaultIsThatOfTheLastReadAndEndsWithASuccess) {
  Want(kA);
  Answer(tag_, absl::DataLossError("damaged"));
  EXPECT_THAT(reader_.fault(), StatusIs(absl::StatusCode::kDataLoss));
  Want(kB);
  Answer(tag_, absl::UnavailableError("no disk"));
  EXPECT_THAT(reader_.fault(), StatusIs(absl::StatusCode::kUnavailable));
  Want(kC);
  Answer(tag_, std::vector<raft::Entry>{EntryAt(kC, Payload("c"))});
  EXPECT_THAT(reader_.fault(), IsOk());
}

// ---- Memory -------------------------------------------------------------------------------------

TEST_F(ContentReaderTest, TrimmingKeepsWhatWasUsedLast) {
  const std::string large(400, 'x');  // Two are kept, three are too many.
  for (const raft::Index index : {kA, kB, kC}) reader_.Put(index, Payload(large));
  EXPECT_TRUE(IsHere(kA));  // Used later than the others.
  reader_.Trim();
  EXPECT_TRUE(IsHere(kA));
  EXPECT_FALSE(IsHere(kB));
  EXPECT_TRUE(IsHere(kC));
}

TEST_F(ContentReaderTest, NothingGoesBeforeTrimmingHoweverMuchIsHere) {
  for (uint64_t index = 1; index <= 50; ++index) {
    reader_.Put(raft::Index(index), Payload(std::string(400, 'x')));
  }
  for (uint64_t index = 1; index <= 50; ++index) EXPECT_TRUE(IsHere(raft::Index(index))) << index;
}

TEST_F(ContentReaderTest, AnEntryLargerThanTheBoundIsHereUntilTrimmed) {
  reader_.Put(kA, Payload(std::string(kBytesMax, 'x')));
  EXPECT_TRUE(IsHere(kA));
  reader_.Trim();
  EXPECT_FALSE(IsHere(kA));
  reader_.SendReads();  // It is wanted, like anything that is not here.
  EXPECT_THAT(TakeReads(), ElementsAre(Indexes{kA}));
}

TEST_F(ContentReaderTest, WhatIsPutTwiceCountsOnce) {
  for (int i = 0; i < 10; ++i) reader_.Put(kA, Payload(std::string(400, 'x')));
  reader_.Trim();
  EXPECT_TRUE(IsHere(kA));
}

}  // namespace
}  // namespace warren::replication
