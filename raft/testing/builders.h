// Short forms for what tests of raft/ are full of: ids, entries, members, messages.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "raft/config.h"
#include "raft/membership.h"
#include "raft/message.h"
#include "raft/output.h"
#include "raft/types.h"

namespace warren::raft::testing {

inline EntryId Id(uint64_t index, uint64_t term) {
  return {.index = Index(index), .term = Term(term)};
}

inline Entry MakeEntry(uint64_t index, uint64_t term, std::string_view payload = "x") {
  return {.id = Id(index, term), .time = {}, .payload = base::Bytes::Copy(payload)};
}

// Entries `first`, first + 1, ... with these terms.
std::vector<Entry> MakeEntries(uint64_t first, std::initializer_list<uint64_t> terms);

NodeSet Nodes(std::initializer_list<uint64_t> ids);
Membership VotersOnly(std::initializer_list<uint64_t> ids);

// The change that makes these steps, in order.
ConfigChange MakeChange(std::initializer_list<MemberChange> steps,
                        Transition transition = Transition::kAuto);
inline MemberChange AddVoter(uint64_t id) {
  return {.type = MemberChangeType::kAddVoter, .node = NodeId(id)};
}
inline MemberChange AddLearner(uint64_t id) {
  return {.type = MemberChangeType::kAddLearner, .node = NodeId(id)};
}
inline MemberChange Remove(uint64_t id) {
  return {.type = MemberChangeType::kRemove, .node = NodeId(id)};
}

// A member whose groups send heartbeats of their own, as in the Raft paper.
Config GroupConfig(uint64_t id = 1);
// A member whose host watches nodes: the way of production.
Config NodeConfig(uint64_t id = 1);

// From and to whom, in which term.
struct Route {
  uint64_t from = 2;
  uint64_t to = 1;
  uint64_t term = 1;
};
Message MakeMessage(MessageType type, Route route);
Message MakeAppend(Route route, EntryId prev, std::vector<Entry> entries, uint64_t commit = 0);
Message MakeAck(Route route, uint64_t index);
Message MakeReject(Route route, uint64_t rejected, EntryId hint);
Message MakeHeartbeat(Route route, uint64_t commit = 0, uint64_t context = 0);
Message MakeVote(Route route, EntryId last);
Message MakePreVote(Route route, EntryId last);
// The answer to a candidature in the first life of its process.
Message MakeBallot(MessageType type, Route route, bool granted = true);

// The messages of a type in either list of an output, those that leave at once first.
std::vector<Message> SentOf(const Output& output, MessageType type);
// Those in one list; all receivers if `to` is 0.
std::vector<Message> In(const ReusedList<Message>& list, MessageType type, uint64_t to = 0);

std::vector<uint64_t> IndexesOf(const std::vector<Entry>& entries);

}  // namespace warren::raft::testing

// How GoogleTest shows a value: found by the value's own namespace.
namespace warren::base {

template <typename Tag>
void PrintTo(const Ordinal<Tag>& ordinal, std::ostream* os) {
  *os << ordinal.value();
}
template <typename Tag>
void PrintTo(const Identity<Tag>& identity, std::ostream* os) {
  *os << "#" << identity.value();
}

}  // namespace warren::base

namespace warren::raft {

inline void PrintTo(const EntryId& id, std::ostream* os) {
  *os << id.index.value() << "@" << id.term.value();
}
inline void PrintTo(Role role, std::ostream* os) { *os << Name(role); }
inline void PrintTo(MessageType type, std::ostream* os) { *os << Name(type); }

}  // namespace warren::raft
