#include "raft/leader.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::raft {

Leader::Leader(Member& member)
    : member_(member), peers_(member.config, member.membership, member.log.Last().index) {
  // There may be a configuration change in the tail of the log. Looking for it could take long;
  // to wait until the tail is applied costs nothing but a little patience.
  pending_change_ = member.log.Last().index;
  AppendOwn({});
  FinishAppending();
}

// ---- Proposals --------------------------------------------------------------------------------

Outcome Leader::Admit(std::span<const base::Bytes> payloads) const {
  if (peers_.Find(member_.config.id) == nullptr) return Outcome::kNotMember;
  if (!transferee_.IsNone()) return Outcome::kTransferring;
  size_t bytes = 0;
  for (const base::Bytes& payload : payloads) {
    if (payload.size() > member_.config.entry_bytes_max) return Outcome::kTooLarge;
    bytes += payload.size();
  }
  // An oversized batch is let through when nothing else is under way, or it would wait for ever;
  // and an empty entry always, since the protocol itself needs those.
  const bool over = uncommitted_ + bytes > member_.config.uncommitted_bytes_max;
  return uncommitted_ > 0 && bytes > 0 && over ? Outcome::kBusy : Outcome::kDone;
}

void Leader::NoteRefusal(Outcome outcome) {
  if (outcome == Outcome::kBusy) member_.AddNote(NoteKind::kProposalTooMuch);
  if (outcome == Outcome::kTransferring) {
    member_.AddNote(NoteKind::kProposalTransferring, transferee_);
  }
}

StepResult Leader::Propose(const raft::Propose& event) {
  const std::span<const base::Bytes> payloads = event.payloads;
  WARREN_CHECK(event.crcs.empty() || event.crcs.size() == payloads.size());
  if (payloads.empty()) return {.outcome = Outcome::kRefused, .first = {}};
  if (const Outcome outcome = Admit(payloads); outcome != Outcome::kDone) {
    NoteRefusal(outcome);
    return {.outcome = outcome, .first = {}};
  }
  for (size_t i = 0; i < payloads.size(); ++i) member_.TraceState(TraceName::kReplicate);
  const EntryId first{.index = member_.log.Last().index + 1, .term = member_.term};
  for (size_t i = 0; i < payloads.size(); ++i) {
    Entry entry = {.id = {}, .time = event.clock, .payload = payloads[i]};
    if (!event.crcs.empty()) {
      entry.crc_known = true;
      entry.crc = event.crcs[i];
    }
    AppendOwn(std::move(entry));
  }
  FinishAppending();
  BroadcastAppend(Wish::kEvenIfEmpty);
  return {.outcome = Outcome::kDone, .first = first};
}

ChangeRefusal Leader::CheckChange(const ConfigChange& change) const {
  const bool leave = change.changes.empty();
  if (pending_change_ > member_.apply.applied()) return ChangeRefusal::kPending;
  if (member_.membership.IsJoint() && !leave) return ChangeRefusal::kMustLeaveJointFirst;
  if (!member_.membership.IsJoint() && leave) return ChangeRefusal::kNotJoint;
  return ChangeRefusal::kNone;
}

StepResult Leader::ProposeChange(const ConfigChange& change, LogTime clock) {
  const base::Bytes payload = EncodeConfigChange(change);
  if (const Outcome outcome = Admit(std::span(&payload, 1)); outcome != Outcome::kDone) {
    NoteRefusal(outcome);
    return {.outcome = outcome, .first = {}};
  }
  const EntryId first{.index = member_.log.Last().index + 1, .term = member_.term};
  const ChangeRefusal refusal = CheckChange(change);
  if (refusal != ChangeRefusal::kNone && member_.config.validate_config_changes) {
    if (Note* note = member_.AddNote(NoteKind::kChangeIgnored)) {
      note->change = change;
      note->reason = refusal;
      note->index = pending_change_;
    }
    if (member_.config.compatibility.replace_refused_changes) {
      AppendOwn({.id = {}, .time = clock, .payload = {}});
      FinishAppending();
      BroadcastAppend(Wish::kEvenIfEmpty);
    }
    return {.outcome = Outcome::kInvalidChange, .first = {}};
  }
  if (member_.config.trace && !change.changes.empty()) {
    member_.TraceState(TraceName::kChangeConf);
    member_.trace.back().changes = change.changes;
  }
  pending_change_ = first.index;
  AppendOwn({.id = {}, .time = clock, .type = EntryType::kConfig, .payload = payload});
  FinishAppending();
  BroadcastAppend(Wish::kEvenIfEmpty);
  return {.outcome = Outcome::kDone, .first = first};
}

StepResult Leader::ProposeForwarded(const Message& message) {
  StepResult result{.outcome = Outcome::kRefused, .first = {}};
  for (const Entry& entry : message.entries) {
    if (entry.type == EntryType::kNormal) {
      result = Propose(
          raft::Propose{.payloads = std::span(&entry.payload, 1), .clock = entry.time, .crcs = {}});
    } else if (const auto change = DecodeConfigChange(entry.payload.view()); change.ok()) {
      result = ProposeChange(*change, entry.time);
    }
  }
  return result;
}

EntryId Leader::AppendOwn(Entry entry) {
  uncommitted_ += entry.payload.size();
  return member_.log.Append(member_.term, std::move(entry),
                            member_.Planted(PlantedBug::kLogTimeGoesBack));
}

// This member acknowledges its own entries, once they are on disk, by the same message as everybody
// else. So a majority may well commit an entry before its leader's disk is done with it.
void Leader::FinishAppending() {
  member_.Post(MessageType::kAppendResponse, member_.config.id, [&](Message& response) {
    response.index = member_.log.Last().index;
    response.incarnation = member_.incarnation;
  });
}

// ---- Commitment -------------------------------------------------------------------------------

bool Leader::MaybeCommit() {
  const Index index = peers_.CommittedIndex(member_.membership);
  const std::optional<Term> term = member_.log.TermAt(index);
  const bool own_term = term == member_.term ||
                        (term.has_value() && member_.Planted(PlantedBug::kOldTermCommittedByCount));
  const bool advances = own_term && index > member_.log.CommitIndex();
  if (advances) member_.log.CommitTo(index);
  member_.TraceState(TraceName::kCommit);
  return advances;
}

bool Leader::HasCommittedInTerm() const {
  return member_.log.TermAt(member_.log.CommitIndex()) == member_.term;
}

void Leader::OnMembershipChanged() {
  peers_.Follow(member_.membership, member_.log.Last().index);
  if (!member_.IsVoter()) return;
  if (MaybeCommit()) {
    ReleaseReads();
    if (member_.config.compatibility.eager_commit_broadcast) BroadcastAppend(Wish::kEvenIfEmpty);
  }
  AnswerConfirmedReads();  // Fewer may be needed now.
  // Those who are new need not wait for the next proposal to be probed.
  BroadcastAppend(Wish::kEntries);
  if (!member_.membership.IsVoter(transferee_)) transferee_ = NodeId();
}

void Leader::OnApplied(size_t bytes) {
  uncommitted_ -= std::min(uncommitted_, bytes);
  const bool leave = member_.membership.auto_leave && member_.apply.applied() >= pending_change_;
  if (!leave) return;
  // May be refused, while leadership is being transferred for instance. Then the next applied
  // entry, or the next leader, tries again.
  const bool started = ProposeChange(ConfigChange(), LogTime()).outcome == Outcome::kDone;
  member_.AddNote(started ? NoteKind::kAutoLeaveStarted : NoteKind::kAutoLeaveDeferred);
}

// ---- Reads ------------------------------------------------------------------------------------

void Leader::Read(NodeId from, ReadId id) {
  if (HasCommittedInTerm()) {
    StartRead(from, id);
  } else {
    // What is committed is not known before something of this term is: an earlier leader may have
    // told others of more.
    early_reads_.push_back({.from = from, .id = id, .index = {}});
  }
}

void Leader::StartRead(NodeId from, ReadId id) {
  const ReadQueue::Read read{.from = from, .id = id, .index = member_.log.CommitIndex()};
  if (member_.config.read_mode == ReadMode::kLease) {
    AnswerRead(read);
    return;
  }
  reads_.Add(read);
  reads_.Acknowledge(member_.config.id, reads_.NewestRead());
  AnswerConfirmedReads();  // Now, if this member is the only voter.
  if (!reads_.empty()) BroadcastHeartbeat();
}

void Leader::AnswerConfirmedReads() {
  confirmed_.clear();
  reads_.TakeConfirmed(member_.membership, confirmed_);
  for (const ReadQueue::Read& read : confirmed_) AnswerRead(read);
}

void Leader::AnswerRead(const ReadQueue::Read& read) {
  if (member_.IsSelf(read.from)) {
    member_.reads.push_back({.id = read.id, .index = read.index});
    return;
  }
  member_.Post(MessageType::kReadIndexResponse, read.from, [&](Message& response) {
    response.index = read.index;
    response.context = read.id.value();
  });
}

void Leader::ReleaseReads() {
  if (early_reads_.empty() || !HasCommittedInTerm()) return;
  for (const ReadQueue::Read& read : std::exchange(early_reads_, {})) StartRead(read.from, read.id);
}

// ---- Transfer of leadership -------------------------------------------------------------------

Outcome Leader::Transfer(NodeId to) {
  Peer* peer = peers_.Find(to);
  if (peer == nullptr) {
    member_.AddNote(NoteKind::kNoProgressFor, to);
    return Outcome::kUnknownPeer;
  }
  if (peer->progress.learner) {
    member_.AddNote(NoteKind::kTransferToLearner, to);
    return Outcome::kRefused;
  }
  if (transferee_ == to) {
    member_.AddNote(NoteKind::kTransferAlready, to);
    return Outcome::kDone;
  }
  if (!transferee_.IsNone()) {
    member_.AddNote(NoteKind::kTransferAborted, std::exchange(transferee_, NodeId()));
  }
  if (member_.IsSelf(to)) {
    member_.AddNote(NoteKind::kTransferToSelf, to);
    return Outcome::kRefused;
  }
  member_.AddNote(NoteKind::kTransferStarted, to);
  // It has one election timeout; after that this leader takes proposals again.
  member_.clock.elapsed = 0;
  transferee_ = to;
  const bool complete = peer->progress.match() == member_.log.Last().index;
  if (complete || member_.Planted(PlantedBug::kTransferWithoutCatchUp)) {
    SendTimeoutNow(to);
    member_.AddNote(NoteKind::kTimeoutNowSentAtOnce, to);
  } else {
    SendAppend(*peer, Wish::kEvenIfEmpty);
  }
  return Outcome::kDone;
}

void Leader::SendTimeoutNow(NodeId to) { member_.Post(MessageType::kTimeoutNow, to); }

// ---- Time -------------------------------------------------------------------------------------

bool Leader::Tick() {
  const Config& config = member_.config;
  ++since_heartbeat_;
  if (++member_.clock.elapsed >= config.election_ticks) {
    member_.clock.elapsed = 0;
    if (config.check_quorum && config.liveness == Liveness::kGroup) {
      if (!peers_.QuorumIsActive(member_.membership)) {
        member_.AddNote(NoteKind::kQuorumLost);
        return false;
      }
      for (Peer& peer : peers_) peer.progress.active = member_.IsSelf(peer.id);
    }
    transferee_ = NodeId();
  }
  if (since_heartbeat_ < config.heartbeat_ticks) return true;
  since_heartbeat_ = 0;
  if (config.liveness == Liveness::kGroup) {
    BroadcastHeartbeat();
    return true;
  }
  for (Peer& peer : peers_) {
    if (!member_.IsSelf(peer.id)) Nudge(peer);
  }
  return true;
}

bool Leader::WantsTick() const {
  if (member_.config.liveness == Liveness::kGroup) return true;
  if (!transferee_.IsNone() || !reads_.empty()) return true;
  return std::any_of(peers_.begin(), peers_.end(), [&](const Peer& peer) { return Owes(peer); });
}

}  // namespace warren::raft
