#include "tests/scenario_runner/parcel.h"

#include <algorithm>
#include <iterator>

namespace warren::scenario_runner {
namespace {

WireMessage Show(const raft::Message& message) { return ToWire(message); }

WireMessage Show(const StoreDone& done) {
  return {.from = std::string(kAppendThread),
          .to = WireAddress(done.node),
          .type = "MsgStorageAppendResp",
          .term = done.ticket.term,
          .log = done.ticket.last,
          .reject = false,
          .reject_hint = {},
          .commit = {},
          .vote = {},
          .entries = {},
          .snapshot = done.snapshot.get(),
          .responses = {}};
}

WireMessage Show(const ApplyDone& done) {
  WireMessage wire;
  wire.from = kApplyThread;
  wire.to = WireAddress(done.node);
  wire.type = "MsgStorageApplyResp";
  wire.entries = done.entries;
  return wire;
}

WireMessage Show(const TransferWish& wish) {
  WireMessage wire;
  wire.from = WireAddress(wish.target);
  wire.to = WireAddress(wish.leader);
  wire.type = "MsgTransferLeader";
  wire.term = wish.term;
  return wire;
}

struct Recipient {
  raft::NodeId operator()(const raft::Message& message) const { return message.to; }
  raft::NodeId operator()(const StoreDone& done) const { return done.node; }
  raft::NodeId operator()(const ApplyDone& done) const { return done.node; }
  raft::NodeId operator()(const TransferWish& wish) const { return wish.leader; }
};

struct Locality {
  bool operator()(const raft::Message& message) const { return message.from == message.to; }
  bool operator()(const StoreDone&) const { return true; }
  bool operator()(const ApplyDone&) const { return true; }
  bool operator()(const TransferWish&) const { return false; }
};

}  // namespace

raft::NodeId RecipientOf(const Parcel& parcel) { return std::visit(Recipient(), parcel); }

bool IsLocal(const Parcel& parcel) { return std::visit(Locality(), parcel); }

WireMessage ToWire(const Parcel& parcel) {
  return std::visit([](const auto& content) { return Show(content); }, parcel);
}

template <typename Condition>
std::vector<Parcel> Network::TakeIf(Condition condition) {
  const auto taken = std::stable_partition(
      parcels_.begin(), parcels_.end(), [&](const Parcel& parcel) { return !condition(parcel); });
  std::vector<Parcel> result(std::make_move_iterator(taken),
                             std::make_move_iterator(parcels_.end()));
  parcels_.erase(taken, parcels_.end());
  return result;
}

bool Network::HasFor(raft::NodeId to) const {
  return std::any_of(parcels_.begin(), parcels_.end(),
                     [&](const Parcel& parcel) { return RecipientOf(parcel) == to; });
}

std::vector<Parcel> Network::TakeFor(raft::NodeId to, TypeFilter type) {
  return TakeIf([&](const Parcel& parcel) {
    return RecipientOf(parcel) == to && (!type || ToWire(parcel).type == *type);
  });
}

std::vector<Parcel> Network::LoseFor(raft::NodeId to, TypeFilter type) {
  return TakeIf([&](const Parcel& parcel) {
    return RecipientOf(parcel) == to && !IsLocal(parcel) && (!type || ToWire(parcel).type == *type);
  });
}

}  // namespace warren::scenario_runner
