// What a member does with what other members say.
#include <algorithm>

#include "raft/core.h"
#include "raft/leader.h"
#include "raft/member.h"
#include "raft/receiver.h"

namespace warren::raft {
namespace {

bool IsResponse(MessageType type) {
  switch (type) {
    case MessageType::kAppendResponse:
    case MessageType::kVoteResponse:
    case MessageType::kPreVoteResponse:
    case MessageType::kHeartbeatResponse:
    case MessageType::kReadIndexResponse:
    case MessageType::kTermReply:
      return true;
    default:
      return false;
  }
}

bool IsVoteRequest(MessageType type) {
  return type == MessageType::kVote || type == MessageType::kPreVote;
}

bool ComesFromLeader(const Message& message) {
  return message.type == MessageType::kAppend || message.type == MessageType::kHeartbeat ||
         message.type == MessageType::kSnapshot ||
         (message.type == MessageType::kTermReply && message.leader);
}

bool HasTerm(MessageType type) {
  return type != MessageType::kPropose && type != MessageType::kReadIndex;
}

// Far beyond what any group reaches; keeps sums of indexes and terms from wrapping.
constexpr uint64_t kCounterMax = uint64_t{1} << 62;

bool CountersAreSane(const Message& message) {
  return std::max({message.term.value(), message.log_term.value(), message.index.value(),
                   message.reject_hint.value(), message.commit.value(), message.match.value()}) <
         kCounterMax;
}

bool IsUsable(const Snapshot& snapshot, Term term) {
  const EntryId last = snapshot.last.id;
  if (last.index.value() >= kCounterMax || last.term > term) return false;
  if (!snapshot.membership.IsValid()) return false;
  if (snapshot.live.Last().value_or(0) > last.index.value()) return false;
  if (snapshot.terms.empty()) return snapshot.live.empty();
  return snapshot.terms.last() == last.index && snapshot.terms.TermAt(last.index) == last.term &&
         snapshot.terms.first().value() <= snapshot.live.First().value_or(last.index.value());
}

// What a member may say to itself: that its own write is done.
bool MayComeFromSelf(MessageType type) {
  return type == MessageType::kAppendResponse || type == MessageType::kVoteResponse ||
         type == MessageType::kPreVoteResponse || type == MessageType::kPropose;
}

// Does it make sense at all? The transport has checked the CRCs, so what fails here was sent by a
// member with another idea of the protocol.
bool IsWellFormed(const Message& message, NodeId self) {
  if (message.from == self && !MayComeFromSelf(message.type)) return false;
  if (HasTerm(message.type) == (message.term == Term()) || !CountersAreSane(message)) return false;
  if (message.type == MessageType::kSnapshot) {
    return message.snapshot != nullptr && IsUsable(*message.snapshot, message.term);
  }
  if (message.type != MessageType::kAppend) return true;
  EntryId previous{.index = message.index, .term = message.log_term};
  for (const Entry& entry : message.entries) {
    if (entry.id.index != previous.index + 1 || entry.id.term < previous.term) return false;
    previous = entry.id;
  }
  return previous.term <= message.term;
}

}  // namespace

StepResult Core::On(const Received& event) {
  const Message& message = event.message;
  member_->TraceReceived(message);
  if (!IsWellFormed(message, member_->config.id))
    return {.outcome = Outcome::kRefused, .first = {}};
  if (IsResponse(message.type) && !member_->membership.Contains(message.from)) {
    if (member_->role == Role::kLeader) {
      member_->AddNote(NoteKind::kNoProgressFor, message.from);
    }
    return {.outcome = Outcome::kUnknownPeer, .first = {}};
  }
  if (message.type == MessageType::kTermQuery) {
    OnTermQuery(message);
    return {};
  }
  if (IsVoteRequest(message.type) && member_->MustNotVote()) return {};

  if (message.term > member_->term) {
    if (IsVoteRequest(message.type) && IgnoresVoteInLease(message)) return {};
    OnHigherTerm(message);
  } else if (HasTerm(message.type) && message.term < member_->term) {
    OnLowerTerm(message);
    return {};
  }
  return Dispatch(message);
}

// Somebody is ahead: a newer leader or candidate exists, or existed, so this member's role is over.
void Core::OnHigherTerm(const Message& message) {
  // A pre-vote asks about a term that nobody has entered yet, and a grant repeats it. A refusal
  // carries the refuser's own term.
  if (message.type == MessageType::kPreVote) return;
  if (message.type == MessageType::kPreVoteResponse && !message.reject) return;
  if (Note* note = member_->AddNote(NoteKind::kHigherTermSeen)) {
    note->peer = message.from;
    note->message = message.type;
    note->other_term = message.term;
  }
  BecomeFollower(message.term, ComesFromLeader(message) ? message.from : NodeId());
}

void Core::OnLowerTerm(const Message& message) {
  const Config& config = member_->config;
  const bool silent = config.compatibility.lower_terms_unanswered;
  const bool from_leader = message.type != MessageType::kTermReply && ComesFromLeader(message);
  if (from_leader && (config.check_quorum || config.pre_vote || !silent)) {
    // This member's term may have grown alone, behind a partition. It cannot win an election
    // (others hear their leader, or it is a learner), nor follow (the leader's term is lower). Its
    // answer moves the leader to the higher term, and an election there ends the matter.
    member_->Post(MessageType::kAppendResponse, message.from, [&](Message& response) {
      response.amnesiac = member_->MustNotVote();
      response.incarnation = member_->incarnation;
    });
  } else if (message.type == MessageType::kPreVote ||
             (message.type == MessageType::kVote && !silent)) {
    // Its term would never grow enough if nobody answered, and it might be the only one with a
    // complete log.
    if (Note* note = member_->AddNote(NoteKind::kVoteRefused)) {
      note->peer = message.from;
      note->message = message.type;
      note->theirs = {.index = message.index, .term = message.log_term};
    }
    member_->Post(VoteResponseTo(message.type), message.from, [&](Message& response) {
      response.reject = true;
      response.incarnation = message.incarnation;
      TellCommit(response);
    });
  } else if (message.type == MessageType::kTermReply) {
    OnTermReply(message);
  } else if (Note* note = member_->AddNote(NoteKind::kLowerTermIgnored)) {
    note->peer = message.from;
    note->message = message.type;
    note->other_term = message.term;
  }
}

StepResult Core::Dispatch(const Message& message) {
  Leader* leading = AsLeader();
  switch (message.type) {
    case MessageType::kPropose:
      return OnProposeMessage(message);
    case MessageType::kAppend:
    case MessageType::kHeartbeat:
    case MessageType::kSnapshot:
      OnFromLeader(message);
      break;
    case MessageType::kAppendResponse:
      if (leading != nullptr) leading->OnAppendResponse(message);
      break;
    case MessageType::kHeartbeatResponse:
      if (leading != nullptr) leading->OnHeartbeatResponse(message);
      break;
    case MessageType::kVote:
    case MessageType::kPreVote:
      LearnCommit(message);
      OnVoteRequest(message);
      break;
    case MessageType::kVoteResponse:
    case MessageType::kPreVoteResponse:
      OnVoteResponse(message);
      LearnCommit(message);  // Unless it leads now: a leader finds out for itself.
      break;
    case MessageType::kTimeoutNow:
      if (leading == nullptr) OnTimeoutNow(message);
      break;
    case MessageType::kReadIndex:
      OnReadIndexMessage(message);
      break;
    case MessageType::kReadIndexResponse:
      if (leading == nullptr) {
        member_->reads.push_back({.id = ReadId(message.context), .index = message.index});
      }
      break;
    case MessageType::kTermReply:
      OnTermReply(message);
      break;
    case MessageType::kTermQuery:
      break;  // Answered before its term was looked at.
  }
  return {};
}

void Core::OnFromLeader(const Message& message) {
  // There is one leader in a term. Were there two, the other members would settle it: nothing
  // that this one could do with the message would be right.
  if (member_->role == Role::kLeader) return;
  if (auto* following = std::get_if<Following>(&role_)) {
    member_->clock.elapsed = 0;
    // A late message of the same leader says nothing new about its node: only the host does.
    following->doubted = false;
    if (following->leader != message.from) *following = Following{.leader = message.from};
  } else {
    BecomeFollower(message.term, message.from);
  }
  switch (message.type) {
    case MessageType::kAppend:
      ReceiveAppend(*member_, message);
      break;
    case MessageType::kHeartbeat:
      ReceiveHeartbeat(*member_, message);
      break;
    default:
      ReceiveSnapshot(*member_, message);
      break;
  }
}

StepResult Core::OnProposeMessage(const Message& message) {
  if (Leader* leading = AsLeader()) return leading->ProposeForwarded(message);
  const auto* following = std::get_if<Following>(&role_);
  if (following == nullptr || following->leader.IsNone()) {
    member_->AddNote(NoteKind::kProposalNoLeader);
    return {.outcome = Outcome::kNoLeader, .first = {}};
  }
  if (!member_->config.compatibility.forward_proposals) {
    member_->AddNote(NoteKind::kProposalNotForwarded, following->leader);
    return {.outcome = Outcome::kNotLeader, .first = {}};
  }
  member_->Post(MessageType::kPropose, following->leader, [&](Message& forwarded) {
    forwarded.from = message.from;
    forwarded.entries = message.entries;
  });
  return {};
}

void Core::OnReadIndexMessage(const Message& message) {
  const ReadId id(message.context);
  if (Leader* leading = AsLeader()) {
    if (member_->membership.Contains(message.from)) leading->Read(message.from, id);
    return;
  }
  // A read that has come the wrong way; its sender will ask again.
  member_->AddNote(NoteKind::kReadNoLeader);
}

void Core::OnTermQuery(const Message& message) {
  if (!member_->membership.Contains(message.from)) return;
  ForgetLeaderIfItIs(message.from);
  Leader* leading = AsLeader();
  // First the leader forgets what the amnesiac acknowledged, then it says what is committed.
  if (leading != nullptr) leading->OnTermQuery(message);
  member_->Post(MessageType::kTermReply, message.from, [&](Message& reply) {
    // Before it has committed in its term, a leader's commit index may lag behind what is
    // committed.
    reply.leader = leading != nullptr && leading->HasCommittedInTerm();
    reply.commit = member_->log.CommitIndex();
    reply.incarnation = message.incarnation;
  });
}

void Core::OnTermReply(const Message& message) {
  if (!member_->amnesia) return;
  if (message.leader && message.term == member_->term) {
    if (auto* following = std::get_if<Following>(&role_)) following->leader = message.from;
  }
  member_->amnesia->OnReply(message, member_->incarnation, member_->term);
  MaybeCure();
}

}  // namespace warren::raft
