// A message as a script shows it, whether it travels between members or between a member and its
// own storage.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "raft/message.h"

namespace warren::scenario_runner {

// The name that scripts give to a type of message.
std::string_view WireName(raft::MessageType type);
// True for every name that a script may filter messages by.
bool IsWireName(std::string_view name);

std::string WireAddress(raft::NodeId node);
inline constexpr std::string_view kAppendThread = "AppendThread";
inline constexpr std::string_view kApplyThread = "ApplyThread";

// Borrows the entries and the snapshot: for printing only.
struct WireMessage {
  std::string from;
  std::string to;
  std::string_view type;
  raft::Term term;
  raft::EntryId log;  // What the message says about the log: the place where it ends or joins.
  bool reject = false;
  raft::Index reject_hint;
  raft::Index commit;
  raft::NodeId vote;
  std::span<const raft::Entry> entries;
  const raft::Snapshot* snapshot = nullptr;
  std::vector<WireMessage> responses;  // To be delivered once storage has done its work.
};

WireMessage ToWire(const raft::Message& message);

// Without a line end after the last line. Every line but the first begins with `indent`.
std::string Describe(const WireMessage& message, std::string_view indent = "");

}  // namespace warren::scenario_runner
