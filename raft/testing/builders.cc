#include "raft/testing/builders.h"

namespace warren::raft::testing {

std::vector<Entry> MakeEntries(uint64_t first, std::initializer_list<uint64_t> terms) {
  std::vector<Entry> entries;
  for (const uint64_t term : terms) entries.push_back(MakeEntry(first++, term));
  return entries;
}

NodeSet Nodes(std::initializer_list<uint64_t> ids) {
  NodeSet nodes;
  for (const uint64_t id : ids) nodes.Insert(NodeId(id));
  return nodes;
}

Membership VotersOnly(std::initializer_list<uint64_t> ids) {
  Membership membership;
  membership.voters = Nodes(ids);
  return membership;
}

ConfigChange MakeChange(std::initializer_list<MemberChange> steps, Transition transition) {
  ConfigChange change;
  change.transition = transition;
  change.changes = steps;
  return change;
}

Config GroupConfig(uint64_t id) {
  Config config = NodeConfig(id);
  config.liveness = Liveness::kGroup;
  return config;
}

Config NodeConfig(uint64_t id) {
  Config config;
  config.id = NodeId(id);
  config.seed = id;
  return config;
}

Message MakeMessage(MessageType type, Route route) {
  Message message;
  message.type = type;
  message.from = NodeId(route.from);
  message.to = NodeId(route.to);
  message.term = Term(route.term);
  return message;
}

Message MakeAppend(Route route, EntryId prev, std::vector<Entry> entries, uint64_t commit) {
  Message message = MakeMessage(MessageType::kAppend, route);
  message.index = prev.index;
  message.log_term = prev.term;
  message.entries = std::move(entries);
  message.commit = Index(commit);
  return message;
}

Message MakeAck(Route route, uint64_t index) {
  Message message = MakeMessage(MessageType::kAppendResponse, route);
  message.index = Index(index);
  return message;
}

Message MakeReject(Route route, uint64_t rejected, EntryId hint) {
  Message message = MakeAck(route, rejected);
  message.reject = true;
  message.reject_hint = hint.index;
  message.log_term = hint.term;
  return message;
}

Message MakeHeartbeat(Route route, uint64_t commit, uint64_t context) {
  Message message = MakeMessage(MessageType::kHeartbeat, route);
  message.commit = Index(commit);
  message.context = context;
  return message;
}

Message MakeVote(Route route, EntryId last) {
  Message message = MakeMessage(MessageType::kVote, route);
  message.index = last.index;
  message.log_term = last.term;
  return message;
}

Message MakePreVote(Route route, EntryId last) {
  Message message = MakeVote(route, last);
  message.type = MessageType::kPreVote;
  return message;
}

Message MakeBallot(MessageType type, Route route, bool granted) {
  Message message = MakeMessage(type, route);
  message.reject = !granted;
  message.incarnation = Incarnation(1);
  return message;
}

std::vector<Message> In(const ReusedList<Message>& list, MessageType type, uint64_t to) {
  std::vector<Message> found;
  for (const Message& message : list) {
    if (message.type == type && (to == 0 || message.to.value() == to)) found.push_back(message);
  }
  return found;
}

std::vector<Message> SentOf(const Output& output, MessageType type) {
  std::vector<Message> found = In(output.send_now, type);
  for (const Message& message : In(output.send_after_store, type)) found.push_back(message);
  return found;
}

std::vector<uint64_t> IndexesOf(const std::vector<Entry>& entries) {
  std::vector<uint64_t> indexes;
  for (const Entry& entry : entries) indexes.push_back(entry.id.index.value());
  return indexes;
}

}  // namespace warren::raft::testing
