#include "tests/scenario_runner/wire_message.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"
#include "tests/scenario_runner/describe.h"

namespace warren::scenario_runner {
namespace {

// In the order of raft::MessageType.
constexpr std::array<std::string_view, raft::kMessageTypes> kTypeNames = {
    "MsgProp",       "MsgApp",         "MsgAppResp",       "MsgVote",      "MsgVoteResp",
    "MsgPreVote",    "MsgPreVoteResp", "MsgSnap",          "MsgHeartbeat", "MsgHeartbeatResp",
    "MsgTimeoutNow", "MsgReadIndex",   "MsgReadIndexResp", "MsgTermQuery", "MsgTermReply"};
constexpr std::array<std::string_view, 5> kLocalNames = {"MsgStorageAppend", "MsgStorageAppendResp",
                                                         "MsgStorageApply", "MsgStorageApplyResp",
                                                         "MsgTransferLeader"};

std::string DescribeEntries(std::span<const raft::Entry> entries, std::string_view indent) {
  if (entries.empty()) return "";
  if (entries.size() == 1) return fmt::format(" Entries:[{}]", Describe(entries.front()));
  std::string text = " Entries:[";
  for (const raft::Entry& entry : entries) {
    text += fmt::format("\n{}  {}", indent, Describe(entry));
  }
  return text + fmt::format("\n{}]", indent);
}

std::string DescribeResponses(const std::vector<WireMessage>& responses, std::string_view indent) {
  if (responses.empty()) return "";
  const std::string deeper = fmt::format("{}  ", indent);
  std::string text = " Responses:[";
  for (const WireMessage& response : responses) {
    text += fmt::format("\n{}{}", deeper, Describe(response, deeper));
  }
  return text + fmt::format("\n{}]", indent);
}

}  // namespace

std::string_view WireName(raft::MessageType type) { return kTypeNames[static_cast<size_t>(type)]; }

bool IsWireName(std::string_view name) {
  return std::find(kTypeNames.begin(), kTypeNames.end(), name) != kTypeNames.end() ||
         std::find(kLocalNames.begin(), kLocalNames.end(), name) != kLocalNames.end();
}

std::string WireAddress(raft::NodeId node) {
  return node.IsNone() ? "None" : fmt::format("{:x}", node.value());
}

WireMessage ToWire(const raft::Message& message) {
  return {.from = WireAddress(message.from),
          .to = WireAddress(message.to),
          .type = WireName(message.type),
          .term = message.term,
          .log = {.index = message.index, .term = message.log_term},
          .reject = message.reject,
          .reject_hint = message.reject_hint,
          .commit = message.commit,
          .vote = {},
          .entries = message.entries,
          .snapshot = message.snapshot.get(),
          .responses = {}};
}

std::string Describe(const WireMessage& message, std::string_view indent) {
  std::string text =
      fmt::format("{}->{} {} Term:{} Log:{}/{}", message.from, message.to, message.type,
                  message.term.value(), message.log.term.value(), message.log.index.value());
  if (message.reject) text += fmt::format(" Rejected (Hint: {})", message.reject_hint.value());
  if (message.commit > raft::Index()) text += fmt::format(" Commit:{}", message.commit.value());
  if (!message.vote.IsNone()) text += fmt::format(" Vote:{}", message.vote.value());
  text += DescribeEntries(message.entries, indent);
  if (message.snapshot != nullptr) {
    text += fmt::format("\n{}  Snapshot: {}", indent, Describe(*message.snapshot));
  }
  return text + DescribeResponses(message.responses, indent);
}

}  // namespace warren::scenario_runner
