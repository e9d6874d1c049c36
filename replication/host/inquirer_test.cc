#include "replication/host/inquirer.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/session/testing/fake_session_host.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

constexpr GroupId kGroup(70);
constexpr absl::Duration kPatience = absl::Seconds(10);

Reply ReplyOf(RequestId id, absl::StatusCode code, NodeId leader = {}) {
  return {.id = id, .code = code, .text = {}, .leader = leader, .answer = {}};
}

// The node is 1, and its shard 3.
class InquirerTest : public ::testing::Test {
 protected:
  // ---- Questions

  void Ask(std::vector<NodeId> members = {NodeId(1), NodeId(2), NodeId(3)}) {
    inquirer_.Ask(kGroup, std::move(members), GetStats(), kPatience,
                  [this](Reply reply) { answers_.push_back(std::move(reply)); });
  }
  // Who has been asked since this was last called; the last question is `asked_`.
  std::vector<uint64_t> TakeAsked() {
    std::vector<uint64_t> nodes;
    for (FakeSessionHost::Asked& each : std::exchange(host_.asked, {})) {
      nodes.push_back(each.to.value());
      asked_ = std::move(each.request);
    }
    return nodes;
  }
  void Answer(uint64_t node, absl::StatusCode code, NodeId leader = {}) {
    inquirer_.OnReply(NodeId(node), ReplyOf(asked_.id, code, leader));
  }

  // ---- Groups

  GroupSpec Spec() const {
    return {.group = kGroup,
            .kind = GroupKind::kQueue,
            .voters = {NodeId(1), NodeId(2), NodeId(3)},
            .state = "first"};
  }
  void Create() {
    inquirer_.CreateOnAll(Spec(), kPatience,
                          [this](absl::Status status) { done_.push_back(std::move(status)); });
  }
  void Created(uint64_t node, const absl::Status& status = absl::OkStatus()) {
    inquirer_.OnCreated(NodeId(node), kGroup, status);
  }
  std::vector<uint64_t> TakeCreates() { return std::exchange(creates_, {}); }

  // ---- Time

  void Pass(absl::Duration span) {
    host_.now = host_.now + span;
    inquirer_.Advance();
  }
  // To the moment that was asked for, which must lie ahead.
  void PassToDeadline() {
    const std::optional<base::MonotonicTime> at = inquirer_.NextDeadline();
    ASSERT_TRUE(at.has_value());
    ASSERT_GT(*at, host_.now);
    Pass(*at - host_.now);
  }

  FakeSessionHost host_;
  std::vector<uint64_t> creates_;
  Inquirer inquirer_{&host_, [this](NodeId to, const GroupSpec& spec) {
                       EXPECT_EQ(spec.voters, Spec().voters);
                       creates_.push_back(to.value());
                     }};
  Request asked_;
  std::vector<Reply> answers_;
  std::vector<absl::Status> done_;
};

// ---- Questions ----------------------------------------------------------------------------------

TEST_F(InquirerTest, TheOwnNodeIsAskedFirstAndTheAnswerIsPassedOn) {
  Ask({NodeId(3), NodeId(2), NodeId(1)});
  EXPECT_THAT(TakeAsked(), ElementsAre(1));
  EXPECT_EQ(asked_.shard, host_.shard());
  EXPECT_EQ(asked_.what, Question(GetStats()));
  Answer(1, absl::StatusCode::kOk);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].code, absl::StatusCode::kOk);
  EXPECT_EQ(inquirer_.NextDeadline(), std::nullopt);
}

TEST_F(InquirerTest, ARefusalIsAnAnswer) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kFailedPrecondition, absl::StatusCode::kNotFound,
        absl::StatusCode::kInvalidArgument}) {
    Ask();
    TakeAsked();
    Answer(1, code);
    ASSERT_EQ(answers_.size(), 1u) << code;
    EXPECT_EQ(std::exchange(answers_, {})[0].code, code);
  }
}

TEST_F(InquirerTest, WhoDoesNotLeadNamesWhoDoesAndThatOneIsAskedAtOnce) {
  Ask();
  TakeAsked();
  const RequestId id = asked_.id;
  Answer(1, absl::StatusCode::kUnavailable, NodeId(3));
  EXPECT_THAT(TakeAsked(), ElementsAre(3));
  EXPECT_EQ(asked_.id, id);
  Answer(3, absl::StatusCode::kOk);
  EXPECT_EQ(answers_.size(), 1u);
}

// A node that names itself, or nobody, would else be asked in a circle without a pause.
TEST_F(InquirerTest, WithoutAnotherLeaderTheNextIsAskedAfterAPause) {
  for (const NodeId hint : {NodeId(), NodeId(1)}) {
    Ask();
    TakeAsked();
    Answer(1, absl::StatusCode::kUnavailable, hint);
    EXPECT_THAT(TakeAsked(), IsEmpty());
    PassToDeadline();
    EXPECT_THAT(TakeAsked(), ElementsAre(2));
    Answer(2, absl::StatusCode::kOk);
  }
}

TEST_F(InquirerTest, ABusyLeaderIsNoAnswer) {
  Ask();
  TakeAsked();
  Answer(1, absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(answers_, IsEmpty());
  PassToDeadline();
  EXPECT_EQ(TakeAsked().size(), 1u);
}

TEST_F(InquirerTest, SilenceLetsTheOthersTakeTurns) {
  Ask();
  EXPECT_THAT(TakeAsked(), ElementsAre(1));
  for (const uint64_t next : {2u, 3u, 1u, 2u}) {
    PassToDeadline();
    EXPECT_THAT(TakeAsked(), ElementsAre(next));
  }
}

TEST_F(InquirerTest, NothingIsAskedAgainBeforeItsTime) {
  Ask();
  TakeAsked();
  Pass(*inquirer_.NextDeadline() - host_.now - absl::Nanoseconds(1));
  EXPECT_THAT(TakeAsked(), IsEmpty());
}

TEST_F(InquirerTest, TheSuspectedArePassedOver) {
  host_.suspected = {NodeId(2)};
  Ask({NodeId(2), NodeId(3)});
  EXPECT_THAT(TakeAsked(), ElementsAre(3));
  PassToDeadline();
  EXPECT_THAT(TakeAsked(), ElementsAre(3));
}

TEST_F(InquirerTest, IfAllAreSuspectedItWaitsForOneToComeBack) {
  host_.suspected = {NodeId(2), NodeId(3)};
  Ask({NodeId(2), NodeId(3)});
  PassToDeadline();
  EXPECT_THAT(TakeAsked(), IsEmpty());
  host_.suspected = {NodeId(2)};
  PassToDeadline();
  EXPECT_THAT(TakeAsked(), ElementsAre(3));
}

TEST_F(InquirerTest, NewsOfTheOneAskedMakeItAskAgainAtOnceUnlessTheyAreGood) {
  for (const NodeNews news : {NodeNews::kSuspected, NodeNews::kRestarted, NodeNews::kBroken}) {
    Ask({NodeId(2), NodeId(3)});
    EXPECT_THAT(TakeAsked(), ElementsAre(2));
    inquirer_.OnNode(NodeId(3), news);  // Not the one asked.
    inquirer_.OnNode(NodeId(2), NodeNews::kTrusted);
    inquirer_.Advance();
    EXPECT_THAT(TakeAsked(), IsEmpty());
    inquirer_.OnNode(NodeId(2), news);
    inquirer_.Advance();
    EXPECT_THAT(TakeAsked(), ElementsAre(3));
    Answer(3, absl::StatusCode::kOk);
  }
}

TEST_F(InquirerTest, OnlyTheOneAskedAnswersAndOnlyOnce) {
  Ask();
  TakeAsked();
  Answer(2, absl::StatusCode::kOk);  // It was not asked.
  EXPECT_THAT(answers_, IsEmpty());
  PassToDeadline();
  TakeAsked();
  Answer(1, absl::StatusCode::kOk);  // Too late: 2 is asked now.
  EXPECT_THAT(answers_, IsEmpty());
  Answer(2, absl::StatusCode::kOk);
  Answer(2, absl::StatusCode::kOk);
  EXPECT_EQ(answers_.size(), 1u);
  inquirer_.OnReply(NodeId(2), ReplyOf(RequestId(999), absl::StatusCode::kOk));
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_F(InquirerTest, PatienceComesToAnEnd) {
  Ask();
  for (int i = 0; i < 1000 && answers_.empty(); ++i) PassToDeadline();
  EXPECT_EQ(host_.now, base::MonotonicTime(kPatience));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].code, absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(answers_[0].text, HasSubstr("group 70"));
  EXPECT_EQ(inquirer_.NextDeadline(), std::nullopt);
  TakeAsked();
  Answer(1, absl::StatusCode::kOk);
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_F(InquirerTest, QuestionsDoNotDisturbEachOther) {
  Ask();
  TakeAsked();
  const RequestId first = asked_.id;
  Ask();
  TakeAsked();
  ASSERT_NE(asked_.id, first);
  Answer(1, absl::StatusCode::kOk);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].id, asked_.id);
  inquirer_.OnReply(NodeId(1), ReplyOf(first, absl::StatusCode::kOk));
  EXPECT_EQ(answers_.size(), 2u);
}

TEST_F(InquirerTest, AnAnswerMayAskTheNextQuestion) {
  inquirer_.Ask(kGroup, {NodeId(1)}, GetStats(), kPatience, [this](const Reply&) { Ask(); });
  TakeAsked();
  Answer(1, absl::StatusCode::kOk);
  EXPECT_THAT(TakeAsked(), ElementsAre(1));
  Answer(1, absl::StatusCode::kOk);
  EXPECT_EQ(answers_.size(), 1u);
}

// Many at a time, so that the first answers find the container of the others full.
TEST_F(InquirerTest, AnEndOfPatienceMayAskTheNextQuestions) {
  int ended = 0;
  for (int i = 0; i < 4; ++i) {
    inquirer_.Ask(kGroup, {NodeId(1)}, GetStats(), kPatience, [this, &ended](Reply) {
      ++ended;
      for (int again = 0; again < 8; ++again) Ask();
    });
  }
  Pass(kPatience);
  EXPECT_EQ(ended, 4);
  EXPECT_THAT(answers_, IsEmpty());
  Pass(kPatience);
  EXPECT_EQ(answers_.size(), 32u);
}

// ---- Making groups ------------------------------------------------------------------------------

TEST_F(InquirerTest, AGroupIsMadeOnAllVotersAndDoneWhenAllHaveIt) {
  Create();
  EXPECT_THAT(TakeCreates(), ElementsAre(1, 2, 3));
  Created(1);
  Created(3);
  EXPECT_THAT(done_, IsEmpty());
  Created(2);
  EXPECT_THAT(done_, ElementsAre(IsOk()));
  EXPECT_EQ(inquirer_.NextDeadline(), std::nullopt);
}

TEST_F(InquirerTest, ThatItIsThereAlreadyIsAsGood) {
  Create();
  for (const uint64_t node : {1u, 2u, 3u}) Created(node, absl::AlreadyExistsError("made before"));
  EXPECT_THAT(done_, ElementsAre(IsOk()));
}

TEST_F(InquirerTest, TheSuspectedAreNotWaitedForButAMajorityIs) {
  host_.suspected = {NodeId(2), NodeId(3)};
  Create();
  Created(1);
  EXPECT_THAT(done_, IsEmpty());
  Created(1);  // Says so twice: still one node.
  EXPECT_THAT(done_, IsEmpty());
  Created(3);
  EXPECT_THAT(done_, ElementsAre(IsOk()));
}

TEST_F(InquirerTest, ASilentOneIsNotWaitedForLong) {
  Create();
  Created(1);
  Created(2);
  PassToDeadline();
  EXPECT_THAT(done_, ElementsAre(IsOk()));
}

TEST_F(InquirerTest, WithoutAMajorityThoseWithoutItAreToldAgain) {
  Create();
  Created(2);
  TakeCreates();
  PassToDeadline();
  EXPECT_THAT(done_, IsEmpty());
  EXPECT_THAT(TakeCreates(), ElementsAre(1, 3));
}

TEST_F(InquirerTest, ABusyNodeIsToldAgain) {
  Create();
  TakeCreates();
  Created(1, absl::ResourceExhaustedError("busy"));
  EXPECT_THAT(done_, IsEmpty());
  PassToDeadline();
  EXPECT_THAT(TakeCreates(), ElementsAre(1, 2, 3));
}

TEST_F(InquirerTest, ARefusalEndsItWithWhatTheNodeSaid) {
  Create();
  Created(1);
  Created(2, absl::FailedPreconditionError("it was removed"));
  EXPECT_THAT(done_, ElementsAre(StatusIs(absl::StatusCode::kFailedPrecondition,
                                          HasSubstr("it was removed"))));
  Created(3);
  EXPECT_EQ(done_.size(), 1u);
  EXPECT_EQ(inquirer_.NextDeadline(), std::nullopt);
}

TEST_F(InquirerTest, OneNumberIsMadeByOneAtATime) {
  Create();
  TakeCreates();
  Create();
  EXPECT_THAT(done_, ElementsAre(StatusIs(absl::StatusCode::kAlreadyExists)));
  EXPECT_THAT(TakeCreates(), IsEmpty());
  for (const uint64_t node : {1u, 2u, 3u}) Created(node);
  EXPECT_EQ(done_.size(), 2u);
  Create();  // That one is over.
  EXPECT_THAT(TakeCreates(), ElementsAre(1, 2, 3));
}

TEST_F(InquirerTest, MakingHasAnEndAndSaysHowFarItCame) {
  Create();
  Created(1);
  for (int i = 0; i < 1000 && done_.empty(); ++i) PassToDeadline();
  EXPECT_EQ(host_.now, base::MonotonicTime(kPatience));
  EXPECT_THAT(done_, ElementsAre(StatusIs(absl::StatusCode::kDeadlineExceeded,
                                          HasSubstr("on 1 of 3 nodes"))));
}

TEST_F(InquirerTest, TheEndOfAMakingMayBeginTheNext) {
  int ended = 0;
  for (uint64_t group = 1; group <= 4; ++group) {
    GroupSpec spec = Spec();
    spec.group = GroupId(100 * group);
    inquirer_.CreateOnAll(spec, kPatience, [this, &ended, spec](const absl::Status&) {
      ++ended;
      for (uint64_t i = 1; i <= 8; ++i) {
        GroupSpec next = spec;
        next.group = GroupId(spec.group.value() + i);
        inquirer_.CreateOnAll(next, kPatience,
                              [this](absl::Status status) { done_.push_back(std::move(status)); });
      }
    });
  }
  Pass(kPatience);
  EXPECT_EQ(ended, 4);
  EXPECT_THAT(done_, IsEmpty());
  Pass(kPatience);
  EXPECT_EQ(done_.size(), 32u);
}

TEST_F(InquirerTest, NewsOfAGroupThatIsNotBeingMadeArePassedOver) {
  Created(1);
  inquirer_.OnCreated(NodeId(1), GroupId(71), absl::InternalError("another"));
  EXPECT_THAT(done_, IsEmpty());
}

}  // namespace
}  // namespace warren::replication
