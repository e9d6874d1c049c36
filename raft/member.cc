#include "raft/member.h"

#include <algorithm>

#include "base/check.h"

namespace warren::raft {

MessageType VoteResponseTo(MessageType request) {
  return request == MessageType::kVote ? MessageType::kVoteResponse : MessageType::kPreVoteResponse;
}

bool WaitsForStore(MessageType type) {
  return type == MessageType::kAppendResponse || type == MessageType::kVoteResponse ||
         type == MessageType::kPreVoteResponse;
}

Member::Member(const Config& config_in, Log log_in, Recovered& recovered)
    : config(config_in),
      incarnation(recovered.incarnation),
      term(recovered.hard_state.term),
      vote(recovered.hard_state.vote),
      membership(std::move(recovered.membership)),
      log(std::move(log_in)),
      apply(recovered.applied, config.apply_bytes_max),
      rng(config.seed, config.id.value()) {
  // A group of one has nobody who could remember for it.
  const bool alone = !membership.IsJoint() && membership.voters == NodeSet{config.id};
  if (recovered.hard_state.amnesiac && !alone) amnesia.emplace();
}

void Member::EnterTerm(Term new_term) {
  WARREN_CHECK(new_term > term);
  term = new_term;
  vote = NodeId();
  log.StartWriteEpoch();
  if (amnesia) amnesia->OnTermChange();
}

void Member::WindClock() {
  clock.elapsed = 0;
  clock.timeout = config.election_ticks + static_cast<uint32_t>(rng.Below(config.election_ticks));
}

bool Member::HasUnappliedConfigChange() const {
  for (Index i = apply.applied() + 1; i <= log.CommitIndex(); i = i + 1) {
    if (log.At(i).type == EntryType::kConfig) return true;
  }
  return false;
}

void Member::BecomeAmnesiac(NodeId leader, Index believed) {
  if (amnesia) return;
  amnesia.emplace();
  if (Note* note = AddNote(NoteKind::kAmnesiaFound)) {
    note->peer = leader;
    note->index = believed;
  }
}

Message& Member::Prepare(MessageType type, NodeId to) {
  bool wait = WaitsForStore(type);
  if (Planted(PlantedBug::kAckBeforeStore) && type == MessageType::kAppendResponse) {
    wait = IsSelf(to);
  }
  if (Planted(PlantedBug::kSnapshotUsedBeforeSync) && log.HasPendingSnapshot()) wait = false;
  Message& message = wait ? send_after_store.Add() : send_now.Add();
  message.type = type;
  message.from = config.id;
  message.to = to;
  // Proposals and reads are passed on for others; they belong to no term.
  const bool termless = type == MessageType::kPropose || type == MessageType::kReadIndex;
  message.term = termless ? Term() : term;
  return message;
}

// Two acknowledgements of the same log that wait for the same write say no more than the second
// alone. Answers whether `message`, the last one, can go because its predecessor now says it.
bool Member::MergesIntoPrevious(const Message& message) {
  if (config.compatibility.separate_acks || send_after_store.size() < 2) return false;
  if (&message != &send_after_store.back()) return false;
  if (message.type != MessageType::kAppendResponse || message.reject) return false;
  Message& previous = send_after_store[send_after_store.size() - 2];
  if (previous.type != message.type || previous.reject) return false;
  if (previous.to != message.to || previous.term != message.term) return false;
  previous.index = std::max(previous.index, message.index);
  previous.amnesiac = message.amnesiac;
  previous.commit = message.commit;
  return true;
}

Note* Member::AddNote(NoteKind kind) {
  if (!config.notes) return nullptr;
  Note& note = notes.emplace_back();
  note.kind = kind;
  note.term = term;
  note.vote = vote;
  note.last = log.Last();
  note.commit = log.CommitIndex();
  note.applied = apply.applied();
  note.applying = apply.applying();
  note.durable = log.DurableIndex();
  note.handed = log.HandedIndex();
  return &note;
}

void Member::AddNote(NoteKind kind, NodeId peer) {
  if (Note* note = AddNote(kind)) note->peer = peer;
}

TraceEvent Member::MakeTrace(TraceName name) const {
  TraceEvent event;
  event.name = name;
  event.node = config.id;
  event.term = term;
  event.vote = vote;
  event.commit = log.CommitIndex();
  event.role = role;
  event.last = log.Last().index;
  event.voters = membership.voters;
  event.outgoing = membership.outgoing;
  return event;
}

void Member::TraceState(TraceName name) {
  if (config.trace) trace.push_back(MakeTrace(name));
}

void Member::SwitchTo(const Membership& next) {
  if (config.trace) {
    trace.push_back(MakeTrace(TraceName::kApplyConfChange));
    trace.back().new_voters = next.voters;
  }
  membership = next;
  AddNote(NoteKind::kConfigSwitched);
}

void Member::TraceSent(const Message& message) {
  if (const auto name = SentTraceName(message.type)) {
    trace.push_back(MakeTrace(*name));
    trace.back().has_message = true;
    trace.back().message = Traced(message);
  }
}

void Member::TraceReceived(const Message& message) {
  if (!config.trace) return;
  if (const auto name = ReceivedTraceName(message.type)) {
    trace.push_back(MakeTrace(*name));
    trace.back().has_message = true;
    trace.back().message = Traced(message);
  }
}

}  // namespace warren::raft
