#include "raft/trace.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

#include "raft/output.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::AddLearner;
using testing::AddVoter;
using testing::MakeAppend;
using testing::MakeEntries;
using testing::MakeMessage;
using testing::MakeReject;
using testing::Nodes;
using testing::Remove;

TraceEvent MakeEvent(TraceName name) {
  TraceEvent event;
  event.name = name;
  event.node = NodeId(1);
  event.term = Term(2);
  event.vote = NodeId(3);
  event.commit = Index(4);
  event.role = Role::kLeader;
  event.last = Index(5);
  event.voters = Nodes({1, 2, 3});
  return event;
}

constexpr const char* kState =
    R"("nid":"1","state":{"term":2,"vote":"3","commit":4},"role":"StateLeader","log":5,)";

TEST(TraceTest, StateIsOneLineOfJson) {
  EXPECT_EQ(ToJson(MakeEvent(TraceName::kReady)),
            std::string(R"({"name":"Ready",)") + kState + R"("conf":[["1","2","3"],[]]})");
}

TEST(TraceTest, JointConfigurationHasTwoHalves) {
  TraceEvent event = MakeEvent(TraceName::kCommit);
  event.outgoing = Nodes({4});
  EXPECT_EQ(ToJson(event),
            std::string(R"({"name":"Commit",)") + kState + R"("conf":[["1","2","3"],["4"]]})");
}

TEST(TraceTest, MessageIsPartOfItsEvent) {
  TraceEvent event = MakeEvent(TraceName::kSendAppendEntriesRequest);
  event.has_message = true;
  event.message = Traced(MakeAppend({.from = 1, .to = 2, .term = 2}, testing::Id(4, 1),
                                    MakeEntries(5, {2, 2}), /*commit=*/3));
  EXPECT_EQ(ToJson(event),
            std::string(R"({"name":"SendAppendEntriesRequest",)") + kState +
                R"("conf":[["1","2","3"],[]],"msg":{"type":"MsgApp","term":2,"from":"1",)"
                R"("to":"2","entries":2,"logTerm":1,"index":4,"commit":3,"vote":"0",)"
                R"("reject":false,"rejectHint":0}})");
}

TEST(TraceTest, RefusalCarriesItsHint) {
  const TraceMessage traced =
      Traced(MakeReject({.from = 2, .to = 1, .term = 2}, 9, {Index(4), {}}));
  EXPECT_TRUE(traced.reject);
  EXPECT_EQ(traced.index, Index(9));
  EXPECT_EQ(traced.reject_hint, Index(4));
}

// The model knows no snapshots: it sees all entries up to there, sent from an empty log.
TEST(TraceTest, SnapshotIsTracedAsAnAppendOfEverything) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = testing::Id(7, 3);
  Message message = MakeMessage(MessageType::kSnapshot, {});
  message.snapshot = snapshot;
  const TraceMessage traced = Traced(message);
  EXPECT_EQ(traced.index, Index(0));
  EXPECT_EQ(traced.log_term, Term(0));
  EXPECT_EQ(traced.entries, 7u);
}

TEST(TraceTest, ChangeNamesWhatTheModelKnows) {
  TraceEvent event = MakeEvent(TraceName::kChangeConf);
  event.changes = {AddVoter(4),
                   Remove(1),
                   {.type = MemberChangeType::kUpdate, .node = NodeId(2)},
                   AddLearner(5)};
  EXPECT_EQ(ToJson(event),
            std::string(R"({"name":"ChangeConf",)") + kState +
                R"("conf":[["1","2","3"],[]],"prop":{"cc":{"changes":[)"
                R"({"nid":"4","action":"AddNewServer"},{"nid":"1","action":"RemoveServer"},)"
                R"({"nid":"5","action":"AddLearner"}],"newconf":[]}}})");
}

TEST(TraceTest, AppliedChangeNamesTheNewVoters) {
  TraceEvent event = MakeEvent(TraceName::kApplyConfChange);
  event.new_voters = Nodes({1, 2});
  EXPECT_EQ(ToJson(event), std::string(R"({"name":"ApplyConfChange",)") + kState +
                               R"("conf":[["1","2","3"],[]],"prop":{"cc":{"newconf":["1","2"]}}})");
}

TEST(TraceTest, RolesHaveTheNamesOfTheModel) {
  const auto role_in = [](Role role) {
    TraceEvent event = MakeEvent(TraceName::kReady);
    event.role = role;
    const std::string json = ToJson(event);
    const size_t start = json.find("\"role\":\"") + 8;
    return json.substr(start, json.find('"', start) - start);
  };
  EXPECT_EQ(role_in(Role::kFollower), "StateFollower");
  EXPECT_EQ(role_in(Role::kPreCandidate), "StatePreCandidate");
  EXPECT_EQ(role_in(Role::kCandidate), "StateCandidate");
  EXPECT_EQ(role_in(Role::kLeader), "StateLeader");
}

TEST(TraceTest, EveryEventHasAName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(TraceName::kReceiveSnapshot); ++i) {
    names.insert(Name(static_cast<TraceName>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(TraceName::kReceiveSnapshot) + 1);
  EXPECT_FALSE(names.contains(""));
}

TEST(TraceTest, MessageIsTracedWhenSentIfAndOnlyIfWhenReceived) {
  for (int i = 0; i < kMessageTypes; ++i) {
    const auto type = static_cast<MessageType>(i);
    EXPECT_EQ(SentTraceName(type).has_value(), ReceivedTraceName(type).has_value()) << Name(type);
    EXPECT_EQ(SentTraceName(type).has_value(), !TraceTypeName(type).empty()) << Name(type);
  }
}

}  // namespace
}  // namespace warren::raft
