#include "queue/consumers.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ConsumerId Id(uint64_t session) { return {SessionId(session), ConsumerNumber(1)}; }

// The consumer of that session, with so much credit.
Consumer& Attach(Consumers& consumers, uint64_t session, uint64_t credit, int32_t priority = 0) {
  Consumer consumer;
  consumer.id = Id(session);
  consumer.granted = credit;
  consumer.priority = priority;
  return consumers.Attach(std::move(consumer));
}

// Whose turns are next, each using one of its credit.
std::vector<uint64_t> Turns(Consumers& consumers, size_t most) {
  const QueueConfig config;
  std::vector<uint64_t> sessions;
  while (sessions.size() < most) {
    Consumer* consumer = consumers.Next().consumer;
    if (consumer == nullptr) break;
    sessions.push_back(consumer->id.session.value());
    --consumer->granted;
    consumers.Served(*consumer);
    consumers.Update(*consumer, config);
    consumers.CheckInvariants();
  }
  return sessions;
}

TEST(ConsumersTest, NobodyIsNextAtFirst) {
  const Consumers consumers;
  EXPECT_EQ(consumers.Next().consumer, nullptr);
  EXPECT_EQ(consumers.NextTimeout(), std::nullopt);
  EXPECT_EQ(consumers.attached(), 0u);
}

TEST(ConsumersTest, TurnsGoAroundInTheOrderOfAttaching) {
  Consumers consumers;
  for (const uint64_t session : {3u, 1u, 2u}) Attach(consumers, session, 2);
  EXPECT_THAT(Turns(consumers, 10), ElementsAre(3, 1, 2, 3, 1, 2));
}

TEST(ConsumersTest, ANewcomerWaitsForItsTurn) {
  Consumers consumers;
  Attach(consumers, 1, 5);
  Attach(consumers, 2, 5);
  EXPECT_THAT(Turns(consumers, 1), ElementsAre(1));
  Attach(consumers, 3, 5);
  EXPECT_THAT(Turns(consumers, 3), ElementsAre(2, 3, 1));
}

TEST(ConsumersTest, TurnsArePerPriority) {
  Consumers consumers;
  Attach(consumers, 1, 2, /*priority=*/0);
  Attach(consumers, 2, 2, /*priority=*/5);
  Attach(consumers, 3, 1, /*priority=*/5);
  EXPECT_THAT(Turns(consumers, 10), ElementsAre(2, 3, 2, 1, 1));
}

TEST(ConsumersTest, AloneMeansThatNobodyElseOfThatPriorityWaits) {
  Consumers consumers;
  Attach(consumers, 1, 1);
  Attach(consumers, 2, 0);
  Attach(consumers, 3, 1, /*priority=*/-1);
  EXPECT_TRUE(consumers.Next().alone);
  Attach(consumers, 4, 1);
  EXPECT_FALSE(consumers.Next().alone);
}

TEST(ConsumersTest, CancelledAndSuspectedOnesAreNotServed) {
  Consumers consumers;
  Consumer& first = Attach(consumers, 1, 1);
  Attach(consumers, 2, 1);
  consumers.Cancel(first);
  consumers.SetTrusted(SessionId(2), false);
  EXPECT_EQ(consumers.Next().consumer, nullptr);
  EXPECT_EQ(consumers.attached(), 1u);
  consumers.SetTrusted(SessionId(2), true);
  EXPECT_EQ(consumers.Next().consumer->id, Id(2));
  consumers.CheckInvariants();
}

TEST(ConsumersTest, TurnsAreKeptThroughASnapshot) {
  Consumers consumers;
  for (const uint64_t session : {1u, 2u, 3u}) Attach(consumers, session, 5);
  EXPECT_THAT(Turns(consumers, 2), ElementsAre(1, 2));
  Consumers restored;
  for (const auto& [id, consumer] : consumers.all()) restored.Restore(consumer);
  for (const auto& [priority, order] : consumers.Turns()) restored.RestoreTurn(priority, order);
  restored.set_next_order(consumers.next_order());
  EXPECT_THAT(Turns(restored, 2), ElementsAre(3, 1));
}

// ---- Single active consumer ---------------------------------------------------------------------

TEST(ConsumersTest, TheBestIsActiveAndEqualsDoNotReplaceIt) {
  Consumers consumers;
  Attach(consumers, 1, 1, 1);
  EXPECT_EQ(consumers.UpdateActive(true).active, Id(1));
  Attach(consumers, 2, 1, 1);
  EXPECT_EQ(consumers.UpdateActive(true).active, std::nullopt);
  EXPECT_EQ(consumers.Next().consumer->id, Id(1));
}

TEST(ConsumersTest, ABetterOneWaitsForTheLeasesOfTheActiveOne) {
  const QueueConfig config;
  Consumers consumers;
  Consumer& first = Attach(consumers, 1, 5, 1);
  consumers.UpdateActive(true);
  first.leases.Grant({OrderKey(1), OrderKey(1)}, Time(1));
  consumers.Update(first, config);
  Attach(consumers, 2, 5, 2);
  EXPECT_EQ(consumers.UpdateActive(true).active, std::nullopt);
  EXPECT_EQ(consumers.active(), Id(1));
  EXPECT_EQ(consumers.Next().consumer, nullptr);  // It gives way.
  std::vector<KeyRange> taken;
  first.leases.Take({OrderKey(1), OrderKey(1)}, taken);
  consumers.Update(first, config);
  const Consumers::Change change = consumers.UpdateActive(true);
  EXPECT_EQ(change.inactive, Id(1));
  EXPECT_EQ(change.active, Id(2));
  EXPECT_EQ(consumers.Next().consumer->id, Id(2));
}

TEST(ConsumersTest, ACancelledActiveOneIsReplacedWithoutBeingToldInactive) {
  Consumers consumers;
  Consumer& first = Attach(consumers, 1, 1);
  Attach(consumers, 2, 1);
  consumers.UpdateActive(true);
  consumers.Cancel(first);
  const Consumers::Change change = consumers.UpdateActive(true);
  EXPECT_EQ(change.inactive, std::nullopt);
  EXPECT_EQ(change.active, Id(2));
}

// ---- Timeouts -----------------------------------------------------------------------------------

TEST(ConsumersTest, WhoHoldsSomethingForTooLongTimesOut) {
  QueueConfig config;
  config.consumer_timeout = 100;
  Consumers consumers;
  for (const uint64_t session : {2u, 1u}) {
    Consumer& consumer = Attach(consumers, session, 0);
    consumer.leases.Grant({OrderKey(session), OrderKey(session)}, Time(1000));
    consumers.Update(consumer, config);
  }
  EXPECT_EQ(consumers.NextTimeout(), Time(1100));
  EXPECT_THAT(consumers.TimedOut(Time(1099), config), IsEmpty());
  EXPECT_THAT(consumers.TimedOut(Time(1100), config), ElementsAre(Id(1), Id(2)));
}

TEST(ConsumersTest, WhoSettledMeanwhileDoesNotTimeOut) {
  QueueConfig config;
  config.consumer_timeout = 100;
  Consumers consumers;
  Consumer& consumer = Attach(consumers, 1, 0);
  consumer.leases.Grant({OrderKey(1), OrderKey(1)}, Time(1000));
  consumer.leases.Grant({OrderKey(2), OrderKey(2)}, Time(1050));
  consumers.Update(consumer, config);
  std::vector<KeyRange> taken;
  consumer.leases.Take({OrderKey(1), OrderKey(1)}, taken);
  consumers.Update(consumer, config);
  EXPECT_THAT(consumers.TimedOut(Time(1100), config), IsEmpty());
  EXPECT_THAT(consumers.TimedOut(Time(1150), config), ElementsAre(Id(1)));
}

TEST(ConsumersTest, AGoneConsumersTimeIsForgotten) {
  QueueConfig config;
  config.consumer_timeout = 100;
  Consumers consumers;
  Consumer& consumer = Attach(consumers, 1, 0);
  consumer.leases.Grant({OrderKey(1), OrderKey(1)}, Time(1000));
  consumers.Update(consumer, config);
  std::vector<KeyRange> taken;
  consumer.leases.Take({OrderKey(1), OrderKey(1)}, taken);
  consumers.Remove(Id(1));
  EXPECT_THAT(consumers.TimedOut(Time(2000), config), IsEmpty());
}

// The index of timeouts once kept the place of one that was gone, and named the next of the same
// number twice.
TEST(ConsumersTest, OneOfTheSameNumberTimesOutByItsOwnTime) {
  Consumers consumers;
  QueueConfig config;
  config.consumer_timeout = 100;
  std::vector<KeyRange> taken;
  for (const uint64_t since : {1000u, 1050u}) {
    Consumer& consumer = Attach(consumers, 1, 1);
    consumer.leases.Grant({OrderKey(1), OrderKey(1)}, Time(since));
    consumers.Update(consumer, config);
    if (since > 1000) break;
    consumer.leases.Take({OrderKey(1), OrderKey(1)}, taken);
    consumers.Remove(consumer.id);
  }
  EXPECT_EQ(consumers.NextTimeout(), Time(1150));
  EXPECT_THAT(consumers.TimedOut(Time(1150), config), ElementsAre(Id(1)));
  consumers.CheckInvariants();
}

}  // namespace
}  // namespace warren::queue
