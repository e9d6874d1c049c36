#include "replication/session/session.h"

#include <gtest/gtest.h>

#include "replication/session/testing/fake_session_host.h"

namespace warren::replication {
namespace {

constexpr SessionId kSession{77};
constexpr ConsumerNumber kConsumer{4};

class SessionTest : public testing::Test {
 protected:
  SessionTest() { Open(SessionConfig()); }

  void Open(const SessionConfig& config) {
    host_.sent.clear();
    session_ = std::make_unique<Session>(config, kSession, GroupId(7),
                                         std::vector<NodeId>{NodeId(1), NodeId(2), NodeId(3)},
                                         &host_, &listener_);
  }

  // The leader says that the session is attached.
  void Attached(NodeId leader, uint64_t epoch, uint64_t number,
                std::vector<KnownConsumer> consumers = {}) {
    Outcome outcome = Next(epoch, 1);
    outcome.attached.push_back(
        {.number = SessionNumber(number), .got_again = 0, .consumers = std::move(consumers)});
    Hear(leader, std::move(outcome));
  }
  Outcome Next(uint64_t epoch, uint64_t sequence) {
    Outcome outcome;
    outcome.session = kSession;
    outcome.epoch = SessionEpoch(epoch);
    outcome.sequence = sequence;
    return outcome;
  }
  void Hear(NodeId from, SessionMessage message) {
    session_->OnMessage(from, std::move(message));
    session_->Flush();
  }
  SessionRefused Refused(uint64_t epoch, SessionRefusal why, uint64_t number = 0,
                         NodeId leader = {}) {
    return {.session = kSession,
            .epoch = SessionEpoch(epoch),
            .number = SessionNumber(number),
            .why = why,
            .leader = leader,
            .retry_after = absl::Milliseconds(10)};
  }
  PublishId Publish(const std::string& body) {
    queue::NewMessage message;
    message.size = static_cast<uint32_t>(body.size());
    return session_->Publish(std::move(message), base::BytesChain(base::Bytes::Copy(body)));
  }
  void PassTime(absl::Duration time) {
    host_.now = host_.now + time;
    session_->Advance();
    session_->Flush();
  }
  void AttachWithConsumer() {
    Attached(NodeId(1), 1, 0);
    session_->AttachConsumer(kConsumer, {.prefetch = 10});
    session_->Flush();
    Outcome outcome = Next(1, 2);
    outcome.applied = SessionNumber(1);
    outcome.consumers = {{.consumer = kConsumer, .kind = queue::ConsumerEventKind::kAttached}};
    outcome.deliveries = {{.consumer = kConsumer,
                           .again = false,
                           .messages = {{.key = OrderKey(5), .content = base::Bytes::Copy("a")},
                                        {.key = OrderKey(6), .content = base::Bytes::Copy("b")}}}};
    Hear(NodeId(1), std::move(outcome));
    host_.Take();
  }

  FakeSessionHost host_;
  FakeSessionListener listener_;
  std::unique_ptr<Session> session_;
};

// ---- Packing ------------------------------------------------------------------------------------

TEST_F(SessionTest, OnePublishIsUnderWayAndTheRestGathersBehindIt) {
  Attached(NodeId(1), 1, 0);
  host_.Take();
  Publish("a");
  session_->Flush();
  Publish("b");
  Publish("c");
  session_->Flush();
  ASSERT_EQ(host_.sent.size(), 1u);
  Outcome outcome = Next(1, 2);
  outcome.applied = SessionNumber(1);
  outcome.published = {{.number = SessionNumber(1), .refused = {}}};
  Hear(NodeId(1), std::move(outcome));
  ASSERT_EQ(host_.sent.size(), 2u);
  EXPECT_EQ(std::get<queue::Publish>(host_.sent[1].parsed).messages.size(), 2u);
  EXPECT_EQ(std::get<queue::Publish>(host_.sent[1].parsed).stamp.answered, SessionNumber(1));
}

TEST_F(SessionTest, AFullBatchLeavesAtOnce) {
  Attached(NodeId(1), 1, 0);
  host_.Take();
  for (int i = 0; i < 256; ++i) Publish("a");
  ASSERT_EQ(host_.sent.size(), 1u);
  Publish(std::string(64 * 1024, 'x'));
  EXPECT_EQ(host_.sent.size(), 2u);
}

TEST_F(SessionTest, SettlesGatherAndNeighboursAreOneRange) {
  AttachWithConsumer();
  session_->Settle(kConsumer, queue::Verdict::kSettle, {OrderKey(5), OrderKey(5)});
  session_->Settle(kConsumer, queue::Verdict::kSettle, {OrderKey(6), OrderKey(6)});
  session_->Settle(kConsumer, queue::Verdict::kSettle, {OrderKey(7), OrderKey(900)});  // Not held.
  session_->Flush();
  ASSERT_EQ(host_.sent.size(), 1u);
  const auto& settle = std::get<queue::Settle>(host_.sent[0].parsed);
  ASSERT_EQ(settle.settlements.size(), 1u);
  EXPECT_EQ(settle.settlements[0].keys, (queue::KeyRange{OrderKey(5), OrderKey(6)}));
}

// ---- Outcomes -----------------------------------------------------------------------------------

TEST_F(SessionTest, EachMessageHasOneOutcomeAndRefusalsAreCutOut) {
  Attached(NodeId(1), 1, 0);
  for (int i = 0; i < 4; ++i) Publish("a");
  session_->Flush();
  Outcome outcome = Next(1, 2);
  outcome.applied = SessionNumber(1);
  outcome.published = {
      {.number = SessionNumber(1), .refused = {{.slot = 1, .reason = queue::Refusal::kLength}}}};
  Hear(NodeId(1), std::move(outcome));
  using Kind = PublishOutcome::Kind;
  const std::vector<PublishOutcome> expected = {
      {PublishId(1), PublishId(1), Kind::kConfirmed, queue::Refusal::kNone},
      {PublishId(2), PublishId(2), Kind::kRefused, queue::Refusal::kLength},
      {PublishId(3), PublishId(4), Kind::kConfirmed, queue::Refusal::kNone}};
  EXPECT_EQ(listener_.published, expected);
  Outcome repeated = Next(1, 3);
  repeated.published = {{.number = SessionNumber(1), .refused = {}}};
  Hear(NodeId(1), std::move(repeated));
  EXPECT_EQ(listener_.published.size(), 3u);
}

TEST_F(SessionTest, SaysNoBeyondItsBoundsAndSaysWhenThereIsRoom) {
  SessionConfig config;
  config.unresolved_bytes_max = 10;
  Open(config);
  Attached(NodeId(1), 1, 0);
  EXPECT_NE(Publish("0123456789"), PublishId());
  EXPECT_EQ(Publish("x"), PublishId());
  session_->Flush();
  Outcome outcome = Next(1, 2);
  outcome.applied = SessionNumber(1);
  outcome.published = {{.number = SessionNumber(1), .refused = {}}};
  Hear(NodeId(1), std::move(outcome));
  EXPECT_EQ(listener_.room, 1);
  EXPECT_EQ(Publish("x"), PublishId(2));
}

// ---- Another leader -----------------------------------------------------------------------------

TEST_F(SessionTest, FollowsTheHintOfWhoDoesNotLead) {
  EXPECT_EQ(host_.Take().at(0).to, NodeId(1));
  Hear(NodeId(1), Refused(1, SessionRefusal::kNotLeader, 0, NodeId(3)));
  const std::vector<FakeSessionHost::Sent> sent = host_.Take();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].to, NodeId(3));
  EXPECT_EQ(sent[0].command.epoch, SessionEpoch(2));
}

TEST_F(SessionTest, WithoutAHintGoesToTheNextTrustedMemberAfterAWhile) {
  host_.Take();
  host_.suspected.insert(NodeId(2));
  Hear(NodeId(1), Refused(1, SessionRefusal::kNotLeader));
  EXPECT_TRUE(host_.Take().empty());
  PassTime(absl::Seconds(1));
  EXPECT_EQ(host_.Take().at(0).to, NodeId(3));
}

TEST_F(SessionTest, ASilentLeaderIsLeft) {
  Attached(NodeId(1), 1, 0);
  Publish("a");
  session_->Flush();
  host_.Take();
  PassTime(absl::Seconds(2));
  const std::vector<FakeSessionHost::Sent> sent = host_.Take();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<queue::AttachSession>(sent[0].parsed));
  EXPECT_EQ(sent[0].to, NodeId(2));
}

// Else a session that resends more than its leader carries out in time resends it for ever.
TEST_F(SessionTest, SilenceAfterSilenceIsBorneLonger) {
  Attached(NodeId(1), 1, 0);
  Publish("a");
  session_->Flush();
  PassTime(absl::Seconds(2));
  Attached(NodeId(2), 2, 0);
  session_->Flush();
  host_.Take();
  PassTime(absl::Seconds(3));
  EXPECT_TRUE(host_.Take().empty());
  PassTime(absl::Seconds(1));
  EXPECT_FALSE(host_.Take().empty());
}

TEST_F(SessionTest, TheNextLeaderIsToldWhatTheLastOneMayNotHaveDone) {
  Attached(NodeId(1), 1, 0);
  Publish("a");
  session_->Flush();
  session_->AttachConsumer(kConsumer, {.prefetch = 1});
  session_->Flush();
  host_.Take();
  session_->OnNode(NodeId(1), NodeNews::kSuspected);
  Attached(NodeId(2), 2, 1);  // The publish was carried out; its outcome is not known.
  std::vector<FakeSessionHost::Sent> sent = host_.Take();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_TRUE(sent[1].command.again);
  EXPECT_EQ(std::get<queue::Publish>(sent[1].parsed).stamp.epoch, SessionEpoch(2));
  EXPECT_EQ(std::get<queue::Publish>(sent[1].parsed).stamp.number, SessionNumber(1));
  EXPECT_FALSE(sent[2].command.again);
  EXPECT_TRUE(std::holds_alternative<queue::AttachConsumer>(sent[2].parsed));
  EXPECT_TRUE(listener_.published.empty());
}

TEST_F(SessionTest, PresentsWhatItHoldsButNotWhatItReturned) {
  AttachWithConsumer();
  session_->Settle(kConsumer, queue::Verdict::kReturn, {OrderKey(5), OrderKey(5)});
  session_->OnNode(NodeId(1), NodeNews::kSuspected);
  const auto attach = std::get<queue::AttachSession>(host_.Take().at(0).parsed);
  ASSERT_EQ(attach.held.size(), 1u);
  EXPECT_EQ(attach.held[0].keys, (std::vector<queue::KeyRange>{{OrderKey(6), OrderKey(6)}}));

  // The queue did not hear of the return: it sends the message again, for nothing.
  Attached(NodeId(2), 2, 1, {{.consumer = kConsumer}});
  Outcome outcome = Next(2, 2);
  outcome.deliveries = {{.consumer = kConsumer, .again = true, .messages = {{.key = OrderKey(5)}}}};
  Hear(NodeId(2), std::move(outcome));
  EXPECT_EQ(listener_.delivered.size(), 2u);
}

TEST_F(SessionTest, LostLeasesAreToldUnlessTheyWereSettled) {
  AttachWithConsumer();
  session_->Settle(kConsumer, queue::Verdict::kSettle, {OrderKey(5), OrderKey(5)});
  session_->Flush();
  Outcome outcome = Next(1, 3);
  outcome.lost = {{.consumer = kConsumer, .keys = {OrderKey(5), OrderKey(6)}}};
  Hear(NodeId(1), std::move(outcome));
  EXPECT_EQ(listener_.lost, (std::vector<queue::KeyRange>{{OrderKey(6), OrderKey(6)}}));
}

TEST_F(SessionTest, EventsThatWereLostAreMadeUpForWhenItAttaches) {
  AttachWithConsumer();
  session_->OnNode(NodeId(1), NodeNews::kBroken);
  Attached(NodeId(1), 2, 1, {});
  EXPECT_EQ(listener_.consumers.back(), queue::ConsumerEventKind::kTimedOut);
}

TEST_F(SessionTest, AGapInTheOutcomesMakesItAttachAnew) {
  Attached(NodeId(1), 1, 0);
  host_.Take();
  Hear(NodeId(1), Next(1, 3));
  EXPECT_EQ(host_.Take().at(0).command.epoch, SessionEpoch(2));
}

TEST_F(SessionTest, ABusyLeaderIsGivenTime) {
  Attached(NodeId(1), 1, 0);
  Publish("a");
  session_->Flush();
  host_.Take();
  Hear(NodeId(1), Refused(1, SessionRefusal::kBusy, 1));
  EXPECT_TRUE(host_.Take().empty());
  PassTime(absl::Milliseconds(10));
  ASSERT_EQ(host_.sent.size(), 1u);
  EXPECT_EQ(host_.sent[0].command.number, SessionNumber(1));
}

// ---- The end ------------------------------------------------------------------------------------

TEST_F(SessionTest, ASessionThatWasGivenUpEndsAndGuessesNothing) {
  Attached(NodeId(1), 1, 0);
  Publish("a");
  session_->Flush();
  Publish("b");
  Outcome outcome = Next(1, 2);
  outcome.fate = SessionFate::kTimedOut;
  Hear(NodeId(1), std::move(outcome));
  ASSERT_EQ(listener_.published.size(), 1u);
  EXPECT_EQ(listener_.published[0].last, PublishId(2));
  EXPECT_EQ(listener_.published[0].kind, PublishOutcome::Kind::kUnknown);
  ASSERT_EQ(listener_.ended.size(), 1u);
  EXPECT_EQ(listener_.ended[0].code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Publish("c"), PublishId());
}

TEST_F(SessionTest, OnceItHasSaidSomethingItIsOnlyTakenUp) {
  QueueEntry entry;
  ASSERT_TRUE(entry.Open(host_.Take().at(0).command.payload.bytes).ok());
  EXPECT_FALSE(entry.only_takes_up());
  Attached(NodeId(1), 1, 0);
  Publish("a");
  session_->Flush();
  session_->OnNode(NodeId(1), NodeNews::kBroken);
  ASSERT_TRUE(entry.Open(host_.Take().back().command.payload.bytes).ok());
  EXPECT_TRUE(entry.only_takes_up());
}

TEST_F(SessionTest, CloseWaitsForWhatIsUnderWayAndThenDetaches) {
  Attached(NodeId(1), 1, 0);
  Publish("a");
  session_->Close();
  session_->Flush();
  EXPECT_EQ(Publish("b"), PublishId());
  host_.Take();
  Outcome outcome = Next(1, 2);
  outcome.applied = SessionNumber(1);
  outcome.published = {{.number = SessionNumber(1), .refused = {}}};
  Hear(NodeId(1), std::move(outcome));
  EXPECT_TRUE(std::holds_alternative<queue::DetachSession>(host_.Take().at(0).parsed));
  Outcome over = Next(1, 3);
  over.fate = SessionFate::kDetached;
  Hear(NodeId(1), std::move(over));
  ASSERT_EQ(listener_.ended.size(), 1u);
  EXPECT_TRUE(listener_.ended[0].ok());
}

// The others need not know of it: one may have been down from its first day to its last.
TEST_F(SessionTest, WhenAMemberSaysThatTheGroupIsGoneItEnds) {
  Hear(NodeId(1), Refused(1, SessionRefusal::kNotLeader));
  PassTime(absl::Seconds(1));
  Hear(NodeId(2), Refused(2, SessionRefusal::kGone));
  ASSERT_EQ(listener_.ended.size(), 1u);
  EXPECT_EQ(listener_.ended[0].code(), absl::StatusCode::kNotFound);
}

TEST_F(SessionTest, AGetWhoseAnswerWasLostIsUnknownOrWhatIsSentAgain) {
  Attached(NodeId(1), 1, 0);
  session_->Get(false);
  session_->Get(false);
  session_->Flush();
  session_->OnNode(NodeId(1), NodeNews::kBroken);
  Outcome outcome = Next(2, 1);
  outcome.attached.push_back({.number = SessionNumber(2), .got_again = 1, .consumers = {}});
  outcome.deliveries = {
      {.consumer = ConsumerNumber(), .again = true, .messages = {{.key = OrderKey(8)}}}};
  Hear(NodeId(1), std::move(outcome));
  ASSERT_EQ(listener_.gets.size(), 2u);
  EXPECT_EQ(listener_.gets[0].kind, GetOutcome::Kind::kUnknown);
  EXPECT_EQ(listener_.gets[1].kind, GetOutcome::Kind::kFound);
  EXPECT_EQ(listener_.gets[1].message.key, OrderKey(8));
}

}  // namespace
}  // namespace warren::replication
