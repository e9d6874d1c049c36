// Nothing that anybody sends may stop a member, whoever it is from and whatever it says.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/core.h"
#include "raft/testing/member.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::MakeAck;
using testing::MakeBallot;
using testing::MakeEntry;
using testing::NodeConfig;
using testing::RaftMember;
using testing::VotersOnly;

// Mostly near what the member holds, so that it is taken seriously; sometimes absurd.
class MessageMaker {
 public:
  explicit MessageMaker(uint64_t seed) : rng_(seed) {}

  Message Make(const Core& core) {
    if (rng_.OneIn(4)) return MakeHelpful(core);
    Message message;
    message.type = static_cast<MessageType>(rng_.Below(kMessageTypes));
    message.reject = rng_.OneIn(3);
    message.transfer = rng_.OneIn(4);
    message.amnesiac = rng_.OneIn(4);
    message.leader = rng_.OneIn(3);
    message.from = NodeId(rng_.OneIn(6) ? Absurd() : rng_.Between(1, 5));
    message.to = NodeId(rng_.OneIn(20) ? Absurd() : 1);
    message.term = rng_.OneIn(6) ? Term(Near(core.term().value())) : core.term();
    const bool termless =
        message.type == MessageType::kPropose || message.type == MessageType::kReadIndex;
    if (termless && !rng_.OneIn(4)) message.term = Term();
    message.index = Index(NearIndex(core));
    message.log_term = TermNear(core, message.index);
    message.reject_hint = Index(NearIndex(core));
    message.commit = Index(NearIndex(core));
    message.match = Index(NearIndex(core));
    message.context = rng_.OneIn(5) ? Absurd() : rng_.Below(6);
    message.incarnation = Incarnation(rng_.OneIn(5) ? Absurd() : rng_.Below(3));
    MakeEntries(core, message);
    if (message.type == MessageType::kSnapshot && !rng_.OneIn(8)) {
      message.snapshot = MakeSnapshot(core, message);
    }
    return message;
  }

  base::Rng& rng() { return rng_; }

 private:
  // What keeps a candidate campaigning and a leader leading.
  Message MakeHelpful(const Core& core) {
    const testing::Route route{.from = rng_.Between(2, 3), .to = 1, .term = core.term().value()};
    switch (core.role().role) {
      case Role::kPreCandidate:
        return MakeBallot(MessageType::kPreVoteResponse, {route.from, 1, route.term + 1});
      case Role::kCandidate:
        return MakeBallot(MessageType::kVoteResponse, route);
      case Role::kLeader:
        return MakeAck(route, core.last().index.value());
      case Role::kFollower:
        break;
    }
    return testing::MakeHeartbeat(route, core.commit().value());
  }

  uint64_t Absurd() {
    const uint64_t choices[] = {0, UINT64_MAX, UINT64_MAX - 1, uint64_t{1} << 63, rng_.Next()};
    return choices[rng_.Below(std::size(choices))];
  }
  uint64_t Near(uint64_t value) {
    if (rng_.OneIn(30)) return Absurd();
    return value + rng_.Below(3) - std::min<uint64_t>(value, rng_.Below(2));
  }
  uint64_t NearIndex(const Core& core) {
    const uint64_t marks[] = {core.last().index.value(), core.commit().value(),
                              core.durable().value(), core.applied().value()};
    return Near(marks[rng_.Below(std::size(marks))]);
  }
  Term TermNear(const Core& core, Index index) {
    const Term known = core.TermAt(index).value_or(core.last().term);
    return rng_.OneIn(4) ? Term(Near(known.value())) : known;
  }

  void MakeEntries(const Core& core, Message& message) {
    Index index = message.index;
    Term term = message.log_term;
    for (uint64_t count = rng_.Below(4); count > 0; --count) {
      index = Index(rng_.OneIn(20) ? Near(index.value()) : index.value() + 1);
      if (rng_.OneIn(3)) term = std::max(term, message.term);
      if (rng_.OneIn(20)) term = TermNear(core, index);
      Entry entry = MakeEntry(index.value(), term.value(), rng_.OneIn(3) ? "" : "payload");
      if (rng_.OneIn(4)) entry.type = EntryType::kConfig;
      if (entry.type == EntryType::kConfig && rng_.OneIn(2)) {
        entry.payload = EncodeConfigChange(MakeConfigChange());
      }
      message.entries.push_back(std::move(entry));
    }
  }

  ConfigChange MakeConfigChange() {
    ConfigChange change;
    change.transition = static_cast<Transition>(rng_.Below(3));
    for (uint64_t i = rng_.Below(3); i > 0; --i) {
      change.changes.push_back(
          {.type = static_cast<MemberChangeType>(rng_.Below(4)), .node = NodeId(rng_.Below(6))});
    }
    return change;
  }

  NodeSet MakeNodes() {
    NodeSet nodes = testing::Nodes({});
    for (uint64_t i = rng_.Below(4); i > 0; --i) nodes.Insert(NodeId(rng_.Below(6)));
    return nodes;
  }

  SnapshotRef MakeSnapshot(const Core& core, const Message& message) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->last.id = {.index = Index(NearIndex(core)), .term = message.log_term};
    snapshot->membership = VotersOnly({1, 2, 3});
    if (rng_.OneIn(3)) snapshot->membership.voters = MakeNodes();
    if (rng_.OneIn(5)) snapshot->membership.outgoing = MakeNodes();
    if (rng_.OneIn(5)) snapshot->membership.learners = MakeNodes();
    snapshot->membership.auto_leave = rng_.OneIn(8);
    if (rng_.OneIn(2)) {
      const Index first(snapshot->last.id.index.value() - rng_.Below(4));
      const auto terms =
          TermRuns::FromRuns({{.first = first, .term = Term(Near(message.log_term.value()))}},
                             rng_.OneIn(5) ? Index(NearIndex(core)) : snapshot->last.id.index);
      if (terms.has_value()) snapshot->terms = *terms;
    }
    for (uint64_t i = rng_.Below(3); i > 0; --i) {
      const uint64_t live = NearIndex(core);
      if (live <= base::IntervalSet::kPositionMax) snapshot->live.Insert(live);
    }
    return snapshot;
  }

  base::Rng rng_;
};

RaftMember MakeMember(base::Rng& rng) {
  Config config = rng.OneIn(2) ? GroupConfig() : NodeConfig();
  config.pre_vote = !rng.OneIn(3);
  config.check_quorum = !rng.OneIn(3);
  config.step_down_on_removal = !rng.OneIn(3);
  config.validate_config_changes = !rng.OneIn(4);
  config.compatibility.send_in_step = rng.OneIn(4);
  config.compatibility.eager_commit_broadcast = rng.OneIn(4);
  config.inflight_messages_max = rng.Between(1, 4);
  config.message_bytes_max = rng.Below(200);
  config.notes = config.trace = rng.OneIn(3);
  Membership membership = VotersOnly({1, 2, 3});
  if (rng.OneIn(4)) membership.learners.Insert(NodeId(4));
  if (rng.OneIn(5)) membership.outgoing = testing::Nodes({1, 4, 5});
  if (rng.OneIn(6)) membership = VotersOnly({2, 3});
  if (!membership.IsValid()) membership = VotersOnly({1, 2, 3});
  RaftMember member(config, {.membership = membership,
                             .term = 4,
                             .log = {1, 1, 2, 4, 4},
                             .commit = rng.Below(6),
                             .amnesiac = rng.OneIn(8)});
  member.Run();
  if (rng.OneIn(3) && member.core().applied() > Index(0)) {
    member.TakeSnapshot();
    member.Compact(member.core().applied().value());
  }
  return member;
}

// One more thing that a host may do, in any state.
void StepHost(RaftMember& member, base::Rng& rng) {
  switch (rng.Below(12)) {
    case 0:
      member.Tick(static_cast<uint32_t>(rng.Between(1, 30)));
      break;
    case 1:
      member.Propose("p");
      break;
    case 2:
      member.Step(Campaign{});
      break;
    case 3:
      member.Step(ReadRequest{ReadId(rng.Below(5))});
      break;
    case 4:
      member.Step(TransferLeadership{NodeId(rng.Below(6))});
      break;
    case 5:
      member.Step(PeerUnreachable{NodeId(rng.Below(6))});
      break;
    case 6:
      member.Step(SnapshotReport{NodeId(rng.Below(6)), rng.OneIn(2)});
      break;
    case 7:
      member.Step(Evict{member.core().applied()});
      break;
    case 8:
      member.Step(LeaderSuspected{});
      break;
    case 9:
      member.Step(QuorumReachable{rng.OneIn(2)});
      break;
    default:
      member.Run();
      break;
  }
}

void CheckSane(const Core& core, Term term_before, Index commit_before) {
  ASSERT_GE(core.term(), term_before);
  ASSERT_GE(core.commit(), commit_before);
  ASSERT_LE(core.commit(), core.last().index);
  ASSERT_LE(core.durable(), core.last().index);
  ASSERT_LE(core.applied(), core.commit());
  ASSERT_LE(core.last().term, core.term());
}

TEST(RaftHostileTest, RandomMessagesStopNoMember) {
  size_t leaders = 0;
  size_t snapshots = 0;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    SCOPED_TRACE(seed);
    MessageMaker maker(seed);
    RaftMember member = MakeMember(maker.rng());
    if (maker.rng().OneIn(3) && member.core().membership().IsVoter(NodeId(1)) &&
        !member.core().GetStatus().hard_state.amnesiac) {
      member.BecomeLeader();
    }
    for (int step = 0; step < 60; ++step) {
      const Term term = member.core().term();
      const Index commit = member.core().commit();
      member.Receive(maker.Make(member.core()));
      if (maker.rng().OneIn(3)) StepHost(member, maker.rng());
      ASSERT_NO_FATAL_FAILURE(CheckSane(member.core(), term, commit));
    }
    leaders += member.core().role().role == Role::kLeader ? 1 : 0;
    snapshots += member.installed().size();
  }
  EXPECT_GT(leaders, 100u) << "the messages are too rude to be taken seriously";
  EXPECT_GT(snapshots, 100u);
}

}  // namespace
}  // namespace warren::raft
