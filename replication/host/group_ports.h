// What a group stands on: its shard.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

#include "base/clock.h"
#include "base/logging.h"
#include "raft/message.h"
#include "raft/output.h"
#include "replication/host/fetch_budget.h"
#include "replication/host/fetch_message.h"
#include "replication/host/types.h"
#include "replication/log/log_store.h"
#include "replication/session/message.h"

namespace warren::replication {

// Tells what a read was for when its entries come.
struct ReadTag {
  enum class Purpose : uint8_t { kCatchUp, kMachine, kFetch };
  Purpose purpose = Purpose::kCatchUp;
  uint64_t number = 0;
};

// Borrowed; outlives its groups. Nothing here calls back before it returns. What is sent may be
// lost on the way.
class GroupPorts {
 public:
  virtual ~GroupPorts() = default;

  virtual NodeId self() const = 0;
  virtual Incarnation incarnation() const = 0;
  virtual const base::Clock& clock() const = 0;
  virtual log::LogStore& log() = 0;
  virtual base::Logger& logger() = 0;

  // Takes the contents of `message`. False if it was dropped at once.
  virtual bool SendRaft(GroupId group, raft::Message& message) = 0;
  virtual void SendFetch(NodeId to, GroupId group, const FetchRequest& request) = 0;
  virtual void SendFetched(NodeId to, GroupId group, const FetchAnswer& answer) = 0;
  virtual void SendToSession(NodeId to, ShardNo shard, GroupId group, SessionMessage message) = 0;

  // From the group's log. Group::OnRead or OnReadSparse answers; answers may overtake each other.
  virtual void Read(GroupId group, ReadTag tag, raft::Index first, raft::Index last,
                    size_t bytes_max) = 0;
  virtual void ReadSparse(GroupId group, ReadTag tag, std::vector<raft::Index> indexes) = 0;

  virtual bool Trusts(NodeId node) const = 0;
  using NodeFn = absl::FunctionRef<void(NodeId, NodeNews, Incarnation)>;
  virtual void ForEachNode(NodeFn tell) const = 0;  // kTrusted or kSuspected; this one included.
  // What all groups of the shard may take for missing entries.
  virtual FetchBudget& fetch_budget() = 0;
  // May proposals be taken, as far as the node is concerned?
  virtual bool HasRoom() const = 0;

  // Where a core puts what it hands out: between two calls of Group::Pump() it holds nothing of any
  // group, so all of a shard share it.
  virtual raft::Output& output() = 0;

  // The group is to be looked at before this pass ends, or in the next one.
  virtual void Touch(GroupId group) = 0;
  // It has been removed for ever: it is to be forgotten, and remembered as gone.
  virtual void OnRemoved(GroupId group) = 0;
};

}  // namespace warren::replication
