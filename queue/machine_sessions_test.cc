// Conversations that survive a change of leader: numbers, epochs, doubt, and the end.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr SessionId kSession{7};

Stamp At(uint64_t number, uint64_t epoch = 1, uint64_t answered = 0) {
  return {.session = kSession,
          .epoch = SessionEpoch(epoch),
          .number = SessionNumber(number),
          .answered = SessionNumber(answered)};
}

Publish PublishAt(const Stamp& stamp, size_t messages = 1) {
  Publish publish{.stamp = stamp, .messages = {}};
  for (size_t i = 0; i < messages; ++i) {
    publish.messages.push_back({.priority = std::nullopt,
                                .ttl = std::nullopt,
                                .size = 1,
                                .producer = std::nullopt,
                                .deduplication_id = base::Bytes()});
  }
  return publish;
}

SessionEvent Event(SessionEventKind kind, uint64_t epoch, uint64_t number) {
  return {.kind = kind,
          .session = kSession,
          .epoch = SessionEpoch(epoch),
          .number = SessionNumber(number)};
}

PublishResult Result(uint64_t number, uint32_t refused = 0) {
  return {.session = kSession, .number = SessionNumber(number), .refused = refused};
}

QueueConfig LengthOne() {
  QueueConfig config;
  config.max_length = 1;
  config.overflow = Overflow::kRejectPublish;
  return config;
}

// ---- Numbers ------------------------------------------------------------------------------------

TEST(MachineSessionsTest, ANewSessionStartsWithOne) {
  MachineFixture queue;
  queue.Open(kSession);
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kAttached, 1, 0)));
  queue.Apply(PublishAt(At(1)));
  EXPECT_THAT(queue.effects().published, ElementsAre(Result(1)));
}

TEST(MachineSessionsTest, AnUnknownSessionIsTold) {
  MachineFixture queue;
  queue.Apply(PublishAt(At(1, 5)));
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kUnknown, 5, 1)));
  EXPECT_THAT(queue.effects().published, IsEmpty());
  EXPECT_EQ(queue.counts().ready, 0u);
}

TEST(MachineSessionsTest, ARepeatedPublishIsAnsweredAgainAndStoredOnce) {
  MachineFixture queue;
  queue.Open(kSession);
  queue.Apply(PublishAt(At(1)));
  queue.Apply(PublishAt(At(1)));
  EXPECT_THAT(queue.effects().published, ElementsAre(Result(1)));
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineSessionsTest, RefusalsAreToldAgainUntilTheyAreAnswered) {
  MachineFixture queue(LengthOne());
  queue.Open(kSession);
  queue.Apply(PublishAt(At(1), 3));
  EXPECT_THAT(queue.effects().published, ElementsAre(Result(1, 2)));
  queue.Apply(PublishAt(At(2)));
  EXPECT_THAT(queue.effects().published, ElementsAre(Result(2, 1)));

  queue.Apply(PublishAt(At(1), 3));
  EXPECT_THAT(queue.effects().published, ElementsAre(Result(1, 2)));
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{1, Refusal::kLength},
                                                   RefusedMessage{2, Refusal::kLength}));
  EXPECT_EQ(queue.effects().departures.max_length, 0u);  // It is no new refusal.

  queue.Apply(PublishAt(At(2, 1, /*answered=*/1)));
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
  queue.Apply(PublishAt(At(1), 3));  // Nobody asks for this any more.
  EXPECT_THAT(queue.effects().published, ElementsAre(Result(1)));
}

TEST(MachineSessionsTest, RememberedRefusalsSurviveASnapshot) {
  MachineFixture queue(LengthOne());
  queue.Open(kSession);
  queue.Apply(PublishAt(At(1), 2));
  queue.Restore();
  queue.Apply(PublishAt(At(1), 2));
  EXPECT_THAT(queue.effects().published, ElementsAre(Result(1, 1)));
}

TEST(MachineSessionsTest, RepeatedCommandsOfOtherKindsHaveNoEffect) {
  MachineFixture queue;
  queue.Open(kSession);
  queue.PublishMany(2);
  const AttachConsumer attach{
      .stamp = At(1), .consumer = ConsumerNumber(1), .prefetch = 0, .timeout = std::nullopt};
  queue.Apply(attach);
  queue.Apply(attach);
  EXPECT_THAT(queue.effects().consumers, IsEmpty());
  EXPECT_THAT(queue.effects().sessions, IsEmpty());
  const GrantCredit grant{.stamp = At(2), .consumer = ConsumerNumber(1), .credit = 1};
  queue.Apply(grant);
  queue.Apply(grant);
  EXPECT_EQ(queue.counts().leased, 1u);
}

TEST(MachineSessionsTest, AGapIsRefusedAndTheNumberExpectedNamed) {
  MachineFixture queue;
  queue.Open(kSession);
  queue.Apply(PublishAt(At(1)));
  queue.Apply(PublishAt(At(3)));
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kGap, 1, 2)));
  EXPECT_THAT(queue.effects().published, IsEmpty());
  queue.Apply(PublishAt(At(2)));
  queue.Apply(PublishAt(At(3)));
  EXPECT_EQ(queue.counts().ready, 3u);
}

TEST(MachineSessionsTest, SessionsCountForThemselves) {
  MachineFixture queue;
  queue.Open(kSession);
  queue.PublishMany(1);
  queue.PublishMany(1);
  queue.Apply(PublishAt(At(1)));
  EXPECT_EQ(queue.counts().ready, 3u);
}

// ---- Epochs -------------------------------------------------------------------------------------

TEST(MachineSessionsTest, AnOlderEpochIsFenced) {
  MachineFixture queue;
  queue.Open(kSession);
  queue.OpenAgain(kSession);
  queue.Apply(PublishAt(At(1, 1)));
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kFenced, 2, 1)));
  EXPECT_EQ(queue.counts().ready, 0u);
}

TEST(MachineSessionsTest, ALaterEpochMustAttachFirst) {
  MachineFixture queue;
  queue.Open(kSession);
  queue.Apply(PublishAt(At(1, 2)));
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kUnknown, 2, 1)));
}

TEST(MachineSessionsTest, AttachingWithAnEpochThatIsNotLaterIsFenced) {
  MachineFixture queue;
  queue.Apply(AttachSession{.session = kSession, .epoch = SessionEpoch(5), .held = {}});
  queue.Apply(AttachSession{.session = kSession, .epoch = SessionEpoch(5), .held = {}});
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kFenced, 5, 0)));
  queue.Apply(AttachSession{.session = kSession, .epoch = SessionEpoch(4), .held = {}});
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kFenced, 5, 0)));
}

TEST(MachineSessionsTest, DetachingNeedsTheEpochInForceOrALaterOne) {
  MachineFixture queue;
  queue.Apply(AttachSession{.session = kSession, .epoch = SessionEpoch(5), .held = {}});
  queue.Apply(DetachSession{.session = kSession, .epoch = SessionEpoch(4)});
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kFenced, 5, 0)));
  queue.Apply(DetachSession{.session = kSession, .epoch = SessionEpoch(6)});
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kDetached, 5, 0)));
  queue.Apply(DetachSession{.session = kSession, .epoch = SessionEpoch(6)});
  EXPECT_THAT(queue.effects().sessions, ElementsAre(Event(SessionEventKind::kUnknown, 6, 0)));
}

// ---- Taken up again -----------------------------------------------------------------------------

TEST(MachineSessionsTest, AttachedAgainNumbersConsumersAndLeasesStay) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 3});
  queue.PublishMany(3);
  queue.OpenAgain(kAnna.session);
  EXPECT_EQ(queue.effects().sessions.at(0).number, SessionNumber(1));
  EXPECT_THAT(queue.effects().deliveries, IsEmpty());
  EXPECT_THAT(queue.effects().lost, IsEmpty());
  queue.Settle(kAnna, {1, 2, 3});
  EXPECT_EQ(queue.effects().departures.settled, 3u);
  queue.PublishMany(1);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(4));
}

TEST(MachineSessionsTest, WhatItLostOnTheWayIsSentAgainWithTheSameCounts) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 5});
  queue.PublishMany(5);
  queue.Return(kAnna, {4});
  queue.OpenAgain(kAnna.session,
                  {{kAnna.number, {{OrderKey(1), OrderKey(2)}, {OrderKey(5), OrderKey(5)}}}});
  ASSERT_EQ(queue.effects().deliveries.size(), 1u);
  EXPECT_TRUE(queue.effects().deliveries[0].again);
  EXPECT_THAT(queue.Sent(kAnna), ElementsAre(3, 4));
  EXPECT_EQ(queue.effects().delivered[1].acquired, 1u);  // Of 4: as when it was sent.
}

TEST(MachineSessionsTest, WhatIsSentAgainHasANewLeaseTime) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 2, .timeout = 10 * kSecond});
  queue.PublishMany(1);
  queue.Pass(8 * kSecond);
  queue.OpenAgain(kAnna.session, std::vector<HeldKeys>());
  queue.Pass(8 * kSecond);
  EXPECT_THAT(queue.effects().consumers, IsEmpty());
  queue.Pass(2 * kSecond);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kAnna));
}

TEST(MachineSessionsTest, WhatItHoldsWronglyIsNamedLost) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 5});
  queue.PublishMany(3);
  queue.Settle(kAnna, {2});
  const ConsumerNumber unknown(9);
  queue.OpenAgain(kAnna.session, {{kAnna.number, {{OrderKey(1), OrderKey(5)}}},
                                  {unknown, {{OrderKey(1), OrderKey(1)}}}});
  const LostLeases settled{kAnna, {OrderKey(2), OrderKey(2)}};
  const LostLeases never{kAnna, {OrderKey(4), OrderKey(5)}};
  const LostLeases nobodys{{kAnna.session, unknown}, {OrderKey(1), OrderKey(1)}};
  EXPECT_THAT(queue.effects().lost, ElementsAre(settled, never, nobodys));
}

TEST(MachineSessionsTest, ASessionThatEndedMeanwhileHasLostEverything) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 5});
  queue.PublishMany(2);
  queue.Detach(kAnna.session);
  queue.OpenAgain(kAnna.session, {{kAnna.number, {{OrderKey(1), OrderKey(2)}}}});
  EXPECT_THAT(queue.effects().lost, ElementsAre(LostLeases{kAnna, {OrderKey(1), OrderKey(2)}}));
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
}

TEST(MachineSessionsTest, WhatItGotByGetIsSentAgainToo) {
  MachineFixture queue;
  queue.PublishMany(2);
  queue.Get(kAnna.session);
  queue.OpenAgain(kAnna.session, std::vector<HeldKeys>());
  EXPECT_THAT(queue.Sent({kAnna.session, ConsumerNumber()}), ElementsAre(1));
}

// ---- The end ------------------------------------------------------------------------------------

TEST(MachineSessionsTest, DetachingCancelsConsumersAndReturnsLeases) {
  MachineFixture queue;
  const ConsumerId too{kAnna.session, ConsumerNumber(2)};
  queue.Attach(too, {.prefetch = 2});
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(4);
  queue.Detach(kAnna.session);
  EXPECT_THAT(queue.effects().consumers,
              ElementsAre(ConsumerEvent{ConsumerEventKind::kCancelled, kAnna},
                          ConsumerEvent{ConsumerEventKind::kCancelled, too}));
  EXPECT_TRUE(queue.Told(SessionEventKind::kDetached, kAnna.session));
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(queue.machine().ListConsumers(), IsEmpty());
}

TEST(MachineSessionsTest, WhatADetachedSessionHeldGoesToOthersAtOnce) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(2);
  queue.Attach(kBob, {.prefetch = 2});
  queue.Detach(kAnna.session);
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1, 2));
}

TEST(MachineSessionsTest, ADetachedSessionStartsAnew) {
  MachineFixture queue;
  queue.Open(kSession);
  queue.Apply(PublishAt(At(1)));
  queue.Detach(kSession);
  queue.Apply(PublishAt(At(2)));
  EXPECT_TRUE(queue.Told(SessionEventKind::kUnknown, kSession));
  queue.Open(kSession);
  queue.Apply(PublishAt(At(1)));
  EXPECT_EQ(queue.counts().ready, 2u);
}

// ---- Doubt --------------------------------------------------------------------------------------

QueueConfig PatientFor(Span span) {
  QueueConfig config;
  config.consumer_disconnected_timeout = span;
  return config;
}

TEST(MachineSuspicionTest, ASuspectedSessionKeepsItsLeasesAndGetsNothing) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(1);
  queue.Suspect(kAnna.session);
  queue.PublishMany(1);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
  EXPECT_TRUE(queue.machine().ListSessions().at(0).suspected_since.has_value());
}

TEST(MachineSuspicionTest, TrustedAgainItGoesOn) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 2});
  queue.Suspect(kAnna.session);
  queue.PublishMany(1);
  queue.Pass(59 * kSecond);
  queue.Trust(kAnna.session);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  queue.Pass(1000 * kSecond);
  EXPECT_THAT(queue.effects().sessions, IsEmpty());
}

TEST(MachineSuspicionTest, ItEndsWhenTheTimeIsOver) {
  MachineFixture queue(PatientFor(5 * kSecond));
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(2);
  queue.Suspect(kAnna.session);
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + 5 * kSecond);
  queue.Attach(kBob, {.prefetch = 5});
  queue.Pass(5 * kSecond - 1);
  EXPECT_THAT(queue.Holds(kBob), IsEmpty());
  queue.Pass(1);
  EXPECT_TRUE(queue.Told(SessionEventKind::kTimedOut, kAnna.session));
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kCancelled, kAnna));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1, 2));
}

TEST(MachineSuspicionTest, WithNoPatienceItEndsWithTheNextCommand) {
  MachineFixture queue(PatientFor(0));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Suspect(kAnna.session);
  queue.Pass(0);
  EXPECT_TRUE(queue.Told(SessionEventKind::kTimedOut, kAnna.session));
}

TEST(MachineSuspicionTest, APolicyChangesThePatienceForThoseSuspectedAlready) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Suspect(kAnna.session);
  queue.Configure(PatientFor(kSecond));
  queue.Pass(kSecond);
  EXPECT_TRUE(queue.Told(SessionEventKind::kTimedOut, kAnna.session));
}

TEST(MachineSuspicionTest, SuspectingTwiceDoesNotProlongIt) {
  MachineFixture queue(PatientFor(5 * kSecond));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Suspect(kAnna.session);
  queue.Pass(3 * kSecond);
  queue.Suspect(kAnna.session);
  queue.Pass(2 * kSecond);
  EXPECT_TRUE(queue.Told(SessionEventKind::kTimedOut, kAnna.session));
}

TEST(MachineSuspicionTest, AttachingAgainIsTrust) {
  MachineFixture queue(PatientFor(5 * kSecond));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Suspect(kAnna.session);
  queue.OpenAgain(kAnna.session);
  queue.PublishMany(1);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  queue.Pass(10 * kSecond);
  EXPECT_THAT(queue.effects().sessions, IsEmpty());
}

TEST(MachineSuspicionTest, WhatASuspectedSessionSettlesIsSettledButItStaysSuspected) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(2);
  queue.Suspect(kAnna.session);
  queue.Settle(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.settled, 1u);
  EXPECT_THAT(queue.Holds(kAnna), IsEmpty());
}

TEST(MachineSuspicionTest, AConsumerAttachedBySuspectedSessionWaitsAlsoAfterASnapshot) {
  MachineFixture queue;
  queue.Open(kAnna.session);
  queue.Suspect(kAnna.session);
  queue.PublishMany(1);
  queue.Restore();
  queue.Attach(kAnna, {.prefetch = 1});
  EXPECT_THAT(queue.Holds(kAnna), IsEmpty());
  queue.Trust(kAnna.session);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
}

TEST(MachineSuspicionTest, UnknownAndTrustedSessionsAreLeftAlone) {
  MachineFixture queue;
  queue.Suspect(kSession);
  queue.Trust(kSession);
  EXPECT_EQ(queue.counts().sessions, 0u);
  queue.Open(kSession);
  queue.Trust(kSession);
  EXPECT_THAT(queue.effects().sessions, IsEmpty());
}

}  // namespace
}  // namespace warren::queue::testing
