#include "queue/deaths.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace warren::queue {
namespace {

Death Of(const std::string& queue, DeathReason reason, uint64_t time = 1) {
  return {.queue = queue,
          .reason = reason,
          .count = 1,
          .exchange = "to-" + queue,
          .routing_keys = {"key", "cc"},
          .first_time = Time(time),
          .original_expiration = std::nullopt};
}

std::vector<std::string> QueuesOf(const Deaths& deaths) {
  std::vector<std::string> queues;
  for (const Death& death : deaths.entries()) queues.push_back(death.queue);
  return queues;
}

TEST(DeathsTest, NewestComesFirst) {
  Deaths deaths;
  deaths.Add(Of("a", DeathReason::kExpired));
  deaths.Add(Of("b", DeathReason::kMaxLength));
  EXPECT_EQ(QueuesOf(deaths), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(deaths.entries()[1], Of("a", DeathReason::kExpired));
}

TEST(DeathsTest, SameQueueAndReasonIsCountedAndKeepsWhatWasSaidAtFirst) {
  Deaths deaths;
  Death first = Of("a", DeathReason::kExpired, 5);
  first.original_expiration = "1000";
  deaths.Add(first);
  deaths.Add(Of("b", DeathReason::kExpired, 6));
  deaths.Add(Of("a", DeathReason::kExpired, 7));
  ASSERT_EQ(QueuesOf(deaths), (std::vector<std::string>{"a", "b"}));
  first.count = 2;
  EXPECT_EQ(deaths.entries()[0], first);
  deaths.CheckInvariants();
}

TEST(DeathsTest, AnotherReasonIsAnotherEntry) {
  Deaths deaths;
  deaths.Add(Of("a", DeathReason::kExpired));
  deaths.Add(Of("a", DeathReason::kRejected));
  ASSERT_EQ(deaths.entries().size(), 2u);
  EXPECT_EQ(deaths.entries()[0].reason, DeathReason::kRejected);
  EXPECT_EQ(deaths.entries()[1].count, 1u);
}

TEST(DeathsTest, FirstDeathIsSetOnceAndLastDeathEachTime) {
  Deaths deaths;
  EXPECT_EQ(deaths.first(), std::nullopt);
  deaths.Add(Of("a", DeathReason::kExpired));
  deaths.Add(Of("b", DeathReason::kRejected));
  deaths.Add(Of("c", DeathReason::kDeliveryLimit));
  EXPECT_EQ(deaths.first(), (DeathMark{"a", DeathReason::kExpired, "to-a"}));
  EXPECT_EQ(deaths.last(), (DeathMark{"c", DeathReason::kDeliveryLimit, "to-c"}));
}

TEST(DeathsTest, CircleIsAQueueThatItDiedInBefore) {
  Deaths deaths;
  deaths.Add(Of("a", DeathReason::kExpired));
  EXPECT_TRUE(deaths.IsCycle("a", DeathReason::kExpired));
  EXPECT_FALSE(deaths.IsCycle("b", DeathReason::kExpired));
  deaths.Add(Of("b", DeathReason::kMaxLength));
  EXPECT_TRUE(deaths.IsCycle("a", DeathReason::kMaxLength));
  EXPECT_TRUE(deaths.IsCycle("b", DeathReason::kMaxLength));
}

TEST(DeathsTest, NewerRejectionBreaksTheCircle) {
  Deaths deaths;
  deaths.Add(Of("a", DeathReason::kExpired));
  deaths.Add(Of("b", DeathReason::kRejected));
  deaths.Add(Of("c", DeathReason::kExpired));
  EXPECT_FALSE(deaths.IsCycle("a", DeathReason::kExpired));
  EXPECT_TRUE(deaths.IsCycle("c", DeathReason::kExpired));
  EXPECT_TRUE(deaths.IsCycle("b", DeathReason::kExpired));  // Its own rejection is not newer.
}

TEST(DeathsTest, RejectedMessageMayGoAnywhere) {
  Deaths deaths;
  deaths.Add(Of("a", DeathReason::kExpired));
  EXPECT_FALSE(deaths.IsCycle("a", DeathReason::kRejected));
}

TEST(DeathsTest, OldestGoesWhenThereAreTooMany) {
  Deaths deaths;
  for (size_t i = 0; i < 2 * Deaths::kDeathsMax; ++i) {
    deaths.Add(Of(std::to_string(i), DeathReason::kRejected));
  }
  EXPECT_EQ(deaths.entries().size(), Deaths::kDeathsMax);
  EXPECT_EQ(deaths.entries().front().queue, std::to_string(2 * Deaths::kDeathsMax - 1));
  EXPECT_EQ(deaths.entries().back().queue, std::to_string(Deaths::kDeathsMax));
  EXPECT_EQ(deaths.first()->queue, "0");
  deaths.CheckInvariants();
}

TEST(DeathsTest, WhatAHeaderSaysComesBack) {
  Deaths deaths;
  deaths.Add(Of("a", DeathReason::kExpired));
  deaths.Add(Of("b", DeathReason::kRejected));
  deaths.Add(Of("a", DeathReason::kExpired));
  EXPECT_EQ(Deaths(deaths.entries(), deaths.first(), deaths.last()), deaths);
  // The first death stays what it was, though its entry is the newest now.
  EXPECT_EQ(deaths.first()->queue, "a");
}

TEST(DeathsTest, HeaderThatNoBrokerWroteIsTakenAsFarAsItMakesSense) {
  std::vector<Death> entries(3, Of("a", DeathReason::kExpired));
  entries[0].count = 0;
  for (size_t i = 0; i < 2 * Deaths::kDeathsMax; ++i) {
    entries.push_back(Of(std::to_string(i), DeathReason::kRejected));
  }
  const Deaths deaths(entries, std::nullopt, std::nullopt);
  deaths.CheckInvariants();
  EXPECT_EQ(deaths.entries().size(), Deaths::kDeathsMax);
  EXPECT_EQ(deaths.entries().front().count, 1u);
  EXPECT_EQ(deaths.last()->queue, "a");
  EXPECT_EQ(deaths.first()->queue, std::to_string(Deaths::kDeathsMax - 2));
  Deaths().CheckInvariants();
}

TEST(DeathsTest, CountsDoNotWrapAround) {
  std::vector<Death> entries = {Of("a", DeathReason::kExpired)};
  entries[0].count = UINT64_MAX;
  Deaths deaths(entries, std::nullopt, std::nullopt);
  deaths.Add(Of("a", DeathReason::kExpired));
  EXPECT_EQ(deaths.entries()[0].count, UINT64_MAX);
}

TEST(DeathsTest, ReasonsHaveTheNamesOfTheHeaders) {
  EXPECT_EQ(DeathReasonName(DeathReason::kRejected), "rejected");
  EXPECT_EQ(DeathReasonName(DeathReason::kExpired), "expired");
  EXPECT_EQ(DeathReasonName(DeathReason::kMaxLength), "maxlen");
  EXPECT_EQ(DeathReasonName(DeathReason::kDeliveryLimit), "delivery_limit");
  EXPECT_EQ(DeathReasonOf("maxlen"), DeathReason::kMaxLength);
  EXPECT_EQ(DeathReasonOf("max_length"), std::nullopt);
}

}  // namespace
}  // namespace warren::queue
