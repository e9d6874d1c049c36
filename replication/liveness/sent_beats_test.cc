#include "replication/liveness/sent_beats.h"

#include "gtest/gtest.h"

namespace warren::replication {
namespace {

MonotonicTime At(int64_t milliseconds) { return MonotonicTime(absl::Milliseconds(milliseconds)); }

TEST(LivenessSentBeatsTest, NumbersAreDenseAndNothingIsAcknowledgedAtFirst) {
  SentBeats beats;
  for (uint64_t number = 1; number <= 3; ++number) EXPECT_EQ(beats.Send(At(1), kLongAgo), number);
  EXPECT_EQ(beats.acknowledged_sent_at(), kLongAgo);
}

TEST(LivenessSentBeatsTest, AnAcknowledgementCountsFromWhenItsBeatWasSent) {
  SentBeats beats;
  for (const int64_t at : {10, 20, 30}) beats.Send(At(at), kLongAgo);
  beats.Acknowledge(2);
  EXPECT_EQ(beats.acknowledged_sent_at(), At(20));
  beats.Acknowledge(3);
  EXPECT_EQ(beats.acknowledged_sent_at(), At(30));
}

TEST(LivenessSentBeatsTest, LateAndRepeatedAcknowledgementsTakeNothingBack) {
  SentBeats beats;
  for (const int64_t at : {10, 20, 30}) beats.Send(At(at), kLongAgo);
  beats.Acknowledge(2);
  beats.Acknowledge(1);
  beats.Acknowledge(2);
  EXPECT_EQ(beats.acknowledged_sent_at(), At(20));
}

TEST(LivenessSentBeatsTest, WhatWasNeverSentCannotBeAcknowledged) {
  SentBeats beats;
  beats.Send(At(10), kLongAgo);
  for (const uint64_t number : {uint64_t{0}, uint64_t{2}, UINT64_MAX}) beats.Acknowledge(number);
  EXPECT_EQ(beats.acknowledged_sent_at(), kLongAgo);
  beats.Acknowledge(1);  // And these have disturbed nothing.
  EXPECT_EQ(beats.acknowledged_sent_at(), At(10));
}

TEST(LivenessSentBeatsTest, WhatIsNoLongerUsefulIsForgotten) {
  SentBeats beats;
  for (const int64_t at : {10, 20}) beats.Send(At(at), kLongAgo);
  beats.Send(At(30), At(20));
  beats.Acknowledge(1);
  EXPECT_EQ(beats.acknowledged_sent_at(), kLongAgo);
  beats.Acknowledge(2);  // Sent just then: useful still.
  EXPECT_EQ(beats.acknowledged_sent_at(), At(20));
}

TEST(LivenessSentBeatsTest, SoManyAreRememberedAndTheNewestOfThem) {
  SentBeats beats;
  constexpr uint64_t kSent = SentBeats::kRememberedMax + 1;
  for (uint64_t i = 1; i <= kSent; ++i) beats.Send(At(static_cast<int64_t>(i)), kLongAgo);
  beats.Acknowledge(1);
  EXPECT_EQ(beats.acknowledged_sent_at(), kLongAgo);
  beats.Acknowledge(2);
  EXPECT_EQ(beats.acknowledged_sent_at(), At(2));
}

TEST(LivenessSentBeatsTest, ANewLifeOfThePeerHasAcknowledgedNothingAndNumbersGoOn) {
  SentBeats beats;
  beats.Send(At(10), kLongAgo);
  beats.Acknowledge(1);
  beats.ForgetAcknowledgements();
  EXPECT_EQ(beats.acknowledged_sent_at(), kLongAgo);
  EXPECT_EQ(beats.Send(At(20), kLongAgo), 2u);
  beats.Acknowledge(2);
  EXPECT_EQ(beats.acknowledged_sent_at(), At(20));
}

}  // namespace
}  // namespace warren::replication
