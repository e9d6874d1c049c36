#include "raft/message.h"

#include <set>

#include "gtest/gtest.h"

#include "raft/output.h"
#include "raft/reused_list.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::MakeEntries;

Message FullMessage() {
  Message message;
  message.type = MessageType::kTermReply;
  message.reject = message.transfer = message.amnesiac = message.leader = true;
  message.from = message.to = NodeId(1);
  message.term = message.log_term = Term(2);
  message.index = message.reject_hint = message.commit = message.match = Index(3);
  message.context = 4;
  message.incarnation = Incarnation(5);
  message.entries = MakeEntries(1, {1, 1, 1});
  message.snapshot = std::make_shared<Snapshot>();
  return message;
}

void ExpectDefault(const Message& message) {
  EXPECT_EQ(message.type, MessageType::kAppend);
  EXPECT_FALSE(message.reject || message.transfer || message.amnesiac || message.leader);
  EXPECT_TRUE(message.from.IsNone() && message.to.IsNone());
  EXPECT_EQ(message.term, Term());
  EXPECT_EQ(message.log_term, Term());
  EXPECT_EQ(message.index, Index());
  EXPECT_EQ(message.reject_hint, Index());
  EXPECT_EQ(message.commit, Index());
  EXPECT_EQ(message.match, Index());
  EXPECT_EQ(message.context, 0u);
  EXPECT_EQ(message.incarnation, Incarnation());
  EXPECT_TRUE(message.entries.empty());
  EXPECT_EQ(message.snapshot, nullptr);
}

TEST(RaftMessageTest, ClearLeavesNothingBehind) {
  Message message = FullMessage();
  message.Clear();
  ExpectDefault(message);
}

TEST(RaftMessageTest, ClearKeepsTheRoomForEntries) {
  Message message = FullMessage();
  const Entry* room = message.entries.data();
  message.Clear();
  EXPECT_GE(message.entries.capacity(), 3u);
  message.entries.emplace_back();
  EXPECT_EQ(message.entries.data(), room);
}

TEST(RaftMessageTest, EachTypeHasItsName) {
  std::set<std::string_view> names;
  for (int i = 0; i < kMessageTypes; ++i) names.insert(Name(static_cast<MessageType>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(kMessageTypes));
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(Name(MessageType::kAppend), "append");
  EXPECT_EQ(Name(MessageType::kTermReply), "term-reply");
}

TEST(ReusedListTest, EmptiedListGivesTheSameElementsAgain) {
  ReusedList<Message> list;
  list.Add().entries = MakeEntries(1, {1, 1});
  list.Add().entries = MakeEntries(1, {1});
  const Message* first = &list[0];
  const Entry* room = list[0].entries.data();
  list.Clear();
  EXPECT_TRUE(list.empty());
  Message& again = list.Add();
  EXPECT_EQ(&again, first);
  ExpectDefault(again);
  again.entries.emplace_back();
  EXPECT_EQ(again.entries.data(), room);
}

TEST(ReusedListTest, DroppedElementComesBackClean) {
  ReusedList<Message> list;
  list.Add().context = 1;
  list.Add() = FullMessage();
  list.DropLast();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list.back().context, 1u);
  ExpectDefault(list.Add());
}

TEST(ReusedListTest, IteratesOverWhatIsInUse) {
  ReusedList<Message> list;
  for (uint64_t i = 1; i <= 5; ++i) list.Add().context = i;
  list.Clear();
  for (uint64_t i = 1; i <= 2; ++i) list.Add().context = 10 * i;
  uint64_t sum = 0;
  for (const Message& message : list) sum += message.context;
  EXPECT_EQ(sum, 30u);
}

TEST(ReusedListDeathTest, NothingIsDroppedFromAnEmptyList) {
  ReusedList<Message> list;
  EXPECT_DEATH(list.DropLast(), "check failed");
}

TEST(RaftOutputTest, ClearEmptiesAndKeepsTheRoom) {
  Output output;
  output.role = RoleState{};
  output.hard_state = HardState{};
  output.append = output.commit = MakeEntries(1, {1, 1});
  output.install = Install{};
  output.ticket.last = testing::Id(1, 1);
  output.must_store = output.must_sync = true;
  output.send_now.Add();
  output.send_after_store.Add();
  output.reads.emplace_back();
  output.loads.emplace_back();
  output.notes.emplace_back();
  output.trace.emplace_back();
  const Entry* append_room = output.append.data();
  const Entry* commit_room = output.commit.data();

  output.Clear();

  EXPECT_FALSE(output.role || output.hard_state || output.install);
  EXPECT_EQ(output.ticket, WriteTicket());
  EXPECT_FALSE(output.must_store || output.must_sync);
  EXPECT_TRUE(output.append.empty() && output.commit.empty());
  EXPECT_TRUE(output.send_now.empty() && output.send_after_store.empty());
  EXPECT_TRUE(output.reads.empty() && output.loads.empty());
  EXPECT_TRUE(output.notes.empty() && output.trace.empty());
  output.append.emplace_back();
  output.commit.emplace_back();
  EXPECT_EQ(output.append.data(), append_room);
  EXPECT_EQ(output.commit.data(), commit_room);
}

TEST(RaftOutputTest, EachRoleHasItsName) {
  std::set<std::string_view> names;
  for (const Role role : {Role::kFollower, Role::kPreCandidate, Role::kCandidate, Role::kLeader}) {
    names.insert(Name(role));
  }
  EXPECT_EQ(names.size(), 4u);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace warren::raft
