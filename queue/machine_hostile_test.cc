// Commands come from other nodes, which were told by clients: nothing that they say may stop us.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/rng.h"
#include "queue/testing/machine_fixture.h"
#include "queue/testing/random_command.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;

constexpr OrderKey kLastKey{UINT64_MAX};

// Makes it a command of a session that there is, with the number that is next: so that whatever
// else it says is looked at.
void Admit(const std::vector<SessionView>& sessions, base::Rng& rng, Command& command) {
  if (sessions.empty()) return;
  const SessionView& session = sessions[AnyNumber(rng, sessions.size() - 1)];
  std::visit(
      [&](auto& each) {
        if constexpr (requires { each.stamp; }) {
          each.stamp = {.session = session.session,
                        .epoch = session.epoch,
                        .number = session.last + 1,
                        .answered = each.stamp.answered};
        }
        if constexpr (requires { each.consumer; }) {
          each.consumer = ConsumerNumber(AnyNumber(rng, 3));
        }
      },
      command);
}

TEST(MachineHostileTest, AnyCommandIsSurvived) {
  base::Rng rng(7);
  Machine machine{QueueConfig()};
  Effects effects;
  EntryIndex index;
  Time now(kSecond);
  uint64_t delivered = 0;
  uint64_t published = 0;
  for (int i = 0; i < 20'000; ++i) {
    Command command = AnyCommand(rng);
    if (std::holds_alternative<Remove>(command)) continue;  // That would be the end.
    Admit(machine.ListSessions(), rng, command);
    index = index + 1;
    now = now + AnyNumber(rng, kSecond);
    machine.Apply(index, now, command, effects);
    published += effects.published.size();
    delivered += effects.delivered.size();
    if (i % 100 == 0) machine.CheckInvariants();
  }
  EXPECT_GT(published, 100u);
  EXPECT_GT(delivered, 100u);
}

TEST(MachineHostileTest, KeysThatCannotBeArePassedOver) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 5});
  queue.PublishMany(2);
  const KeyRange all{OrderKey(0), kLastKey};
  const KeyRange last{kLastKey, kLastKey};
  const KeyRange backwards{OrderKey(2), OrderKey(1)};
  for (const KeyRange& keys : {last, backwards}) {
    for (const Verdict verdict :
         {Verdict::kSettle, Verdict::kReturn, Verdict::kFail, Verdict::kDeadLetter}) {
      queue.Apply(Settle{
          .stamp = queue.Next(kAnna.session),
          .settlements = {
              {.consumer = kAnna.number, .verdict = verdict, .keys = keys, .not_before = Time()}}});
    }
  }
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2));
  queue.Apply(
      ConfirmDeadLetters{.confirmed = {all, last, backwards}, .refused = {all, last, backwards}});
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2));
}

TEST(MachineHostileTest, HeldKeysThatCannotBeArePassedOver) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 5});
  queue.PublishMany(2);
  queue.OpenAgain(kAnna.session, {{kAnna.number,
                                   {{OrderKey(2), OrderKey(1)},
                                    {kLastKey, kLastKey},
                                    {OrderKey(1), OrderKey(2)},
                                    {OrderKey(1), OrderKey(2)}}}});
  EXPECT_TRUE(queue.effects().lost.empty());
  EXPECT_TRUE(queue.effects().deliveries.empty());
}

TEST(MachineHostileTest, CreditHasNoLimitAndDoesNotWrap) {
  MachineFixture queue;
  queue.Attach(kAnna, {});
  for (int i = 0; i < 3; ++i) queue.Grant(kAnna, UINT32_MAX);
  EXPECT_EQ(queue.machine().ListConsumers().at(0).credit, 3 * uint64_t{UINT32_MAX});
}

TEST(MachineHostileTest, TheEndOfTimeIsATimeLikeAnyOther) {
  QueueConfig config;
  config.message_ttl = kSpanMax;
  config.expires = kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PassQuietly(UINT64_MAX);
  queue.Publish({{.ttl = UINT64_MAX}, {.delay = UINT64_MAX}});
  EXPECT_EQ(queue.machine().now(), Time(UINT64_MAX));
}

TEST(MachineHostileTest, EmptyAndOversizedBatchesAreAnswered) {
  MachineFixture queue;
  queue.Publish(std::vector<Message>());
  ASSERT_EQ(queue.effects().published.size(), 1u);
  queue.Publish(std::vector<Message>(kSlotsMax + 1));
  ASSERT_EQ(queue.effects().published.size(), 1u);
  EXPECT_EQ(queue.counts().ready, kSlotsMax);  // There is no place for more.
}

TEST(MachineHostileTest, CancellingAndReturningOverAndOverLosesNothing) {
  MachineFixture queue;
  queue.PublishMany(4);
  for (int i = 0; i < 50; ++i) {
    queue.Attach(kAnna, {.prefetch = 2});
    queue.Attach(kBob, {.prefetch = 1});
    queue.Cancel(kAnna);
    queue.Return(kAnna, queue.Holds(kAnna));
    queue.Cancel(kBob);
    queue.Return(kBob, queue.Holds(kBob));
    ASSERT_EQ(queue.counts().ready, 4u);
  }
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace warren::queue::testing
