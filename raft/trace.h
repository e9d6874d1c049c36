// The steps of the protocol under the names that etcd's trace validation knows, so that a run can
// be checked against the TLA+ model of Raft.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "raft/config_change.h"
#include "raft/message.h"
#include "raft/node_set.h"
#include "raft/types.h"

namespace warren::raft {

enum class Role : uint8_t;

enum class TraceName : uint8_t {
  kInitState,
  kBecomeCandidate,
  kBecomeFollower,
  kBecomeLeader,
  kCommit,
  kReplicate,
  kChangeConf,
  kApplyConfChange,
  kReady,
  kSendAppendEntriesRequest,
  kReceiveAppendEntriesRequest,
  kSendAppendEntriesResponse,
  kReceiveAppendEntriesResponse,
  kSendRequestVoteRequest,
  kReceiveRequestVoteRequest,
  kSendRequestVoteResponse,
  kReceiveRequestVoteResponse,
  kSendSnapshot,
  kReceiveSnapshot,
};
std::string_view Name(TraceName name);

// The fields of a message that the model looks at. For a snapshot, the model sees an append of
// all entries up to the snapshot's index from an empty log.
struct TraceMessage {
  MessageType type = MessageType::kAppend;
  NodeId from;
  NodeId to;
  Term term;
  Term log_term;
  Index index;
  Index commit;
  uint64_t entries = 0;
  bool reject = false;
  Index reject_hint;
};

struct TraceEvent {
  TraceName name = TraceName::kInitState;
  NodeId node;
  Term term;
  NodeId vote;
  Index commit;
  Role role{};
  Index last;
  NodeSet voters;
  NodeSet outgoing;
  bool has_message = false;
  TraceMessage message;
  std::vector<MemberChange> changes;  // kChangeConf.
  NodeSet new_voters;                 // kApplyConfChange.
};

// A message type's name in the model; empty if the model does not know it.
std::string_view TraceTypeName(MessageType type);
// The event for sending or receiving a message of this type; nullopt if the model knows none.
std::optional<TraceName> SentTraceName(MessageType type);
std::optional<TraceName> ReceivedTraceName(MessageType type);
TraceMessage Traced(const Message& message);

// One line of JSON, without the newline, in the form that the trace specification reads.
std::string ToJson(const TraceEvent& event);

}  // namespace warren::raft
