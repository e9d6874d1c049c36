// What is on its way between members, and between a member and its own storage.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "raft/event.h"
#include "raft/message.h"
#include "tests/scenario_runner/wire_message.h"

namespace warren::scenario_runner {

// A write is durable (asynchronous storage only).
struct StoreDone {
  raft::NodeId node;
  raft::WriteTicket ticket;
  raft::SnapshotRef snapshot;  // That was part of the write; null if none was.
};

// Entries were applied (asynchronous storage only).
struct ApplyDone {
  raft::NodeId node;
  std::vector<raft::Entry> entries;
};

// A follower passes the wish for another leader on to the leader that it knows. Our core refuses
// such a wish and lets its host ask the leader; the members of a script are that host.
struct TransferWish {
  raft::NodeId target;
  raft::NodeId leader;
  raft::Term term;  // Of the member that passes it on.
};

using Parcel = std::variant<raft::Message, StoreDone, ApplyDone, TransferWish>;

raft::NodeId RecipientOf(const Parcel& parcel);
// From a member to itself, or from its storage: this cannot get lost.
bool IsLocal(const Parcel& parcel);
WireMessage ToWire(const Parcel& parcel);  // Borrows from `parcel`.

// The parcels on their way, oldest first.
class Network {
 public:
  // `type` is a wire name; nullopt means any.
  using TypeFilter = std::optional<std::string_view>;

  void Send(Parcel parcel) { parcels_.push_back(std::move(parcel)); }
  bool HasFor(raft::NodeId to) const;
  std::vector<Parcel> TakeFor(raft::NodeId to, TypeFilter type);
  // What a network may lose: as TakeFor, but local parcels stay.
  std::vector<Parcel> LoseFor(raft::NodeId to, TypeFilter type);

 private:
  template <typename Condition>
  std::vector<Parcel> TakeIf(Condition condition);

  std::vector<Parcel> parcels_;
};

}  // namespace warren::scenario_runner
