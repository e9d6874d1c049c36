// Looking without touching.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MachineCountsTest, AnEmptyQueueCountsNothing) {
  const MachineFixture queue;
  EXPECT_EQ(queue.counts(), Counts());
}

TEST(MachineCountsTest, EachStateCountsMessagesAndBytes) {
  QueueConfig config;
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  config.overflow = Overflow::kRejectPublish;
  MachineFixture queue(config);
  queue.Attach(kAnna, {});
  queue.Publish({{.size = 1, .persistent = true},
                 {.size = 10},
                 {.size = 100, .persistent = true},
                 {.size = 1000},
                 {.delay = kSecond, .size = 10000, .persistent = true}});
  queue.Grant(kAnna, 3);
  queue.Reject(kAnna, {1});
  queue.Return(kAnna, {2}, queue.now() + kSecond);
  const Counts counts = queue.counts();
  EXPECT_EQ(counts.dead_letters, 1u);
  EXPECT_EQ(counts.dead_letters_bytes, 1u);
  EXPECT_EQ(counts.retrying, 1u);
  EXPECT_EQ(counts.retrying_bytes, 10u);
  EXPECT_EQ(counts.leased, 1u);
  EXPECT_EQ(counts.leased_bytes, 100u);
  EXPECT_EQ(counts.ready, 1u);
  EXPECT_EQ(counts.ready_bytes, 1000u);
  EXPECT_EQ(counts.delayed, 1u);
  EXPECT_EQ(counts.delayed_bytes, 10000u);
  EXPECT_EQ(counts.persistent, 3u);
  EXPECT_EQ(counts.persistent_bytes, 10101u);
  EXPECT_EQ(counts.consumers, 1u);
  EXPECT_EQ(counts.sessions, 2u);
}

TEST(MachineCountsTest, TheOldestEntryHasATimestamp) {
  MachineFixture queue;
  EXPECT_EQ(queue.counts().oldest_ready, std::nullopt);
  queue.PublishMany(1);
  const Time accepted = queue.now();
  queue.Pass(100 * kSecond);
  ASSERT_TRUE(queue.counts().oldest_ready.has_value());
  EXPECT_LE(*queue.counts().oldest_ready, accepted);
  queue.Get(kAnna.session);
  EXPECT_EQ(queue.counts().oldest_ready, std::nullopt);
  EXPECT_EQ(queue.counts().oldest_leased, queue.now());
}

// ---- Messages -----------------------------------------------------------------------------------

TEST(MachinePeekTest, PeekLooksInTheOrderOfDelivery) {
  MachineFixture queue;
  queue.Publish({{.priority = 1}, {.priority = 9}, {.priority = 1}});
  EXPECT_EQ(queue.machine().Peek(0)->key, OrderKey(2));
  EXPECT_EQ(queue.machine().Peek(1)->key, OrderKey(1));
  EXPECT_EQ(queue.machine().Peek(2)->key, OrderKey(3));
  EXPECT_EQ(queue.machine().Peek(3), std::nullopt);
  EXPECT_EQ(queue.machine().Peek(UINT64_MAX), std::nullopt);
  EXPECT_EQ(queue.counts().ready, 3u);
}

TEST(MachinePeekTest, ItPassesOverWhatIsLeased) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(2);
  EXPECT_EQ(queue.machine().Peek(0)->key, OrderKey(2));
}

TEST(MachineListTest, AViewSaysAllThatIsKnownOfAMessage) {
  MachineFixture queue;
  queue.Publish({{.priority = 7, .ttl = kSecond, .size = 42, .persistent = true}});
  MessageView view;
  view.key = OrderKey(1);
  view.position = queue.Here(0);
  view.priority = 7;
  view.size = 42;
  view.persistent = true;
  view.expires = queue.now() + kSecond;
  EXPECT_EQ(queue.Find(1), view);

  queue.Attach(kAnna, {.prefetch = 1});
  view.state = MessageState::kLeased;
  view.consumer = kAnna;
  EXPECT_EQ(queue.Find(1), view);

  queue.Fail(kAnna, {1}, queue.now() + kSecond);
  view.state = MessageState::kRetrying;
  view.consumer = std::nullopt;
  view.due = queue.now() + kSecond;
  view.acquired = 1;
  view.failed = 1;
  EXPECT_EQ(queue.Find(1), view);
}

Keys Listed(const MachineFixture& queue, const ListRequest& request) {
  Keys keys;
  for (const MessageView& view : queue.machine().ListMessages(request)) {
    keys.push_back(view.key.value());
  }
  return keys;
}

TEST(MachineListTest, MessagesAreListedByKeyInPages) {
  MachineFixture queue;
  queue.Publish({{.priority = 1}, {.priority = 9}, {.priority = 5}, {.priority = 9}});
  ListRequest request{.from = {}, .state = std::nullopt, .priority = std::nullopt};
  EXPECT_THAT(Listed(queue, request), ElementsAre(1, 2, 3, 4));
  request.messages_max = 2;
  EXPECT_THAT(Listed(queue, request), ElementsAre(1, 2));
  request.from = OrderKey(3);
  EXPECT_THAT(Listed(queue, request), ElementsAre(3, 4));
  request.from = OrderKey(5);
  EXPECT_THAT(Listed(queue, request), IsEmpty());
}

TEST(MachineListTest, StateAndPriorityNarrowTheList) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Publish({{.priority = 1}, {.priority = 9}, {.priority = 5}, {.priority = 9}});
  EXPECT_THAT(queue.In(MessageState::kLeased), ElementsAre(2));
  EXPECT_THAT(queue.In(MessageState::kReady), ElementsAre(1, 3, 4));
  EXPECT_THAT(queue.In(MessageState::kRetrying), IsEmpty());
  ListRequest request{.from = {}, .state = std::nullopt, .priority = 9};
  EXPECT_THAT(Listed(queue, request), ElementsAre(2, 4));
  request.state = MessageState::kReady;
  EXPECT_THAT(Listed(queue, request), ElementsAre(4));
}

// ---- Consumers and sessions ---------------------------------------------------------------------

TEST(MachineListTest, ConsumersShowWhatTheyHoldAndMayStillGet) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 3});
  queue.Attach(kBob, {.priority = -1, .auto_settle = true});
  queue.Grant(kBob, 7);
  queue.PublishMany(2);
  const ConsumerView anna{
      .consumer = kAnna, .active = true, .prefetch = 3, .credit = 1, .unsettled = 2};
  const ConsumerView bob{
      .consumer = kBob, .priority = -1, .auto_settle = true, .active = true, .credit = 7};
  EXPECT_THAT(queue.machine().ListConsumers(), ElementsAre(anna, bob));
}

TEST(MachineListTest, SessionsShowEpochNumberAndDoubt) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 3});
  queue.OpenAgain(kAnna.session);
  queue.Suspect(kAnna.session);
  const SessionView view{.session = kAnna.session,
                         .epoch = SessionEpoch(2),
                         .last = SessionNumber(1),
                         .suspected_since = queue.now()};
  EXPECT_THAT(queue.machine().ListSessions(), ElementsAre(view));
}

TEST(MachineListTest, LookingChangesNothing) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Publish({{.size = 1}, {.size = 1}, {.delay = kSecond}});
  const uint64_t before = queue.machine().Digest();
  queue.Ready();
  queue.In(MessageState::kLeased);
  queue.counts();
  queue.machine().ListDelayed(DelayKey(0), 10);
  queue.machine().LiveEntries();
  queue.machine().TakeSnapshot().Serialize();
  EXPECT_EQ(queue.machine().Digest(), before);
}

TEST(MachineMemoryTest, ADeepBacklogOfOneKindCostsNextToNothing) {
  MachineFixture queue;
  const size_t empty = queue.machine().MemoryBytes();
  queue.PublishMany(50'000);
  EXPECT_LT(queue.machine().MemoryBytes() - empty, 50'000u);  // Below a byte each.
}

}  // namespace
}  // namespace warren::queue::testing
