#include "replication/session/unresolved_commands.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SealedPayload APayload() { return {.bytes = base::Bytes::Copy("payload"), .crc = 1}; }

UnresolvedCommand Publish() {
  UnresolvedCommand command;
  command.payload = APayload();
  command.messages = 2;
  return command;
}
UnresolvedCommand Settle() {
  UnresolvedCommand command;
  command.payload = APayload();
  command.settled.emplace_back();
  return command;
}
UnresolvedCommand Credit() {
  UnresolvedCommand command;
  command.payload = APayload();
  command.consumer = ConsumerNumber(1);
  command.credit = 5;
  return command;
}

// The numbers that Apply() told of.
std::vector<uint64_t> Applied(UnresolvedCommands& commands, uint64_t number) {
  std::vector<uint64_t> told;
  commands.Apply(SessionNumber(number), [&told](SessionNumber at, const UnresolvedCommand&) {
    told.push_back(at.value());
  });
  return told;
}

TEST(UnresolvedCommandsTest, NumbersBeginAtOneAndAreDense) {
  UnresolvedCommands commands;
  EXPECT_EQ(commands.next(), SessionNumber(1));
  EXPECT_EQ(commands.Push(Credit()), SessionNumber(1));
  EXPECT_EQ(commands.Push(Publish()), SessionNumber(2));
  EXPECT_EQ(commands.Push(Settle()), SessionNumber(3));
  EXPECT_EQ(commands.first(), SessionNumber(1));
  EXPECT_EQ(commands.next(), SessionNumber(4));
}

TEST(UnresolvedCommandsTest, NumbersGoOnAfterEverythingIsDone) {
  UnresolvedCommands commands;
  commands.Push(Credit());
  commands.Push(Settle());
  Applied(commands, 2);
  EXPECT_TRUE(commands.empty());
  EXPECT_EQ(commands.first(), commands.next());
  EXPECT_EQ(commands.Push(Credit()), SessionNumber(3));
  EXPECT_NE(commands.Find(SessionNumber(3)), nullptr);
}

TEST(UnresolvedCommandsTest, FindsWhatIsKeptAndNothingElse) {
  UnresolvedCommands commands;
  commands.Push(Credit());
  commands.Push(Publish());
  Applied(commands, 1);
  EXPECT_EQ(commands.Find(SessionNumber(0)), nullptr);
  EXPECT_EQ(commands.Find(SessionNumber(1)), nullptr);  // Done.
  ASSERT_NE(commands.Find(SessionNumber(2)), nullptr);
  EXPECT_EQ(commands.Find(SessionNumber(2))->messages, 2u);
  EXPECT_EQ(commands.Find(SessionNumber(3)), nullptr);  // Not said yet.
  EXPECT_EQ(commands.Find(SessionNumber(UINT64_MAX)), nullptr);
}

TEST(UnresolvedCommandsTest, ApplyTellsEachOnceAndInOrder) {
  UnresolvedCommands commands;
  for (int i = 0; i < 4; ++i) commands.Push(Credit());
  EXPECT_THAT(Applied(commands, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(Applied(commands, 3), IsEmpty());
  EXPECT_THAT(Applied(commands, 1), IsEmpty());  // Old news.
  EXPECT_THAT(Applied(commands, 4), ElementsAre(4));
  EXPECT_EQ(commands.applied(), SessionNumber(4));
}

TEST(UnresolvedCommandsTest, APublishIsKeptUntilItIsBothAppliedAndAnswered) {
  for (const bool answered_first : {false, true}) {
    UnresolvedCommands commands;
    commands.Push(Publish());
    if (answered_first) {
      EXPECT_TRUE(commands.Answer(SessionNumber(1)));
    } else {
      Applied(commands, 1);
    }
    commands.DropDone();
    EXPECT_TRUE(commands.IsNeeded(SessionNumber(1))) << answered_first;
    EXPECT_FALSE(commands.empty());
    if (answered_first) {
      Applied(commands, 1);
    } else {
      EXPECT_TRUE(commands.Answer(SessionNumber(1)));
    }
    commands.DropDone();
    EXPECT_FALSE(commands.IsNeeded(SessionNumber(1))) << answered_first;
    EXPECT_TRUE(commands.empty());
  }
}

TEST(UnresolvedCommandsTest, OtherCommandsAreNeededUntilTheyAreApplied) {
  UnresolvedCommands commands;
  commands.Push(Settle());
  EXPECT_TRUE(commands.IsNeeded(SessionNumber(1)));
  Applied(commands, 1);
  EXPECT_FALSE(commands.IsNeeded(SessionNumber(1)));
  EXPECT_FALSE(commands.IsNeeded(SessionNumber(2)));  // Not said yet.
}

TEST(UnresolvedCommandsTest, WhatIsDoneBehindWhatIsNeededStaysUntilThatIsDone) {
  UnresolvedCommands commands;
  commands.Push(Publish());
  commands.Push(Credit());
  commands.Push(Publish());
  Applied(commands, 2);
  EXPECT_EQ(commands.first(), SessionNumber(1));
  EXPECT_FALSE(commands.IsNeeded(SessionNumber(2)));
  EXPECT_NE(commands.Find(SessionNumber(2)), nullptr);  // Numbers stay dense.
  commands.Answer(SessionNumber(1));
  commands.DropDone();
  EXPECT_EQ(commands.first(), SessionNumber(3));
}

TEST(UnresolvedCommandsTest, APublishIsAnsweredOnceAndNothingElseIs) {
  UnresolvedCommands commands;
  commands.Push(Publish());
  commands.Push(Credit());
  EXPECT_TRUE(commands.Answer(SessionNumber(1)));
  EXPECT_FALSE(commands.Answer(SessionNumber(1)));
  EXPECT_FALSE(commands.Answer(SessionNumber(2)));
  EXPECT_FALSE(commands.Answer(SessionNumber(0)));
  EXPECT_FALSE(commands.Answer(SessionNumber(3)));
  Applied(commands, 2);
  EXPECT_FALSE(commands.Answer(SessionNumber(1)));  // Not kept any more.
}

TEST(UnresolvedCommandsTest, OpenPublishesAndSettlesAreCounted) {
  UnresolvedCommands commands;
  commands.Push(Publish());
  commands.Push(Settle());
  commands.Push(Publish());
  commands.Push(Credit());
  EXPECT_EQ(commands.open_publishes(), 2u);
  EXPECT_EQ(commands.open_settles(), 1u);
  Applied(commands, 4);  // A publish is open until it is answered, a Settle until it is applied.
  EXPECT_EQ(commands.open_publishes(), 2u);
  EXPECT_EQ(commands.open_settles(), 0u);
  commands.Answer(SessionNumber(3));
  commands.Answer(SessionNumber(3));
  EXPECT_EQ(commands.open_publishes(), 1u);
}

// A payload may be megabytes, and whatever is behind an unanswered publish stays for long.
TEST(UnresolvedCommandsTest, AnAppliedCommandLetsGoOfItsPayloadUnlessItMustBeAskedAgain) {
  UnresolvedCommands commands;
  for (UnresolvedCommand command : {Publish(), Publish(), Publish(), Credit()}) {
    commands.Push(std::move(command));
  }
  commands.Answer(SessionNumber(2));
  EXPECT_FALSE(commands.Find(SessionNumber(2))->payload.bytes.empty());  // Not applied yet.
  Applied(commands, 4);
  const auto has_payload = [&commands](uint64_t number) {
    return !commands.Find(SessionNumber(number))->payload.bytes.empty();
  };
  EXPECT_TRUE(has_payload(1));
  EXPECT_FALSE(has_payload(2));
  EXPECT_TRUE(has_payload(3));
  EXPECT_FALSE(has_payload(4));
  commands.Answer(SessionNumber(3));
  EXPECT_FALSE(has_payload(3));
}

}  // namespace
}  // namespace warren::replication
