#include "replication/session/session_line.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/session/testing/fake_group.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr SessionId kSession(7);
constexpr SessionEpoch kEpoch(3);
constexpr ConsumerNumber kOne(1);
constexpr ConsumerNumber kOther(2);

class SessionLineTest : public ::testing::Test {
 protected:
  static queue::DeliveredRange Slots(uint64_t first_key, uint64_t messages, uint64_t entry,
                                     uint32_t slot = 0) {
    return {.keys = {OrderKey(first_key), OrderKey(first_key + messages - 1)},
            .first = {.entry = queue::EntryIndex(entry), .slot = slot},
            .one_per_entry = false,
            .acquired = 1,
            .failed = 2};
  }
  static queue::DeliveredRange Entries(uint64_t first_key, uint64_t messages, uint64_t entry) {
    queue::DeliveredRange range = Slots(first_key, messages, entry);
    range.one_per_entry = true;
    return range;
  }
  void Put(uint64_t entry, const std::vector<std::string>& bodies) {
    reader_.Put(raft::Index(entry), PublishOf(StampFor(kSession, 1, 1), bodies).payload.bytes);
  }
  // Answers what is being read with an entry of these messages each.
  void AnswerReads(const std::vector<std::string>& bodies) {
    reader_.SendReads();
    for (const auto& [tag, indexes] : std::exchange(group_.reads, {})) {
      std::vector<raft::Entry> entries;
      for (const raft::Index index : indexes) {
        entries.push_back({.id = {.index = index, .term = raft::Term(1)},
                           .time = raft::LogTime(1),
                           .type = raft::EntryType::kNormal,
                           .payload = PublishOf(StampFor(kSession, 1, 1), bodies).payload.bytes});
      }
      reader_.OnRead(tag, entries, [](raft::Index) { return true; });
    }
  }
  std::vector<Outcome> TakeAll() {
    line_.Pump(reader_);
    std::vector<Outcome> all;
    while (std::optional<Outcome> outcome = line_.Take()) all.push_back(*std::move(outcome));
    return all;
  }
  // The contents in an outcome, with a bar between one DeliveredMessages and the next.
  static std::string Delivered(const Outcome& outcome) {
    std::string all;
    for (const DeliveredMessages& delivered : outcome.deliveries) {
      if (!all.empty()) all += '|';
      for (const DeliveredMessage& message : delivered.messages) all += message.content.view();
    }
    return all;
  }

  FakeGroup group_;
  ContentReader reader_{&group_, 1 << 20};
  SessionLine line_{kSession, kEpoch, SessionLine::Limits()};
};

// ---- Outcomes -----------------------------------------------------------------------------------

TEST_F(SessionLineTest, NothingToSayIsNoOutcome) {
  EXPECT_THAT(TakeAll(), IsEmpty());
  line_.Applied(SessionNumber());
  EXPECT_THAT(TakeAll(), IsEmpty());
}

TEST_F(SessionLineTest, OutcomesNameTheSessionAndAreNumberedWithoutGaps) {
  for (uint64_t sequence = 1; sequence <= 3; ++sequence) {
    line_.Applied(SessionNumber(sequence));
    const std::vector<Outcome> outcomes = TakeAll();
    ASSERT_EQ(outcomes.size(), 1u);
    EXPECT_EQ(outcomes[0].session, kSession);
    EXPECT_EQ(outcomes[0].epoch, kEpoch);
    EXPECT_EQ(outcomes[0].sequence, sequence);
    EXPECT_EQ(outcomes[0].applied, SessionNumber(sequence));
    EXPECT_EQ(outcomes[0].fate, SessionFate::kGoesOn);
  }
}

TEST_F(SessionLineTest, WhatWasAppliedIsTheHighestAndIsToldOnce) {
  for (const uint64_t number : {4u, 6u, 5u}) line_.Applied(SessionNumber(number));
  line_.Published({.number = SessionNumber(6), .refused = {}});
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].applied, SessionNumber(6));
  line_.End(SessionFate::kDetached);
  const std::vector<Outcome> later = TakeAll();
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].applied, SessionNumber());
  EXPECT_THAT(later[0].published, IsEmpty());
}

TEST_F(SessionLineTest, WhatComesInTheOrderOfTheFieldsIsOneOutcome) {
  Put(10, {"a"});
  line_.Attached(AttachedSession());
  line_.Consumer({.consumer = kOne});
  line_.Lost({.consumer = kOne, .keys = {OrderKey(1), OrderKey(2)}});
  line_.Got(GotResult());
  line_.Deliver(kOne, false, Slots(4, 1, 10));
  line_.End(SessionFate::kFenced);
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].attached.size(), 1u);
  EXPECT_EQ(outcomes[0].consumers.size(), 1u);
  EXPECT_EQ(outcomes[0].lost.size(), 1u);
  EXPECT_EQ(outcomes[0].gets.size(), 1u);
  EXPECT_EQ(Delivered(outcomes[0]), "a");
  EXPECT_EQ(outcomes[0].fate, SessionFate::kFenced);
}

TEST_F(SessionLineTest, WhatCouldNotStayInThatOrderComesInAFurtherOutcome) {
  Put(10, {"a", "b"});
  line_.Deliver(kOne, false, Slots(4, 1, 10, 0));
  line_.Consumer({.consumer = kOne, .kind = queue::ConsumerEventKind::kDrained});
  line_.Deliver(kOne, false, Slots(5, 1, 10, 1));
  line_.Lost({.consumer = kOne, .keys = {OrderKey(5), OrderKey(5)}});
  line_.Consumer({.consumer = kOther});
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_EQ(Delivered(outcomes[0]), "a");
  EXPECT_THAT(outcomes[0].consumers, IsEmpty());
  EXPECT_EQ(outcomes[1].consumers.size(), 1u);
  EXPECT_EQ(Delivered(outcomes[1]), "b");
  EXPECT_THAT(outcomes[1].lost, IsEmpty());
  EXPECT_EQ(outcomes[2].lost.size(), 1u);
  EXPECT_THAT(outcomes[2].consumers, IsEmpty());
  EXPECT_EQ(outcomes[3].consumers.size(), 1u);
}

TEST_F(SessionLineTest, NothingComesBehindAFateInTheSameOutcome) {
  line_.End(SessionFate::kTimedOut);
  line_.Attached(AttachedSession());
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].fate, SessionFate::kTimedOut);
  EXPECT_EQ(outcomes[1].fate, SessionFate::kGoesOn);
  EXPECT_EQ(outcomes[1].attached.size(), 1u);
}

// ---- Deliveries ---------------------------------------------------------------------------------

TEST_F(SessionLineTest, MessagesOfARangeHaveTheirKeysCountsAndContents) {
  Put(10, {"a", "b", "c", "d"});
  line_.Deliver(kOne, true, Slots(20, 2, 10, 1));
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 1u);
  ASSERT_EQ(outcomes[0].deliveries.size(), 1u);
  EXPECT_EQ(outcomes[0].deliveries[0].consumer, kOne);
  EXPECT_TRUE(outcomes[0].deliveries[0].again);
  const DeliveredMessage b{
      .key = OrderKey(20), .acquired = 1, .failed = 2, .content = base::Bytes::Copy("b")};
  const DeliveredMessage c{
      .key = OrderKey(21), .acquired = 1, .failed = 2, .content = base::Bytes::Copy("c")};
  EXPECT_THAT(outcomes[0].deliveries[0].messages, ElementsAre(b, c));
}

TEST_F(SessionLineTest, ARangeOfOnePerEntryTakesTheSameSlotOfEach) {
  Put(10, {"a", "A"});
  Put(11, {"b", "B"});
  Put(12, {"c", "C"});
  queue::DeliveredRange range = Entries(5, 3, 10);
  range.first.slot = 1;
  line_.Deliver(kOne, false, range);
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(Delivered(outcomes[0]), "ABC");
  EXPECT_EQ(outcomes[0].deliveries[0].messages[2].key, OrderKey(7));
}

TEST_F(SessionLineTest, MessagesForOneConsumerAreTogetherUntilAnothersOrAgainComesBetween) {
  Put(10, {"a", "b", "c", "d", "e"});
  line_.Deliver(kOne, false, Slots(1, 1, 10, 0));
  line_.Deliver(kOne, false, Slots(2, 1, 10, 1));
  line_.Deliver(kOther, false, Slots(3, 1, 10, 2));
  line_.Deliver(kOne, false, Slots(4, 1, 10, 3));
  line_.Deliver(kOne, true, Slots(5, 1, 10, 4));
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(Delivered(outcomes[0]), "ab|c|d|e");
}

TEST_F(SessionLineTest, ASlotThatIsNotThereIsPassedOver) {
  Put(10, {"a", "b"});
  line_.Deliver(kOne, false, Slots(1, 4, 10));
  line_.Deliver(kOther, false, Slots(9, 1, 10));
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(Delivered(outcomes[0]), "ab|a");
}

// ---- Waiting for contents -----------------------------------------------------------------------

TEST_F(SessionLineTest, WhatStandsBehindContentsThatAreReadWaitsAndConfirmsDoNot) {
  line_.Deliver(kOne, false, Slots(1, 1, 10));
  line_.Consumer({.consumer = kOne});
  line_.Applied(SessionNumber(8));
  line_.Published({.number = SessionNumber(8), .refused = {}});
  const std::vector<Outcome> before = TakeAll();
  EXPECT_TRUE(line_.IsWaiting());
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].applied, SessionNumber(8));
  EXPECT_EQ(before[0].published.size(), 1u);
  EXPECT_THAT(before[0].consumers, IsEmpty());
  AnswerReads({"a"});
  const std::vector<Outcome> after = TakeAll();
  EXPECT_FALSE(line_.IsWaiting());
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0].sequence, 2u);
  EXPECT_EQ(Delivered(after[0]), "a");
  EXPECT_EQ(after[1].consumers.size(), 1u);
}

TEST_F(SessionLineTest, WhatIsHereOfARangeDoesNotWaitAndIsNotSentTwice) {
  Put(10, {"a"});
  line_.Deliver(kOne, false, Entries(5, 3, 10));
  const std::vector<Outcome> before = TakeAll();
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(Delivered(before[0]), "a");
  EXPECT_TRUE(line_.IsWaiting());
  AnswerReads({"z"});
  const std::vector<Outcome> after = TakeAll();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(Delivered(after[0]), "zz");
  EXPECT_EQ(after[0].deliveries[0].messages[0].key, OrderKey(6));
}

TEST_F(SessionLineTest, EntriesOfStepsBehindAreReadTogetherUpToTheLimit) {
  line_ = SessionLine(kSession, kEpoch, {.entries_max = 4});
  line_.Deliver(kOne, false, Slots(1, 100, 10));  // One entry.
  line_.Consumer({.consumer = kOne});
  line_.Deliver(kOther, false, Entries(200, 1000, 20));
  line_.Deliver(kOther, false, Slots(2000, 1, 5000));
  line_.Pump(reader_);
  reader_.SendReads();
  ASSERT_EQ(group_.reads.size(), 1u);
  EXPECT_THAT(group_.reads[0].second,
              ElementsAre(raft::Index(10), raft::Index(20), raft::Index(21), raft::Index(22)));
}

TEST_F(SessionLineTest, WhatIsGoneIsPassedOver) {
  reader_.Put(raft::Index(11), base::Bytes::Copy("no entry"));
  Put(10, {"a"});
  Put(12, {"c"});
  line_.Deliver(kOne, false, Entries(1, 3, 10));
  const std::vector<Outcome> outcomes = TakeAll();
  EXPECT_FALSE(line_.IsWaiting());
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(Delivered(outcomes[0]), "ac");
  EXPECT_EQ(outcomes[0].deliveries[0].messages[1].key, OrderKey(3));
}

// ---- Limits -------------------------------------------------------------------------------------

TEST_F(SessionLineTest, AnOutcomeHoldsSoManyMessages) {
  line_ = SessionLine(kSession, kEpoch, {.outcome_messages_max = 2});
  Put(10, {"a", "b", "c", "d", "e"});
  line_.Deliver(kOne, false, Slots(1, 5, 10));
  line_.End(SessionFate::kDetached);
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(Delivered(outcomes[0]), "ab");
  EXPECT_EQ(Delivered(outcomes[1]), "cd");
  EXPECT_EQ(Delivered(outcomes[2]), "e");
  EXPECT_EQ(outcomes[1].fate, SessionFate::kGoesOn);
  EXPECT_EQ(outcomes[2].fate, SessionFate::kDetached);
}

TEST_F(SessionLineTest, AnOutcomeIsClosedOnceItHoldsSoManyBytes) {
  line_ = SessionLine(kSession, kEpoch, {.outcome_bytes_max = 10});
  Put(10, {std::string(9, 'a'), std::string(9, 'b'), std::string(100, 'c'), "d"});
  line_.Deliver(kOne, false, Slots(1, 4, 10));
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(Delivered(outcomes[0]), "aaaaaaaaabbbbbbbbb");  // Over the limit by less than one.
  EXPECT_EQ(Delivered(outcomes[1]), std::string(100, 'c'));
  EXPECT_EQ(Delivered(outcomes[2]), "d");
}

TEST_F(SessionLineTest, TheLimitsBeginAnewWithEachOutcome) {
  line_ = SessionLine(kSession, kEpoch, {.outcome_messages_max = 2});
  Put(10, {"a", "b", "c"});
  line_.Deliver(kOne, false, Slots(1, 1, 10, 0));
  ASSERT_EQ(TakeAll().size(), 1u);
  line_.Deliver(kOne, false, Slots(2, 2, 10, 1));
  const std::vector<Outcome> outcomes = TakeAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(Delivered(outcomes[0]), "bc");
}

}  // namespace
}  // namespace warren::replication
