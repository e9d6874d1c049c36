#include "raft/trace.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "raft/output.h"

namespace warren::raft {
namespace {

constexpr std::array<std::string_view, 19> kTraceNames = {
    "InitState",
    "BecomeCandidate",
    "BecomeFollower",
    "BecomeLeader",
    "Commit",
    "Replicate",
    "ChangeConf",
    "ApplyConfChange",
    "Ready",
    "SendAppendEntriesRequest",
    "ReceiveAppendEntriesRequest",
    "SendAppendEntriesResponse",
    "ReceiveAppendEntriesResponse",
    "SendRequestVoteRequest",
    "ReceiveRequestVoteRequest",
    "SendRequestVoteResponse",
    "ReceiveRequestVoteResponse",
    "SendSnapshot",
    "ReceiveSnapshot",
};

std::string Quoted(uint64_t id) { return absl::StrCat("\"", id, "\""); }

std::string NodeList(const NodeSet& nodes) {
  return absl::StrCat("[",
                      absl::StrJoin(nodes, ",",
                                    [](std::string* out, NodeId node) {
                                      absl::StrAppend(out, Quoted(node.value()));
                                    }),
                      "]");
}

std::string MessageJson(const TraceMessage& message) {
  return absl::StrCat("{\"type\":\"", std::string(TraceTypeName(message.type)),
                      "\",\"term\":", message.term.value(),
                      ",\"from\":", Quoted(message.from.value()),
                      ",\"to\":", Quoted(message.to.value()), ",\"entries\":", message.entries,
                      ",\"logTerm\":", message.log_term.value(),
                      ",\"index\":", message.index.value(), ",\"commit\":", message.commit.value(),
                      ",\"vote\":\"0\",\"reject\":", message.reject ? "true" : "false",
                      ",\"rejectHint\":", message.reject_hint.value(), "}");
}

// The model knows additions and removals; an update changes nothing that it sees.
const char* ActionName(MemberChangeType type) {
  switch (type) {
    case MemberChangeType::kAddVoter:
      return "AddNewServer";
    case MemberChangeType::kRemove:
      return "RemoveServer";
    case MemberChangeType::kAddLearner:
      return "AddLearner";
    case MemberChangeType::kUpdate:
      return "";
  }
  return "";
}

std::string ChangesJson(const std::vector<MemberChange>& changes) {
  std::string list;
  for (const MemberChange& change : changes) {
    if (change.type == MemberChangeType::kUpdate) continue;
    absl::StrAppend(&list, list.empty() ? "" : ",", "{\"nid\":", Quoted(change.node.value()),
                    ",\"action\":\"", ActionName(change.type), "\"}");
  }
  return absl::StrCat("{\"cc\":{\"changes\":[", list, "],\"newconf\":[]}}");
}

const char* RoleName(Role role) {
  switch (role) {
    case Role::kFollower:
      return "StateFollower";
    case Role::kPreCandidate:
      return "StatePreCandidate";
    case Role::kCandidate:
      return "StateCandidate";
    case Role::kLeader:
      return "StateLeader";
  }
  return "";
}

}  // namespace

std::string_view Name(TraceName name) { return kTraceNames[static_cast<size_t>(name)]; }

std::string_view TraceTypeName(MessageType type) {
  switch (type) {
    case MessageType::kAppend:
      return "MsgApp";
    case MessageType::kAppendResponse:
      return "MsgAppResp";
    case MessageType::kVote:
      return "MsgVote";
    case MessageType::kVoteResponse:
      return "MsgVoteResp";
    case MessageType::kSnapshot:
      return "MsgSnap";
    case MessageType::kHeartbeat:
      return "MsgHeartbeat";
    case MessageType::kHeartbeatResponse:
      return "MsgHeartbeatResp";
    default:
      return "";
  }
}

std::optional<TraceName> SentTraceName(MessageType type) {
  switch (type) {
    case MessageType::kAppend:
    case MessageType::kHeartbeat:
    case MessageType::kSnapshot:
      return TraceName::kSendAppendEntriesRequest;
    case MessageType::kAppendResponse:
    case MessageType::kHeartbeatResponse:
      return TraceName::kSendAppendEntriesResponse;
    case MessageType::kVote:
      return TraceName::kSendRequestVoteRequest;
    case MessageType::kVoteResponse:
      return TraceName::kSendRequestVoteResponse;
    default:
      return std::nullopt;
  }
}

std::optional<TraceName> ReceivedTraceName(MessageType type) {
  const std::optional<TraceName> sent = SentTraceName(type);
  if (!sent.has_value()) return std::nullopt;
  switch (*sent) {
    case TraceName::kSendAppendEntriesRequest:
      return TraceName::kReceiveAppendEntriesRequest;
    case TraceName::kSendAppendEntriesResponse:
      return TraceName::kReceiveAppendEntriesResponse;
    case TraceName::kSendRequestVoteRequest:
      return TraceName::kReceiveRequestVoteRequest;
    case TraceName::kSendRequestVoteResponse:
      return TraceName::kReceiveRequestVoteResponse;
    default:
      return std::nullopt;
  }
}

TraceMessage Traced(const Message& message) {
  TraceMessage traced{.type = message.type,
                      .from = message.from,
                      .to = message.to,
                      .term = message.term,
                      .log_term = message.log_term,
                      .index = message.index,
                      .commit = message.commit,
                      .entries = message.entries.size(),
                      .reject = message.reject,
                      .reject_hint = message.reject_hint};
  if (message.type == MessageType::kSnapshot) {
    traced.log_term = Term();
    traced.index = Index();
    traced.entries = message.snapshot == nullptr ? 0 : message.snapshot->last.id.index.value();
  }
  return traced;
}

std::string ToJson(const TraceEvent& event) {
  std::string json = absl::StrCat(
      "{\"name\":\"", std::string(Name(event.name)), "\",\"nid\":", Quoted(event.node.value()),
      ",\"state\":{\"term\":", event.term.value(), ",\"vote\":", Quoted(event.vote.value()),
      ",\"commit\":", event.commit.value(), "},\"role\":\"", RoleName(event.role),
      "\",\"log\":", event.last.value(), ",\"conf\":[", NodeList(event.voters), ",",
      NodeList(event.outgoing), "]");
  if (event.has_message) absl::StrAppend(&json, ",\"msg\":", MessageJson(event.message));
  if (event.name == TraceName::kChangeConf) {
    absl::StrAppend(&json, ",\"prop\":", ChangesJson(event.changes));
  }
  if (event.name == TraceName::kApplyConfChange) {
    absl::StrAppend(&json, ",\"prop\":{\"cc\":{\"newconf\":", NodeList(event.new_voters), "}}");
  }
  return absl::StrCat(json, "}");
}

}  // namespace warren::raft
