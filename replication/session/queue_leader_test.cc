#include "replication/session/queue_leader.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "replication/session/testing/fake_group.h"

namespace warren::replication {
namespace {

constexpr SessionId kSession{77};
constexpr NodeId kNode{2};

class QueueLeaderTest : public testing::Test {
 protected:
  void SetUp() override { replica_.StartLeading(raft::Term(1)); }

  void Say(SessionCommand command) { replica_.OnMessage(kNode, NodeId(1), std::move(command)); }
  void Attach(uint64_t epoch) {
    Say(AttachOf(kSession, epoch));
    group_.Commit(replica_);
    const std::vector<Outcome> outcomes = group_.Take<Outcome>();
    ASSERT_EQ(outcomes.size(), 1u);
    ASSERT_EQ(outcomes[0].attached.size(), 1u);
  }
  queue::Stamp Stamp(uint64_t epoch, uint64_t number) { return StampFor(kSession, epoch, number); }

  FakeGroup group_;
  QueueReplica replica_{QueueReplicaConfig(), &group_, nullptr};
};

// ---- The door -----------------------------------------------------------------------------------

TEST_F(QueueLeaderTest, APublishIsAnsweredOnceItIsAppliedAndNotBefore) {
  Attach(1);
  Say(PublishOf(Stamp(1, 1), {"a", "b"}));
  replica_.Flush();
  EXPECT_TRUE(group_.Take<Outcome>().empty());
  EXPECT_EQ(group_.log.size(), 2u);
  group_.Commit(replica_);
  const std::vector<Outcome> outcomes = group_.Take<Outcome>();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].applied, SessionNumber(1));
  ASSERT_EQ(outcomes[0].published.size(), 1u);
  EXPECT_TRUE(outcomes[0].published[0].refused.empty());
  EXPECT_EQ(outcomes[0].sequence, 2u);
}

TEST_F(QueueLeaderTest, OutcomesOfOnePassGoTogether) {
  Attach(1);
  for (uint64_t number = 1; number <= 5; ++number) Say(PublishOf(Stamp(1, number), {"a"}));
  group_.Commit(replica_);
  const std::vector<Outcome> outcomes = group_.Take<Outcome>();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].published.size(), 5u);
  EXPECT_EQ(outcomes[0].applied, SessionNumber(5));
}

TEST_F(QueueLeaderTest, WhatComesOutOfOrderIsNotProposedAndToldOnce) {
  Attach(1);
  Say(PublishOf(Stamp(1, 2), {"b"}));
  Say(PublishOf(Stamp(1, 3), {"c"}));
  replica_.Flush();
  EXPECT_EQ(group_.log.size(), 1u);
  const std::vector<SessionRefused> refused = group_.Take<SessionRefused>();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].why, SessionRefusal::kGap);
  EXPECT_EQ(refused[0].number, SessionNumber(1));
}

TEST_F(QueueLeaderTest, ARepeatIsPassedOverUnlessItsOutcomeIsAskedFor) {
  Attach(1);
  Say(PublishOf(Stamp(1, 1), {"a"}));
  group_.Commit(replica_);
  group_.Take<Outcome>();
  Say(PublishOf(Stamp(1, 1), {"a"}));
  group_.Commit(replica_);
  EXPECT_TRUE(group_.Take<Outcome>().empty());
  SessionCommand again = PublishOf(Stamp(1, 1), {"a"});
  again.again = true;
  Say(std::move(again));
  group_.Commit(replica_);
  EXPECT_EQ(group_.Take<Outcome>().at(0).published.size(), 1u);
  EXPECT_EQ(replica_.machine().GetCounts().ready, 1u);
}

TEST_F(QueueLeaderTest, OnlyTheEpochInForceIsLetIn) {
  Say(PublishOf(Stamp(1, 1), {"a"}));
  EXPECT_EQ(group_.Take<SessionRefused>().at(0).why, SessionRefusal::kAttachFirst);
  Attach(2);
  Say(PublishOf(Stamp(1, 1), {"a"}));
  EXPECT_EQ(group_.Take<SessionRefused>().at(0).why, SessionRefusal::kAttachFirst);
  Say(PublishOf(Stamp(2, 1), {"a"}));
  group_.Commit(replica_);
  EXPECT_EQ(replica_.machine().GetCounts().ready, 1u);
}

TEST_F(QueueLeaderTest, WhatIsDamagedOrNotASessionsIsRefused) {
  Attach(1);
  SessionCommand bits = PublishOf(Stamp(1, 1), {"a"});
  ++bits.payload.crc;
  Say(std::move(bits));
  Say(CommandOf(Stamp(1, 1), PackCommand(queue::Purge())));  // Not for sessions.
  SessionCommand other = PublishOf(Stamp(1, 1), {"a"});
  other.number = SessionNumber(9);  // Not what the stamp says.
  Say(std::move(other));
  base::Bytes junk = base::Bytes::Copy("junk");
  const uint32_t crc = base::Crc32c(junk.view());
  Say(CommandOf(Stamp(1, 1), {.bytes = std::move(junk), .crc = crc}));
  const std::vector<SessionRefused> refused = group_.Take<SessionRefused>();
  ASSERT_EQ(refused.size(), 4u);
  for (const SessionRefused& each : refused) EXPECT_EQ(each.why, SessionRefusal::kDamaged);
  EXPECT_EQ(group_.log.size(), 1u);
}

TEST_F(QueueLeaderTest, ABusyGroupTakesNothingAndTheNumberIsExpectedAgain) {
  Attach(1);
  group_.answer = raft::Outcome::kBusy;
  Say(PublishOf(Stamp(1, 1), {"a"}));
  Say(PublishOf(Stamp(1, 2), {"b"}));
  replica_.Flush();
  const std::vector<SessionRefused> refused = group_.Take<SessionRefused>();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].why, SessionRefusal::kBusy);
  EXPECT_EQ(refused[0].number, SessionNumber(1));
  group_.answer = raft::Outcome::kDone;
  Say(PublishOf(Stamp(1, 1), {"a"}));
  group_.Commit(replica_);
  EXPECT_EQ(group_.Take<Outcome>().at(0).applied, SessionNumber(1));
}

TEST_F(QueueLeaderTest, WhoOnlyTakesUpASessionDoesNotOpenIt) {
  Say(CommandOf(Stamp(5, 0),
                PackTakeUp({.session = kSession, .epoch = SessionEpoch(5), .held = {}})));
  group_.Commit(replica_);
  const std::vector<Outcome> outcomes = group_.Take<Outcome>();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].fate, SessionFate::kUnknown);
  EXPECT_EQ(outcomes[0].sequence, 0u);
  EXPECT_EQ(replica_.machine().GetCounts().sessions, 0u);
}

// ---- Deliveries ---------------------------------------------------------------------------------

TEST_F(QueueLeaderTest, WhatWasJustPublishedIsDeliveredWithoutAReading) {
  Attach(1);
  Say(ConsumerOf(Stamp(1, 1), 4, 10));
  Say(PublishOf(Stamp(1, 2), {"a", "bb"}));
  group_.Commit(replica_);
  const std::vector<Outcome> outcomes = group_.Take<Outcome>();
  ASSERT_EQ(outcomes.size(), 1u);
  ASSERT_EQ(outcomes[0].consumers.size(), 1u);
  ASSERT_EQ(outcomes[0].deliveries.size(), 1u);
  EXPECT_EQ(outcomes[0].deliveries[0].messages[1].content, "bb");
  EXPECT_TRUE(group_.reads.empty());
}

TEST_F(QueueLeaderTest, ABacklogIsReadAndConfirmsDoNotWaitForIt) {
  QueueReplicaConfig config;
  config.read_cache_bytes_max = 0;
  QueueReplica replica(config, &group_, nullptr);
  replica.StartLeading(raft::Term(1));
  replica.OnMessage(kNode, NodeId(1), AttachOf(kSession, 1));
  group_.Commit(replica);
  for (uint64_t number = 1; number <= 3; ++number) {
    replica.OnMessage(kNode, NodeId(1), PublishOf(Stamp(1, number), {"x"}));
    group_.Commit(replica);
  }
  group_.Take<Outcome>();
  replica.OnMessage(kNode, NodeId(1), ConsumerOf(Stamp(1, 4), 4, 2));
  group_.Commit(replica);
  replica.OnMessage(kNode, NodeId(1), PublishOf(Stamp(1, 5), {"y"}));
  group_.Commit(replica);
  for (const Outcome& outcome : group_.Take<Outcome>()) EXPECT_TRUE(outcome.deliveries.empty());
  ASSERT_EQ(group_.reads.size(), 1u);
  EXPECT_EQ(group_.reads[0].second.size(), 2u);  // Both entries at once.
  group_.AnswerRead(replica);
  const std::vector<Outcome> outcomes = group_.Take<Outcome>();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].deliveries.at(0).messages.size(), 2u);
}

TEST_F(QueueLeaderTest, AReadThatFailsIsTriedAgainAndItsFaultIsShown) {
  QueueReplicaConfig config;
  config.read_cache_bytes_max = 0;
  QueueReplica replica(config, &group_, nullptr);
  replica.StartLeading(raft::Term(1));
  replica.OnMessage(kNode, NodeId(1), AttachOf(kSession, 1));
  group_.Commit(replica);
  replica.OnMessage(kNode, NodeId(1), PublishOf(Stamp(1, 1), {"x"}));
  group_.Commit(replica);
  replica.OnMessage(kNode, NodeId(1), ConsumerOf(Stamp(1, 2), 4, 2));
  group_.Commit(replica);
  ASSERT_EQ(group_.reads.size(), 1u);
  replica.OnRead(group_.reads[0].first, absl::UnavailableError("the disk"));
  group_.reads.clear();
  replica.Flush();
  EXPECT_FALSE(replica.read_fault().ok());
  ASSERT_TRUE(replica.NextDeadline().has_value());
  group_.now = *replica.NextDeadline();
  replica.OnDeadline();
  replica.Flush();
  ASSERT_EQ(group_.reads.size(), 1u);
  group_.Take<Outcome>();
  group_.AnswerRead(replica);
  EXPECT_EQ(group_.Take<Outcome>().at(0).deliveries.at(0).messages.size(), 1u);
  EXPECT_TRUE(replica.read_fault().ok());
  EXPECT_EQ(replica.stats().deliveries_retried, 1u);
}

// ---- Nodes, time, requests ----------------------------------------------------------------------

TEST_F(QueueLeaderTest, SessionsOfASuspectedNodeAreSuspectedAndTrustedAgain) {
  Attach(1);
  replica_.OnNode(kNode, NodeNews::kSuspected, Incarnation(1));
  group_.Commit(replica_);
  EXPECT_TRUE(replica_.machine().ListSessions().at(0).suspected_since.has_value());
  replica_.OnNode(kNode, NodeNews::kTrusted, Incarnation(1));
  group_.Commit(replica_);
  EXPECT_FALSE(replica_.machine().ListSessions().at(0).suspected_since.has_value());
}

TEST_F(QueueLeaderTest, ANewLeaderDetachesSessionsOfAFormerLife) {
  SessionIds former(kNode, Incarnation(1));
  SessionIds present(kNode, Incarnation(2));
  for (SessionIds* ids : {&former, &present}) {
    replica_.OnMessage(kNode, NodeId(1), AttachOf(ids->Next(), 1));
  }
  group_.Commit(replica_);
  ASSERT_EQ(replica_.machine().GetCounts().sessions, 2u);
  replica_.StopLeading(NodeId());
  replica_.StartLeading(raft::Term(2));
  replica_.OnNode(kNode, NodeNews::kTrusted, Incarnation(2));
  group_.Commit(replica_);
  ASSERT_EQ(replica_.machine().GetCounts().sessions, 1u);
  EXPECT_TRUE(
      SessionIds::IsOf(replica_.machine().ListSessions()[0].session, kNode, Incarnation(2)));
}

TEST_F(QueueLeaderTest, WhatAFormerLifeSaidLastOpensNoSession) {
  SessionIds former(kNode, Incarnation(1));
  replica_.OnNode(kNode, NodeNews::kRestarted, Incarnation(2));
  replica_.OnMessage(kNode, NodeId(1), AttachOf(former.Next(), 1));
  group_.Commit(replica_);
  group_.Commit(replica_);
  EXPECT_EQ(replica_.machine().GetCounts().sessions, 0u);
}

TEST_F(QueueLeaderTest, ANodesNextLifeMaySpeakBeforeTheNewsOfIt) {
  SessionIds next(kNode, Incarnation(2));
  replica_.OnNode(kNode, NodeNews::kTrusted, Incarnation(1));
  replica_.OnMessage(kNode, NodeId(1), AttachOf(next.Next(), 1));
  group_.Commit(replica_);
  replica_.OnNode(kNode, NodeNews::kTrusted, Incarnation(1));
  group_.Commit(replica_);
  EXPECT_EQ(replica_.machine().GetCounts().sessions, 1u);
  replica_.OnNode(kNode, NodeNews::kRestarted, Incarnation(2));
  group_.Commit(replica_);
  EXPECT_EQ(replica_.machine().GetCounts().sessions, 1u);
}

TEST_F(QueueLeaderTest, ASessionThatNobodyTakesUpIsSuspected) {
  Attach(1);
  replica_.StopLeading(NodeId());
  replica_.StartLeading(raft::Term(2));
  group_.now = *replica_.NextDeadline();
  replica_.OnDeadline();
  group_.Commit(replica_);
  EXPECT_TRUE(replica_.machine().ListSessions().at(0).suspected_since.has_value());
}

TEST_F(QueueLeaderTest, TicksAreProposedWhenSomethingIsDueAndOneAtATime) {
  Attach(1);
  queue::QueueConfig config;
  config.message_ttl = queue::kSecond;
  replica_.OnMessage(kNode, NodeId(1),
                     Request{.id = RequestId(1), .shard = 3, .what = queue::Configure{config}});
  Say(PublishOf(Stamp(1, 1), {"a"}));
  group_.Commit(replica_);
  ASSERT_TRUE(replica_.NextDeadline().has_value());
  group_.now = group_.now + 2 * queue::kSecond;
  const size_t before = group_.log.size();
  replica_.OnDeadline();
  replica_.OnDeadline();
  replica_.Flush();
  EXPECT_EQ(group_.log.size(), before + 1);
  group_.Commit(replica_);
  EXPECT_EQ(replica_.stats().departures.expired, 1u);
}

TEST_F(QueueLeaderTest, RequestsAreAnsweredFromTheirEntryOrFromTheState) {
  Attach(1);
  Say(PublishOf(Stamp(1, 1), {"a", "b"}));
  group_.Commit(replica_);
  const auto ask = [this](Question what) {
    replica_.OnMessage(kNode, NodeId(1), Request{.id = RequestId(9), .shard = 3, .what = what});
    group_.Commit(replica_);
    if (!group_.reads.empty()) group_.AnswerRead(replica_);
    return group_.Take<Reply>().at(0);
  };
  EXPECT_EQ(std::get<QueueStats>(ask(GetStats()).answer).counts.ready, 2u);
  EXPECT_EQ(std::get<PeekedMessage>(ask(PeekMessage()).answer).content, "a");
  EXPECT_EQ(std::get<std::vector<queue::MessageView>>(ask(ListMessages()).answer).size(), 2u);
  EXPECT_EQ(ask(queue::Remove{.if_unused = false, .if_empty = true}).code,
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::get<Counted>(ask(queue::Purge()).answer).messages, 2u);
  EXPECT_EQ(ask(PeekMessage()).code, absl::StatusCode::kNotFound);
  EXPECT_EQ(ask(queue::Remove()).code, absl::StatusCode::kOk);
  EXPECT_EQ(group_.removed, 1);
}

TEST_F(QueueLeaderTest, WhoStopsLeadingTellsEverybody) {
  Attach(1);
  replica_.OnMessage(kNode, NodeId(1),
                     Request{.id = RequestId(9), .shard = 3, .what = queue::Purge()});
  replica_.Flush();
  replica_.StopLeading(NodeId(3));
  EXPECT_EQ(group_.Take<Reply>().at(0).code, absl::StatusCode::kUnavailable);
  const std::vector<SessionRefused> refused = group_.Take<SessionRefused>();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].why, SessionRefusal::kNotLeader);
  EXPECT_EQ(refused[0].leader, NodeId(3));
  Say(PublishOf(Stamp(1, 1), {"a"}));
  EXPECT_EQ(group_.Take<SessionRefused>().at(0).why, SessionRefusal::kNotLeader);
}

// ---- Dead letters -------------------------------------------------------------------------------

class Sink final : public DeadLetterSink {
 public:
  void OnDeadLetters(GroupId, std::span<const DeadLetterWithContent> letters) override {
    all.insert(all.end(), letters.begin(), letters.end());
  }
  std::vector<DeadLetterWithContent> all;
};

TEST(QueueLeaderDeadLetterTest, AreHandedOutAgainByANewLeaderUntilTheyAreConfirmed) {
  FakeGroup group;
  Sink sink;
  QueueReplica replica(QueueReplicaConfig(), &group, &sink);
  queue::QueueConfig config;
  config.overflow = queue::Overflow::kRejectPublish;
  config.dead_letter = queue::DeadLetterStrategy::kAtLeastOnce;
  config.message_ttl = 0;
  ASSERT_TRUE(replica.Restore(QueueReplica::InitialState(config)).ok());
  replica.StartLeading(raft::Term(1));
  replica.OnMessage(kNode, NodeId(1), AttachOf(kSession, 1));
  group.Commit(replica);
  replica.OnMessage(kNode, NodeId(1), PublishOf(StampFor(kSession, 1, 1), {"dies"}));
  group.Commit(replica);
  ASSERT_EQ(sink.all.size(), 1u);
  EXPECT_EQ(sink.all[0].content, "dies");
  EXPECT_TRUE(sink.all[0].letter.confirm);
  replica.StopLeading(NodeId());
  replica.StartLeading(raft::Term(2));
  group.Commit(replica);
  group.AnswerRead(replica);
  ASSERT_EQ(sink.all.size(), 2u);
  const OrderKey key = sink.all[0].letter.key;
  replica.ConfirmDeadLetters({.confirmed = {{key, key}}, .refused = {}});
  group.Commit(replica);
  EXPECT_EQ(replica.machine().GetCounts().dead_letters, 0u);
}

}  // namespace
}  // namespace warren::replication
