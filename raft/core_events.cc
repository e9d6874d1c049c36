// What a member does with what its host says.
#include <algorithm>
#include <utility>

#include "raft/core.h"
#include "raft/leader.h"
#include "raft/member.h"

namespace warren::raft {

StepResult Core::On(const Tick&) {
  if (Leader* leading = AsLeader()) {
    if (!leading->Tick()) BecomeFollower(member_->term, NodeId());
    return {};
  }
  if (member_->amnesia) {
    NodeSet asked = member_->membership.AllVoters();
    // Who has forgotten even them asks the leader, which then takes back what it believes of this
    // member's log; else it might never send what is missing.
    if (asked.empty() && !leader().IsNone()) asked.Insert(leader());
    for (const NodeId voter : asked) {
      if (member_->IsSelf(voter)) continue;
      member_->Post(MessageType::kTermQuery, voter, [&](Message& query) {
        query.index = member_->log.Last().index;
        query.incarnation = member_->incarnation;
      });
    }
  }
  // A leader whose node is trusted is not waited for.
  const bool node_decides = member_->config.liveness == Liveness::kNode && !ExpectsNews();
  if (node_decides && HearsLeader()) return {};
  ElectionClock& clock = member_->clock;
  if (++clock.elapsed < clock.timeout) return {};
  if (member_->IsPromotable()) {
    clock.elapsed = 0;
    return On(Campaign{});
  }
  if (member_->config.liveness == Liveness::kNode) {
    clock.elapsed = 0;
    AskWhoLeads();
  }
  return {};
}

bool Core::WantsTick() const {
  if (const Leader* leading = AsLeader()) return leading->WantsTick();
  if (member_->amnesia || member_->config.liveness == Liveness::kGroup) return true;
  return !HearsLeader() || ExpectsNews();
}

StepResult Core::On(const Campaign&) {
  StartElection(member_->config.pre_vote ? CampaignKind::kPreVote : CampaignKind::kElection);
  return {};
}

// ---- Work -------------------------------------------------------------------------------------

StepResult Core::On(const Propose& event) {
  if (Leader* leading = AsLeader()) return leading->Propose(event);
  Message message;
  message.type = MessageType::kPropose;
  message.from = member_->config.id;
  for (const base::Bytes& payload : event.payloads) {
    message.entries.push_back({.id = {}, .time = event.clock, .payload = payload});
  }
  return OnProposeMessage(message);
}

StepResult Core::On(const ProposeConfigChange& event) {
  if (Leader* leading = AsLeader()) return leading->ProposeChange(event.change, event.clock);
  Message message;
  message.type = MessageType::kPropose;
  message.from = member_->config.id;
  message.entries.push_back({.id = {},
                             .time = event.clock,
                             .type = EntryType::kConfig,
                             .payload = EncodeConfigChange(event.change)});
  return OnProposeMessage(message);
}

StepResult Core::On(const TransferLeadership& event) {
  Leader* leading = AsLeader();
  if (leading == nullptr) return {.outcome = Outcome::kNotLeader, .first = {}};
  return {.outcome = leading->Transfer(event.to), .first = {}};
}

StepResult Core::On(const ReadRequest& event) {
  if (member_->MustNotVote()) return {.outcome = Outcome::kRefused, .first = {}};
  if (Leader* leading = AsLeader()) {
    leading->Read(member_->config.id, event.id);
    return {};
  }
  if (leader().IsNone()) {
    member_->AddNote(NoteKind::kReadNoLeader);
    return {.outcome = Outcome::kNoLeader, .first = {}};
  }
  member_->Post(MessageType::kReadIndex, leader(),
                [&](Message& message) { message.context = event.id.value(); });
  return {};
}

StepResult Core::On(const ForgetLeader&) {
  auto* following = std::get_if<Following>(&role_);
  if (following == nullptr) return {};
  if (member_->config.read_mode == ReadMode::kLease) {
    // Others would vote against a leader that still counts on its lease to answer reads.
    member_->AddNote(NoteKind::kForgetRefused);
    return {.outcome = Outcome::kRefused, .first = {}};
  }
  if (following->leader.IsNone()) return {};
  member_->AddNote(NoteKind::kLeaderForgotten, following->leader);
  *following = Following{};
  return {};
}

// ---- Disk and state machine -------------------------------------------------------------------

namespace {

// Why a finished write does not count, for the reader of notes. Mirrors Log::MarkDurable.
void NoteStored(Member& member, const WriteTicket& ticket) {
  const EntryId written = ticket.last;
  if (!member.config.notes || written.index == Index()) return;
  const Log& log = member.log;
  if (ticket.term < member.term) {
    member.AddNote(NoteKind::kStaleWriteIgnored)->other_term = ticket.term;
  } else if (written.index <= log.DurableIndex() || written.index > log.Last().index) {
    member.AddNote(NoteKind::kStoredEntryGone)->index = written.index;
  } else if (!log.Holds(written)) {
    Note* note = member.AddNote(NoteKind::kStoredEntryReplaced);
    note->theirs = written;
    note->other_term = log.TermAt(written.index).value_or(Term());
  }
}

}  // namespace

StepResult Core::On(const Stored& event) {
  Log& log = member_->log;
  NoteStored(*member_, event.ticket);
  const bool waited = log.HasPendingSnapshot();
  log.MarkDurable(event.ticket, member_->Planted(PlantedBug::kStaleCompletionAccepted));
  if (waited && !log.HasPendingSnapshot()) {
    // Not earlier: until the install is done the host goes on applying older entries, and with
    // them older changes of the membership.
    member_->apply.JumpTo(log.Base().index);
    member_->SwitchTo(log.LatestSnapshot()->membership);
  }
  MaybeCure();
  return {};
}

StepResult Core::On(const Applied& event) {
  size_t bytes = 0;
  for (Index i = member_->apply.applied() + 1; i <= event.index; i = i + 1) {
    if (member_->log.InMemory(i)) bytes += member_->log.At(i).payload.size();
  }
  member_->apply.Finish(member_->log, event.index);
  if (Leader* leading = AsLeader()) leading->OnApplied(bytes);
  MaybeCure();
  return {};
}

// A change that cannot be made has no effect. Every member comes to it with the same membership,
// so all decide alike.
StepResult Core::On(const ApplyConfigChange& event) {
  if (event.index <= member_->apply.applied()) return {.outcome = Outcome::kRefused, .first = {}};
  const ChangeResult result = Change(member_->membership, event.change);
  const auto* next = std::get_if<Membership>(&result);
  if (next == nullptr) return {.outcome = Outcome::kInvalidChange, .first = {}};
  member_->SwitchTo(*next);
  if (Leader* leading = AsLeader()) {
    if (!member_->IsVoter() && member_->config.step_down_on_removal) {
      BecomeFollower(member_->term, NodeId());
    } else {
      leading->OnMembershipChanged();
    }
  } else if (!next->IsVoter(leader())) {
    ForgetLeaderIfItIs(leader());  // It steps down when it applies this, and cannot stand again.
  }
  return {};
}

StepResult Core::On(const SnapshotTaken& event) {
  member_->log.OfferSnapshot(event.snapshot);
  return {};
}

StepResult Core::On(const Compact& event) {
  const Log& log = member_->log;
  const SnapshotRef& snapshot = log.LatestSnapshot();
  if (log.HasPendingSnapshot() || snapshot == nullptr) {
    return {.outcome = Outcome::kRefused, .first = {}};
  }
  member_->log.CompactTo(std::min(
      {event.index, snapshot->last.id.index, member_->apply.applied(), log.DurableIndex()}));
  return {};
}

StepResult Core::On(const Evict& event) {
  const Log& log = member_->log;
  member_->log.EvictTo(std::min({event.index, member_->apply.applied(), log.DurableIndex()}));
  return {};
}

// ---- Peers ------------------------------------------------------------------------------------

StepResult Core::On(const Loaded& event) {
  if (Leader* leading = AsLeader()) leading->OnLoaded(event);
  return {};
}

StepResult Core::On(const SnapshotReport& event) {
  if (Leader* leading = AsLeader()) leading->OnSnapshotReport(event);
  return {};
}

StepResult Core::On(const PeerUnreachable& event) {
  if (Leader* leading = AsLeader()) leading->OnUnreachable(event.peer);
  return {};
}

StepResult Core::On(const LeaderSuspected&) {
  auto* following = std::get_if<Following>(&role_);
  if (following == nullptr || following->leader.IsNone() || following->suspected) return {};
  following->suspected = true;
  // The detector has waited already: only the random part of the timeout is left, which keeps the
  // members of the group from campaigning all at once.
  member_->clock.elapsed = std::max(member_->clock.elapsed, member_->config.election_ticks);
  return {};
}

StepResult Core::On(const LeaderTrusted&) {
  auto* following = std::get_if<Following>(&role_);
  if (following == nullptr) return {};
  following->suspected = false;
  member_->clock.elapsed = 0;
  return {};
}

StepResult Core::On(const QuorumReachable& event) {
  quorum_reachable_ = event.reachable;
  const bool lost = !event.reachable && member_->config.check_quorum;
  if (lost && member_->role == Role::kLeader && member_->config.liveness == Liveness::kNode) {
    member_->AddNote(NoteKind::kQuorumLost);
    BecomeFollower(member_->term, NodeId());
  }
  return {};
}

StepResult Core::On(const ForgiveAmnesia&) {
  if (!member_->amnesia) return {.outcome = Outcome::kRefused, .first = {}};
  member_->amnesia.reset();
  member_->AddNote(NoteKind::kAmnesiaCured);
  return {};
}

}  // namespace warren::raft
