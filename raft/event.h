// Everything that can happen to a member of a group.
#pragma once

#include <span>
#include <variant>

#include "raft/config_change.h"
#include "raft/message.h"
#include "raft/types.h"

namespace warren::raft {

// A unit of the group's time. The host may stop ticking a member that does not want it
// (Core::WantsTick).
struct Tick {};

// A message from another member, or from this one to itself. Borrowed for the call.
struct Received {
  const Message& message;
};

// Payloads to append to the log, one entry each; all or none. `clock` is the host's, see LogTime.
struct Propose {
  std::span<const base::Bytes> payloads;
  LogTime clock;
  std::span<const uint32_t> crcs = {};  // base::Crc32c() of each; or none, where it is not known.
};
struct ProposeConfigChange {
  const ConfigChange& change;
  LogTime clock;
};

// What a write of Output::must_store asked for is on disk, and everything before it.
struct WriteTicket {
  WriteEpoch epoch;
  Term term;       // The member's, when the ticket was made. For notes: the epoch decides.
  EntryId last;    // The last entry in the log when the ticket was made; index 0: none is new.
  Index snapshot;  // Index of the snapshot that was written; 0: none was.
  friend bool operator==(const WriteTicket&, const WriteTicket&) = default;
};
struct Stored {
  WriteTicket ticket;
};

// The host has applied everything up to `index`.
struct Applied {
  Index index;
};
// The host has come to the entry of type kConfig at `index` in the course of applying. Comes before
// the Applied that covers it: decisions about later entries are made by the new members. Refused if
// the member is past `index` already, because a snapshot was installed meanwhile.
struct ApplyConfigChange {
  Index index;
  const ConfigChange& change;
};

// The host has made, and synced, a snapshot that ends at an applied, durable index; it serves
// members that are too far behind.
struct SnapshotTaken {
  SnapshotRef snapshot;
};
// Entries up to `index` are not needed for replay and catch-up any more, except those that are live
// in the latest snapshot. Goes as far as entries are covered by that, applied, and known to the
// core to be durable: which may be less than the host knows, after a change of term for instance.
struct Compact {
  Index index;
};
// The entries up to `index` may be dropped from memory: they are durable and applied. They are
// asked for by Output::loads when a member needs them.
struct Evict {
  Index index;
};
// The answer to a LoadRequest: entries from `first` on, as many as the host chose to read. None
// at all means that they are gone: the member gets a snapshot.
struct Loaded {
  NodeId peer;
  Index first;
  std::span<const Entry> entries;
};

struct SnapshotReport {  // How sending a kSnapshot message ended.
  NodeId peer;
  bool delivered = false;
};
struct PeerUnreachable {  // What was sent to `peer` of late is probably lost.
  NodeId peer;
};

struct Campaign {};      // As if the election timeout had run out.
struct ForgetLeader {};  // As if the leader had been silent for an election timeout.
struct TransferLeadership {
  NodeId to;
};
struct ReadRequest {
  ReadId id;
};

// Liveness::kNode. The node of this group's leader is suspected, or trusted again. A suspicion
// holds until it is taken back or the group has another leader: when Output::role names a leader
// whose node is suspected already, the host says so at once.
struct LeaderSuspected {};
struct LeaderTrusted {};
// Whether this node holds the lease that a majority of nodes gives it.
struct QuorumReachable {
  bool reachable = true;
};

// An operator takes the responsibility for what an amnesiac may have forgotten.
struct ForgiveAmnesia {};

using Event = std::variant<Tick, Received, Propose, ProposeConfigChange, Stored, Applied,
                           ApplyConfigChange, SnapshotTaken, Compact, Evict, Loaded, SnapshotReport,
                           PeerUnreachable, Campaign, ForgetLeader, TransferLeadership, ReadRequest,
                           LeaderSuspected, LeaderTrusted, QuorumReachable, ForgiveAmnesia>;

// What became of an event, for the few whose sender wants to know at once.
enum class Outcome : uint8_t {
  kDone,
  kNotLeader,      // Proposals, transfers: try Core::leader().
  kNoLeader,       // Nobody to pass a proposal or a read on to.
  kBusy,           // Too much is uncommitted; try again when some of it is.
  kTooLarge,       // A payload is larger than Config::entry_bytes_max.
  kTransferring,   // Leadership is on its way to another member.
  kNotMember,      // This member was removed from the group.
  kUnknownPeer,    // A response from somebody who is no member.
  kInvalidChange,  // The configuration change cannot be made now; an empty entry took its place.
  kRefused,        // Not possible in this state, or not any more; no harm done.
};

struct StepResult {
  Outcome outcome = Outcome::kDone;
  EntryId first;  // Propose, ProposeConfigChange: the entry of the first payload.
};

}  // namespace warren::raft
