#include "tests/scenario_runner/wire_message.h"

#include "gtest/gtest.h"

#include "tests/scenario_runner/appender.h"

namespace warren::scenario_runner {
namespace {

raft::Message MessageOf(raft::MessageType type) {
  raft::Message message;
  message.type = type;
  message.from = raft::NodeId(1);
  message.to = raft::NodeId(10);
  message.term = raft::Term(2);
  return message;
}

raft::Entry EntryAt(uint64_t index) {
  return {.id = {.index = raft::Index(index), .term = raft::Term(2)},
          .time = {},
          .type = raft::EntryType::kNormal,
          .payload = base::Bytes::Copy("x")};
}

TEST(WireMessageTest, EveryTypeHasItsOwnName) {
  for (int i = 0; i < raft::kMessageTypes; ++i) {
    const std::string_view name = WireName(static_cast<raft::MessageType>(i));
    EXPECT_TRUE(IsWireName(name));
    for (int j = 0; j < i; ++j) EXPECT_NE(name, WireName(static_cast<raft::MessageType>(j)));
  }
  EXPECT_EQ(WireName(raft::MessageType::kPropose), "MsgProp");
  EXPECT_EQ(WireName(raft::MessageType::kSnapshot), "MsgSnap");
  EXPECT_EQ(WireName(raft::MessageType::kReadIndexResponse), "MsgReadIndexResp");
  EXPECT_FALSE(IsWireName("MsgNothing"));
}

TEST(WireMessageTest, PlainMessageIsOneLine) {
  raft::Message message = MessageOf(raft::MessageType::kVote);
  message.index = raft::Index(7);
  message.log_term = raft::Term(1);
  EXPECT_EQ(Describe(ToWire(message)), "1->a MsgVote Term:2 Log:1/7");
}

TEST(WireMessageTest, RefusalShowsItsHint) {
  raft::Message message = MessageOf(raft::MessageType::kAppendResponse);
  message.index = raft::Index(7);
  message.reject = true;
  message.reject_hint = raft::Index(5);
  EXPECT_EQ(Describe(ToWire(message)), "1->a MsgAppResp Term:2 Log:0/7 Rejected (Hint: 5)");
}

TEST(WireMessageTest, OneEntryStandsInTheLineAndSeveralBelowIt) {
  raft::Message message = MessageOf(raft::MessageType::kAppend);
  message.commit = raft::Index(3);
  message.entries = {EntryAt(4)};
  EXPECT_EQ(Describe(ToWire(message)),
            "1->a MsgApp Term:2 Log:0/0 Commit:3 Entries:[2/4 EntryNormal \"x\"]");
  message.entries.push_back(EntryAt(5));
  EXPECT_EQ(Describe(ToWire(message), "  "),
            "1->a MsgApp Term:2 Log:0/0 Commit:3 Entries:[\n"
            "    2/4 EntryNormal \"x\"\n"
            "    2/5 EntryNormal \"x\"\n"
            "  ]");
}

TEST(WireMessageTest, SnapshotStandsBelowItsMessage) {
  raft::Message message = MessageOf(raft::MessageType::kSnapshot);
  raft::Membership members;
  members.voters = {raft::NodeId(1)};
  message.snapshot = MakeSnapshot(
      {.id = {.index = raft::Index(9), .term = raft::Term(2)}, .time = {}}, members, "");
  EXPECT_EQ(Describe(ToWire(message)),
            "1->a MsgSnap Term:2 Log:0/0\n"
            "  Snapshot: Index:9 Term:2 ConfState:Voters:[1] VotersOutgoing:[] Learners:[] "
            "LearnersNext:[] AutoLeave:false");
}

TEST(WireMessageTest, ResponsesAreIndented) {
  WireMessage work;
  work.from = "1";
  work.to = kAppendThread;
  work.type = "MsgStorageAppend";
  work.vote = raft::NodeId(1);
  work.commit = raft::Index(3);
  work.responses = {ToWire(MessageOf(raft::MessageType::kVoteResponse))};
  EXPECT_EQ(Describe(work),
            "1->AppendThread MsgStorageAppend Term:0 Log:0/0 Commit:3 Vote:1 Responses:[\n"
            "  1->a MsgVoteResp Term:2 Log:0/0\n"
            "]");
}

TEST(WireMessageTest, NobodyIsCalledNone) { EXPECT_EQ(WireAddress(raft::NodeId()), "None"); }

}  // namespace
}  // namespace warren::scenario_runner
