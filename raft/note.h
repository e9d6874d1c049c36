// What happened inside a member, for whoever reads its log.
#pragma once

#include <cstdint>

#include "raft/config_change.h"
#include "raft/message.h"
#include "raft/progress.h"
#include "raft/types.h"

namespace warren::raft {

// The core does not log: it reports, and the host decides what to print and how. Fields that a
// kind uses are named in its comment; `term` is always the member's own term at that moment,
// `last` its last entry.
enum class NoteKind : uint8_t {
  kStarted,  // Also commit, applied.
  kBecameFollower,
  kBecamePreCandidate,
  kBecameCandidate,
  kBecameLeader,
  kElectionStarted,
  kVoteRequested,           // message (kVote, kPreVote), peer.
  kVoteReceived,            // message (the response's type), peer, rejected.
  kVotesCounted,            // message, count (granted), other_count (rejected).
  kVoteCast,                // message, peer, vote (before), theirs (the candidate's last entry).
  kVoteRefused,             // The same.
  kVoteIgnoredInLease,      // The same, and count: ticks that the lease still has.
  kHigherTermSeen,          // message, peer, other_term.
  kLowerTermIgnored,        // message, peer, other_term.
  kStaleWriteIgnored,       // other_term: a write of an older term finished.
  kCannotCampaign,          // Not a voter, or a snapshot is on its way in.
  kCampaignWaitsForConfig,  // A committed configuration change is not applied yet.
  kAlreadyLeader,           // Campaign on a leader.
  kProposalNoLeader,
  kProposalNotForwarded,  // peer (the leader).
  kProposalTransferring,  // peer (the target).
  kProposalTooMuch,       // More is uncommitted than allowed.
  kChangeIgnored,         // change, reason, index: of the pending change, applied.
  kAutoLeaveStarted,
  kAutoLeaveDeferred,
  kConfigSwitched,           // The membership now in force is Core::membership().
  kAppendRejected,           // theirs: what the leader expected, other_term: ours there, peer.
  kAppendRejectionHeard,     // peer, theirs (hint), index: of the append.
  kProgressDecreased,        // peer, progress.
  kConflictFound,            // index, other_term (ours), theirs.term.
  kUnstableReplaced,         // index: everything that was not durable from here on is replaced.
  kUnstableTruncated,        // index.
  kStoredEntryGone,          // index: a finished write's entry is not waiting for one any more.
  kStoredEntryReplaced,      // theirs (the write's), other_term: ours at that index.
  kSnapshotSkippedInactive,  // peer.
  kSnapshotSent,             // peer, theirs (of the snapshot), progress (before), index: first
                             // index still in the log, commit.
  kReplicationPaused,        // peer, progress.
  kSnapshotRecovered,        // peer, progress: caught up by other means than the snapshot.
  kSnapshotSucceeded,        // peer, progress.
  kSnapshotFailed,           // peer, progress.
  kSnapshotRestoring,        // theirs; commit, applied, applying, durable, handed, count.
  kSnapshotRestored,         // theirs, commit.
  kSnapshotFastForward,      // theirs, commit.
  kSnapshotTaken,            // theirs, commit: the answer to the leader says so.
  kSnapshotIgnored,          // theirs, commit.
  kPeerUnreachable,          // peer, progress.
  kQuorumLost,               // A leader steps down.
  kNoProgressFor,            // peer: a response from somebody who is no member.
  kTransferStarted,          // peer.
  kTransferAlready,          // peer: the same target is in progress.
  kTransferAborted,          // peer: the former target.
  kTransferToSelf,
  kTransferToLearner,
  kTimeoutNowSent,        // peer: its log is complete.
  kTimeoutNowSentAtOnce,  // peer.
  kTimeoutNowReceived,    // peer.
  kTimeoutNowIgnored,     // peer.
  kLeaderForgotten,       // peer.
  kForgetRefused,         // Reads rely on the leader's lease.
  kReadNoLeader,
  kAmnesiaFound,  // peer, index: the leader believes us to hold more than we do.
  kAmnesiaCured,
};

enum class ChangeRefusal : uint8_t { kNone, kPending, kMustLeaveJointFirst, kNotJoint };

struct Note {
  NoteKind kind = NoteKind::kStarted;
  MessageType message = MessageType::kAppend;
  ChangeRefusal reason = ChangeRefusal::kNone;
  bool rejected = false;
  NodeId peer;
  NodeId vote;
  Term term;
  Term other_term;
  EntryId last;
  EntryId theirs;
  Index index;
  Index commit;
  Index applied;
  Index applying;
  Index durable;
  Index handed;
  uint64_t count = 0;
  uint64_t other_count = 0;
  ProgressView progress;
  ConfigChange change;
};

}  // namespace warren::raft
