#include "tests/scenario_runner/log_line.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "fmt/args.h"
#include "fmt/format.h"
#include "tests/scenario_runner/config_change_text.h"
#include "tests/scenario_runner/describe.h"
#include "tests/scenario_runner/wire_message.h"

namespace warren::scenario_runner {
namespace {

using raft::NoteKind;

struct Wording {
  NoteKind kind;
  LogLevel level;
  std::string_view text;  // Fields in braces: see FieldsOf().
};

// One row for each kind of note.
constexpr Wording kWordings[] = {
    // Roles and elections.
    {NoteKind::kStarted, LogLevel::kInfo,
     "newRaft {id} [peers: [{peers}], term: {term}, commit: {commit}, applied: {applied}, "
     "lastindex: {last_index}, lastterm: {last_term}]"},
    {NoteKind::kBecameFollower, LogLevel::kInfo, "{id} became follower at term {term}"},
    {NoteKind::kBecamePreCandidate, LogLevel::kInfo, "{id} became pre-candidate at term {term}"},
    {NoteKind::kBecameCandidate, LogLevel::kInfo, "{id} became candidate at term {term}"},
    {NoteKind::kBecameLeader, LogLevel::kInfo, "{id} became leader at term {term}"},
    {NoteKind::kElectionStarted, LogLevel::kInfo, "{id} is starting a new election at term {term}"},
    {NoteKind::kVoteRequested, LogLevel::kInfo,
     "{id} [logterm: {last_term}, index: {last_index}] sent {message} request to {peer} at term "
     "{term}"},
    {NoteKind::kVoteReceived, LogLevel::kInfo,
     "{id} received {message}{rejection} from {peer} at term {term}"},
    {NoteKind::kVotesCounted, LogLevel::kInfo,
     "{id} has received {count} {message} votes and {other_count} vote rejections"},
    {NoteKind::kVoteCast, LogLevel::kInfo,
     "{id} [logterm: {last_term}, index: {last_index}, vote: {vote}] cast {message} for {peer} "
     "[logterm: {their_term}, index: {their_index}] at term {term}"},
    {NoteKind::kVoteRefused, LogLevel::kInfo,
     "{id} [logterm: {last_term}, index: {last_index}, vote: {vote}] rejected {message} from "
     "{peer} [logterm: {their_term}, index: {their_index}] at term {term}"},
    {NoteKind::kVoteIgnoredInLease, LogLevel::kInfo,
     "{id} [logterm: {last_term}, index: {last_index}, vote: {vote}] ignored {message} from "
     "{peer} [logterm: {their_term}, index: {their_index}] at term {term}: lease is not expired "
     "(remaining ticks: {count})"},
    {NoteKind::kHigherTermSeen, LogLevel::kInfo,
     "{id} [term: {term}] received a {message} message with higher term from {peer} [term: "
     "{other_term}]"},
    {NoteKind::kLowerTermIgnored, LogLevel::kInfo,
     "{id} [term: {term}] ignored a {message} message with lower term from {peer} [term: "
     "{other_term}]"},
    {NoteKind::kStaleWriteIgnored, LogLevel::kInfo,
     "{id} [term: {term}] ignored entry appends from a MsgStorageAppendResp message with lower "
     "term [term: {other_term}]"},
    {NoteKind::kCannotCampaign, LogLevel::kWarn, "{id} is unpromotable and can not campaign"},
    {NoteKind::kCampaignWaitsForConfig, LogLevel::kWarn,
     "{id} cannot campaign at term {term} since there are still pending configuration changes to "
     "apply"},
    {NoteKind::kAlreadyLeader, LogLevel::kDebug, "{id} ignoring MsgHup because already leader"},
    {NoteKind::kQuorumLost, LogLevel::kWarn,
     "{id} stepped down to follower since quorum is not active"},
    {NoteKind::kLeaderForgotten, LogLevel::kInfo, "{id} forgetting leader {peer} at term {term}"},
    {NoteKind::kForgetRefused, LogLevel::kError,
     "ignoring MsgForgetLeader due to ReadOnlyLeaseBased"},

    // Proposals and configuration changes.
    {NoteKind::kProposalNoLeader, LogLevel::kInfo,
     "{id} no leader at term {term}; dropping proposal"},
    {NoteKind::kProposalNotForwarded, LogLevel::kInfo,
     "{id} not forwarding to leader {peer} at term {term}; dropping proposal"},
    {NoteKind::kProposalTransferring, LogLevel::kDebug,
     "{id} [term {term}] transfer leadership to {peer} is in progress; dropping proposal"},
    {NoteKind::kProposalTooMuch, LogLevel::kWarn,
     "{id} appending new entries to log would exceed uncommitted entry size limit; dropping "
     "proposal"},
    {NoteKind::kChangeIgnored, LogLevel::kInfo,
     "{id} ignoring conf change {change} at config {config}: {reason}"},
    {NoteKind::kAutoLeaveStarted, LogLevel::kInfo,
     "initiating automatic transition out of joint configuration {config}"},
    {NoteKind::kAutoLeaveDeferred, LogLevel::kDebug,
     "not initiating automatic transition out of joint configuration {config}: raft proposal "
     "dropped"},
    {NoteKind::kConfigSwitched, LogLevel::kInfo, "{id} switched to configuration {config}"},
    {NoteKind::kReadNoLeader, LogLevel::kInfo,
     "{id} no leader at term {term}; dropping index reading msg"},

    // The log and its replication.
    {NoteKind::kAppendRejected, LogLevel::kDebug,
     "{id} [logterm: {other_term}, index: {their_index}] rejected MsgApp [logterm: {their_term}, "
     "index: {their_index}] from {peer}"},
    {NoteKind::kAppendRejectionHeard, LogLevel::kDebug,
     "{id} received MsgAppResp(rejected, hint: (index {their_index}, term {their_term})) from "
     "{peer} for index {index}"},
    {NoteKind::kProgressDecreased, LogLevel::kDebug,
     "{id} decreased progress of {peer} to [{progress}]"},
    {NoteKind::kConflictFound, LogLevel::kInfo,
     "found conflict at index {index} [existing term: {other_term}, conflicting term: "
     "{their_term}]"},
    {NoteKind::kUnstableReplaced, LogLevel::kInfo,
     "replace the unstable entries from index {index}"},
    {NoteKind::kUnstableTruncated, LogLevel::kInfo,
     "truncate the unstable entries before index {index}"},
    {NoteKind::kStoredEntryGone, LogLevel::kInfo,
     "entry at index {index} missing from unstable log; ignoring"},
    {NoteKind::kStoredEntryReplaced, LogLevel::kInfo,
     "entry at (index,term)=({their_index},{their_term}) mismatched with entry at "
     "({their_index},{other_term}) in unstable log; ignoring"},
    {NoteKind::kReplicationPaused, LogLevel::kDebug,
     "{id} paused sending replication messages to {peer} [{progress}]"},
    {NoteKind::kPeerUnreachable, LogLevel::kDebug,
     "{id} failed to send message to {peer} because it is unreachable [{progress}]"},
    {NoteKind::kNoProgressFor, LogLevel::kDebug, "{id} no progress available for {peer}"},

    // Snapshots.
    {NoteKind::kSnapshotSkippedInactive, LogLevel::kDebug,
     "ignore sending snapshot to {peer} since it is not recently active"},
    {NoteKind::kSnapshotSent, LogLevel::kDebug,
     "{id} [firstindex: {index}, commit: {commit}] sent snapshot[index: {their_index}, term: "
     "{their_term}] to {peer} [{progress}]"},
    {NoteKind::kSnapshotRecovered, LogLevel::kDebug,
     "{id} recovered from needing snapshot, resumed sending replication messages to {peer} "
     "[{progress}]"},
    {NoteKind::kSnapshotSucceeded, LogLevel::kDebug,
     "{id} snapshot succeeded, resumed sending replication messages to {peer} [{progress}]"},
    {NoteKind::kSnapshotFailed, LogLevel::kDebug,
     "{id} snapshot failed, resumed sending replication messages to {peer} [{progress}]"},
    {NoteKind::kSnapshotRestoring, LogLevel::kInfo,
     "log [committed={commit}, applied={applied}, applying={applying}, "
     "unstable.offset={after_durable}, unstable.offsetInProgress={after_handed}, "
     "len(unstable.Entries)={count}] starts to restore snapshot [index: {their_index}, term: "
     "{their_term}]"},
    {NoteKind::kSnapshotRestored, LogLevel::kInfo,
     "{id} [commit: {commit}, lastindex: {last_index}, lastterm: {last_term}] restored snapshot "
     "[index: {their_index}, term: {their_term}]"},
    {NoteKind::kSnapshotFastForward, LogLevel::kInfo,
     "{id} [commit: {commit}, lastindex: {last_index}, lastterm: {last_term}] fast-forwarded "
     "commit to snapshot [index: {their_index}, term: {their_term}]"},
    {NoteKind::kSnapshotTaken, LogLevel::kInfo,
     "{id} [commit: {commit}] restored snapshot [index: {their_index}, term: {their_term}]"},
    {NoteKind::kSnapshotIgnored, LogLevel::kInfo,
     "{id} [commit: {commit}] ignored snapshot [index: {their_index}, term: {their_term}]"},

    // Leadership transfer.
    {NoteKind::kTransferStarted, LogLevel::kInfo,
     "{id} [term {term}] starts to transfer leadership to {peer}"},
    {NoteKind::kTransferAlready, LogLevel::kInfo,
     "{id} [term {term}] transfer leadership to {peer} is in progress, ignores request to same "
     "node {peer}"},
    {NoteKind::kTransferAborted, LogLevel::kInfo,
     "{id} [term {term}] abort previous transferring leadership to {peer}"},
    {NoteKind::kTransferToSelf, LogLevel::kDebug,
     "{id} is already leader. Ignored transferring leadership to self"},
    {NoteKind::kTransferToLearner, LogLevel::kDebug,
     "{id} is learner. Ignored transferring leadership"},
    {NoteKind::kTimeoutNowSent, LogLevel::kInfo,
     "{id} sent MsgTimeoutNow to {peer} after received MsgAppResp"},
    {NoteKind::kTimeoutNowSentAtOnce, LogLevel::kInfo,
     "{id} sends MsgTimeoutNow to {peer} immediately as {peer} already has up-to-date log"},
    {NoteKind::kTimeoutNowReceived, LogLevel::kInfo,
     "{id} [term {term}] received MsgTimeoutNow from {peer} and starts an election to get "
     "leadership."},
    {NoteKind::kTimeoutNowIgnored, LogLevel::kDebug,
     "{id} [term {term} state {role}] ignored MsgTimeoutNow from {peer}"},

    // What etcd's members do not know.
    {NoteKind::kAmnesiaFound, LogLevel::kWarn,
     "{id} lost part of its log: leader {peer} believes it to hold index {index}"},
    {NoteKind::kAmnesiaCured, LogLevel::kInfo, "{id} may vote again from term {term} on"},
};

std::string Peers(const raft::Membership& membership) {
  std::string text;
  for (const raft::NodeId voter : membership.AllVoters()) {
    text += fmt::format("{}{:x}", text.empty() ? "" : ",", voter.value());
  }
  return text;
}

std::string ReasonOf(const raft::Note& note) {
  switch (note.reason) {
    case raft::ChangeRefusal::kNone:
      break;
    case raft::ChangeRefusal::kPending:
      return fmt::format("possible unapplied conf change at index {} (applied to {})",
                         note.index.value(), note.applied.value());
    case raft::ChangeRefusal::kMustLeaveJointFirst:
      return "must transition out of joint config first";
    case raft::ChangeRefusal::kNotJoint:
      return "not in joint state; refusing empty conf change";
  }
  return "";
}

using Fields = fmt::dynamic_format_arg_store<fmt::format_context>;

void AddNumbers(const raft::Note& note, Fields& fields) {
  const auto add = [&](const char* name, uint64_t number) {
    fields.push_back(fmt::arg(name, number));
  };
  add("term", note.term.value());
  add("other_term", note.other_term.value());
  add("last_index", note.last.index.value());
  add("last_term", note.last.term.value());
  add("their_index", note.theirs.index.value());
  add("their_term", note.theirs.term.value());
  add("index", note.index.value());
  add("commit", note.commit.value());
  add("applied", note.applied.value());
  add("applying", note.applying.value());
  add("after_durable", note.durable.value() + 1);
  add("after_handed", note.handed.value() + 1);
  add("count", note.count);
  add("other_count", note.other_count);
}

// Every field that a wording may name.
Fields FieldsOf(const raft::Note& note, const Speaker& speaker) {
  Fields fields;
  AddNumbers(note, fields);
  const auto add = [&](const char* name, const std::string& text) {
    fields.push_back(fmt::arg(name, text));
  };
  add("id", fmt::format("{:x}", speaker.id.value()));
  add("peer", fmt::format("{:x}", note.peer.value()));
  add("vote", fmt::format("{:x}", note.vote.value()));
  add("message", std::string(WireName(note.message)));
  add("rejection", note.rejected ? " rejection" : "");
  add("progress", Describe(note.progress));
  add("change", DescribeInLog(note.change));
  add("reason", ReasonOf(note));
  add("config", Describe(speaker.membership));
  add("peers", Peers(speaker.membership));
  add("role", std::string(StateName(speaker.role)));
  return fields;
}

}  // namespace

LogLine ToLogLine(const raft::Note& note, const Speaker& speaker) {
  const auto* const wording =
      std::find_if(std::begin(kWordings), std::end(kWordings),
                   [&](const Wording& candidate) { return candidate.kind == note.kind; });
  WARREN_CHECK(wording != std::end(kWordings));
  return {.level = wording->level, .text = fmt::vformat(wording->text, FieldsOf(note, speaker))};
}

}  // namespace warren::scenario_runner
