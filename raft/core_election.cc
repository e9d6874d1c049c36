// How a member stands for election, votes, and changes its role.
#include <utility>

#include "base/check.h"
#include "raft/core.h"
#include "raft/leader.h"
#include "raft/member.h"

namespace warren::raft {
namespace {

void NoteVote(Member& member, NoteKind kind, const Message& message) {
  if (Note* note = member.AddNote(kind)) {
    note->peer = message.from;
    note->message = message.type;
    note->theirs = {.index = message.index, .term = message.log_term};
    note->count =
        member.config.election_ticks - std::min(member.config.election_ticks, member.clock.elapsed);
  }
}

}  // namespace

// ---- Roles ------------------------------------------------------------------------------------

void Core::BecomeFollower(Term term, NodeId leader) {
  if (term > member_->term) member_->EnterTerm(term);
  member_->WindClock();
  role_ = Following{.leader = leader};
  member_->role = Role::kFollower;
  member_->AddNote(NoteKind::kBecameFollower);
  member_->TraceState(TraceName::kBecomeFollower);
}

void Core::BecomeLeader() {
  WARREN_CHECK(member_->role == Role::kCandidate);
  member_->WindClock();
  member_->role = Role::kLeader;
  member_->TraceState(TraceName::kBecomeLeader);
  role_ = std::make_unique<Leader>(*member_);
  member_->AddNote(NoteKind::kBecameLeader);
  AsLeader()->BroadcastAppend(Wish::kEvenIfEmpty);
}

// ---- Standing for election --------------------------------------------------------------------

void Core::StartElection(CampaignKind kind) {
  if (member_->role == Role::kLeader) {
    member_->AddNote(NoteKind::kAlreadyLeader);
    return;
  }
  if (!member_->IsPromotable()) {
    member_->AddNote(NoteKind::kCannotCampaign);
    return;
  }
  // The change may make this member a learner, or somebody else a voter whom it would not ask.
  if (member_->HasUnappliedConfigChange()) {
    member_->AddNote(NoteKind::kCampaignWaitsForConfig);
    return;
  }
  member_->AddNote(NoteKind::kElectionStarted);
  RequestVotes(kind);
}

void Core::RequestVotes(CampaignKind kind) {
  const bool pre_vote = kind == CampaignKind::kPreVote;
  if (!pre_vote) {
    member_->EnterTerm(member_->term + 1);
    member_->WindClock();
    member_->vote = member_->config.id;
  }
  role_ = Campaigning{.pre_vote = pre_vote, .votes = {}};
  member_->role = pre_vote ? Role::kPreCandidate : Role::kCandidate;
  member_->AddNote(pre_vote ? NoteKind::kBecamePreCandidate : NoteKind::kBecameCandidate);
  if (!pre_vote) member_->TraceState(TraceName::kBecomeCandidate);

  const MessageType request = pre_vote ? MessageType::kPreVote : MessageType::kVote;
  const Term wanted = pre_vote ? member_->term + 1 : member_->term;
  for (const NodeId voter : member_->membership.AllVoters()) {
    const bool self = member_->IsSelf(voter);
    if (!self) {
      if (Note* note = member_->AddNote(NoteKind::kVoteRequested)) {
        note->peer = voter;
        note->message = request;
      }
    }
    // A candidate's own vote counts when it is on disk, like anybody else's.
    member_->Post(self ? VoteResponseTo(request) : request, voter, [&](Message& message) {
      message.term = wanted;
      message.incarnation = member_->incarnation;
      if (self) return;
      message.transfer = kind == CampaignKind::kTransfer;
      TellLog(message);
    });
  }
}

// Groups without heartbeats: "do you lead?" Asked as a candidate would ask for a pre-vote, to which
// a leader makes itself heard; nobody counts the answers.
void Core::AskWhetherLeads(NodeId node) {
  member_->Post(MessageType::kPreVote, node, [&](Message& message) {
    message.term = member_->term + 1;
    message.incarnation = member_->incarnation;
    TellLog(message);
  });
}

// A leader with nothing to say would be unknown for ever to a learner, which may not campaign.
void Core::AskWhoLeads() {
  if (!member_->membership.Contains(member_->config.id)) return;
  for (const NodeId voter : member_->membership.AllVoters()) {
    if (!member_->IsSelf(voter)) AskWhetherLeads(voter);
  }
}

// How far the sender's log goes, for those who are asked for a vote.
void Core::TellLog(Message& message) const {
  message.index = member_->log.Last().index;
  message.log_term = member_->log.Last().term;
  TellCommit(message);
}

void Core::OnVoteResponse(const Message& message) {
  auto* campaign = std::get_if<Campaigning>(&role_);
  if (campaign == nullptr) return;
  const MessageType wanted =
      campaign->pre_vote ? MessageType::kPreVoteResponse : MessageType::kVoteResponse;
  // The incarnation is this member's own, sent back: an answer to a candidature of an earlier
  // life of the process says nothing about this one.
  if (message.type != wanted || message.incarnation != member_->incarnation) return;

  if (Note* note = member_->AddNote(NoteKind::kVoteReceived)) {
    note->peer = message.from;
    note->message = message.type;
    note->rejected = message.reject;
  }
  campaign->votes.Record(message.from, !message.reject);
  if (Note* note = member_->AddNote(NoteKind::kVotesCounted)) {
    note->message = message.type;
    note->count = campaign->votes.Granted(member_->membership);
    note->other_count = campaign->votes.Rejected(member_->membership);
  }
  switch (campaign->votes.Result(member_->membership)) {
    case VoteResult::kPending:
      break;
    case VoteResult::kLost:
      BecomeFollower(member_->term, NodeId());
      break;
    case VoteResult::kWon:
      if (campaign->pre_vote) {
        RequestVotes(CampaignKind::kElection);
      } else if (campaign->votes.AnswerOf(member_->config.id).has_value()) {
        BecomeLeader();
      }
      // Else the others were faster than this member's own disk. It must not lead before its term
      // is on it: after a crash it would campaign in the same term again, get the same votes, and
      // write other entries under the same ids.
      break;
  }
}

void Core::OnTimeoutNow(const Message& message) {
  if (!std::holds_alternative<Following>(role_)) {
    member_->AddNote(NoteKind::kTimeoutNowIgnored, message.from);
    return;
  }
  // No pre-vote: that the leader gives way is known, there is nobody to disturb.
  member_->AddNote(NoteKind::kTimeoutNowReceived, message.from);
  StartElection(CampaignKind::kTransfer);
}

// ---- Voting -----------------------------------------------------------------------------------

// Does this member hear its leader, or, as a leader, its followers?
bool Core::HearsLeader() const {
  if (leader().IsNone()) return false;
  if (member_->config.liveness == Liveness::kGroup) {
    return member_->clock.elapsed < member_->config.election_ticks;
  }
  const auto* following = std::get_if<Following>(&role_);
  if (following == nullptr) return quorum_reachable_;
  const bool overdue = member_->clock.elapsed >= member_->config.election_ticks;
  return !following->suspected && !(ExpectsNews() && overdue);
}

// Must whoever leads speak to this member soon? Then a silence means something though the leader's
// node is alive. It may have stepped down, or been removed by an entry that this member holds and
// does not know to be committed, of which a leader would tell it at each of its ticks.
bool Core::ExpectsNews() const {
  const auto* following = std::get_if<Following>(&role_);
  const bool doubted = following != nullptr && following->doubted;
  return doubted || member_->log.CommitIndex() < member_->log.Last().index;
}

// Somebody does what a leader does not do. If this member takes it for its leader, it is wrong.
// With heartbeats their absence would tell; a node's liveness says nothing about its groups.
void Core::ForgetLeaderIfItIs(NodeId node) {
  if (member_->config.liveness != Liveness::kNode) return;
  auto* following = std::get_if<Following>(&role_);
  if (following == nullptr || following->leader != node) return;
  *following = Following{};
  member_->WindClock();
}

// With check_quorum a leader that is heard is a leader that a majority hears. Whoever asks for
// votes against it has lost sight of it, or was removed; neither is a reason to depose it.
bool Core::IgnoresVoteInLease(const Message& message) {
  ForgetLeaderIfItIs(message.from);
  if (message.transfer || !HearsLeader()) return false;
  const bool ignores = member_->config.check_quorum;
  if (ignores) NoteVote(*member_, NoteKind::kVoteIgnoredInLease, message);
  const bool asks_first = message.type == MessageType::kPreVote;
  if (member_->config.liveness == Liveness::kNode && (ignores || asks_first)) CallForLeader();
  return ignores;
}

// Groups without heartbeats: a candidate would not learn of the leader by waiting, and those who
// refuse it would not learn that their leader leads no more. So the leader speaks to everybody; who
// is not the leader asks it to, and if it remains silent, does not trust it any longer.
void Core::CallForLeader() {
  if (Leader* leading = AsLeader()) {
    leading->GreetAll();
  } else if (auto* following = std::get_if<Following>(&role_)) {
    if (!std::exchange(following->doubted, true)) member_->clock.elapsed = 0;
    AskWhetherLeads(following->leader);
  }
}

void Core::OnVoteRequest(const Message& message) {
  const bool pre_vote = message.type == MessageType::kPreVote;
  const bool may_vote = member_->vote == message.from ||
                        (member_->vote.IsNone() && leader().IsNone()) ||
                        (pre_vote && message.term > member_->term);
  const EntryId candidates_last{.index = message.index, .term = message.log_term};
  const bool grant = may_vote && member_->log.IsUpToDate(candidates_last);
  // Learners answer too. One that was made a voter may not know of it yet, while the candidate
  // does, and needs its vote to win.
  NoteVote(*member_, grant ? NoteKind::kVoteCast : NoteKind::kVoteRefused, message);
  member_->Post(VoteResponseTo(message.type), message.from, [&](Message& response) {
    // A grant names the term that was asked for: for a pre-vote that is not the present one, and
    // a candidate that lags behind would ignore an answer with a term above its own.
    response.term = grant ? message.term : member_->term;
    response.reject = !grant;
    response.incarnation = message.incarnation;
    TellCommit(response);
  });
  if (grant && !pre_vote) {
    member_->clock.elapsed = 0;
    member_->vote = message.from;
  }
}

// A member's membership is what it has applied, so it may campaign with one that the group has
// left: ask for the vote of a member that is none any more, and that refuses because its log is
// longer, while the only one who knows better may not campaign either, because its log is shorter.
// So they tell each other what is committed. An entry that we hold, and that somebody knows to be
// committed, is committed: our log agrees with the committed one up to there.
void Core::TellCommit(Message& message) const {
  if (member_->config.compatibility.votes_without_commit) return;
  message.commit = member_->log.CommitIndex();
  message.context = member_->log.TermAt(message.commit).value_or(Term()).value();
}

void Core::LearnCommit(const Message& message) {
  const EntryId committed{.index = message.commit, .term = Term(message.context)};
  if (member_->role == Role::kLeader || committed.term == Term()) return;
  if (member_->log.Holds(committed)) member_->log.CommitTo(committed.index);
}

// ---- Amnesia ----------------------------------------------------------------------------------

void Core::MaybeCure() {
  if (!member_->amnesia) return;
  const NodeId cured_by = member_->amnesia->CuredBy(member_->config.id, member_->membership,
                                                    member_->log, member_->apply.applied());
  if (cured_by.IsNone()) return;
  member_->amnesia.reset();
  if (member_->vote.IsNone()) member_->vote = cured_by;
  member_->AddNote(NoteKind::kAmnesiaCured, cured_by);
}

}  // namespace warren::raft
