#include "chaos/cluster/network.h"

#include <algorithm>
#include <utility>

#include "chaos/sim/draw.h"

namespace warren::cluster_sim {
namespace {

using replication::kAllStreamClasses;

// How long a node that tries to reach another one waits before it tries again.
constexpr Duration kRetryMin = Milliseconds(20);
constexpr Duration kRetryMax = Milliseconds(300);
// News of the end of a stream, where both ends are there.
constexpr Duration kNewsMax = Milliseconds(3);

}  // namespace

Network::Network(const NetworkSetup& setup, Timeline* timeline)
    : setup_(setup), timeline_(timeline), rng_(timeline->MakeRng(RngUse::kNetwork)) {}

uint64_t Network::Label(uint64_t what, const Key& key) const {
  const auto& [from, to, stream] = key;
  return what << 48 | from.value() << 32 | to.value() << 16 | static_cast<uint64_t>(stream);
}

Endpoint* Network::Find(NodeId node) const {
  const auto found = up_.find(node);
  return found == up_.end() ? nullptr : found->second;
}

bool Network::Reaches(NodeId from, NodeId to) const {
  return !cuts_.contains({from, to}) && !cuts_.contains({to, from});
}

Duration Network::DrawDelay(const Key& key) {
  Duration delay = sim::DrawBetween(rng_, setup_.delay_min, setup_.delay_max);
  const auto slow = slow_.find({std::get<0>(key), std::get<1>(key)});
  if (slow != slow_.end()) delay += sim::DrawAround(rng_, slow->second);
  return delay;
}

// ---- Who is there

void Network::OnUp(NodeId node, Endpoint* endpoint) {
  up_[node] = endpoint;
  paused_.erase(node);
  if (!members_.contains(node)) return;
  for (const NodeId peer : members_) {
    if (peer == node) continue;
    for (const StreamClass stream : kAllStreamClasses) {
      TryOpenIn(sim::DrawBetween(rng_, Duration(100), Milliseconds(5)), {node, peer, stream});
    }
  }
}

void Network::OnDown(NodeId node, Farewell farewell) {
  for (auto& [key, stream] : streams_) {
    const auto& [from, to, kind] = key;
    stream.tries += from == node ? 1 : 0;
    if (from == node && stream.open) BreakStream(key, Farewell::kNobodyThere, farewell);
    if (to == node && stream.open) BreakStream(key, farewell, Farewell::kNobodyThere);
    if (from == node) stream.refused = false;
    if (to == node) stream.half_open = false;  // Who would hear of it is gone.
  }
  up_.erase(node);
}

void Network::SetPaused(NodeId node, bool paused) {
  if (paused) {
    paused_.insert(node);
  } else {
    paused_.erase(node);
  }
}

void Network::SetMembers(const std::set<NodeId>& members) {
  const std::set<NodeId> before = std::exchange(members_, members);
  for (auto& [key, stream] : streams_) {
    const auto& [from, to, kind] = key;
    if (members_.contains(from) && members_.contains(to)) continue;
    ++stream.tries;
    if (stream.open) BreakStream(key, Farewell::kSilence, Farewell::kReset);
  }
  for (const auto& [node, endpoint] : up_) {
    if (!members_.contains(node)) continue;
    for (const NodeId peer : members_) {
      if (peer == node || (before.contains(peer) && before.contains(node))) continue;
      for (const StreamClass stream : kAllStreamClasses) {
        TryOpenIn(sim::DrawBetween(rng_, Duration(100), Milliseconds(5)), {node, peer, stream});
      }
    }
  }
}

// ---- Opening

void Network::TryOpenIn(Duration delay, const Key& key) {
  const uint64_t number = ++At(key).tries;
  timeline_->In(delay, Label(1, key), [this, key, number] {
    if (At(key).tries == number) TryOpen(key);
  });
}

void Network::TryOpen(const Key& key) {
  const auto& [from, to, kind] = key;
  Stream& stream = At(key);
  Endpoint* const sender = Find(from);
  if (stream.open || sender == nullptr || paused_.contains(from)) {
    // A process that stands still tries when it goes on.
    if (sender != nullptr && !stream.open) TryOpenIn(kRetryMax, key);
    return;
  }
  if (Find(to) == nullptr || !Reaches(from, to) || paused_.contains(to)) {
    if (!std::exchange(stream.refused, true)) {
      sender->OnDisconnected(to, kind, absl::UnavailableError("nobody answers"));
    }
    TryOpenIn(sim::DrawBetween(rng_, kRetryMin, kRetryMax), key);
    return;
  }
  // The receiver learns of the end of the last one before it hears the next one.
  if (stream.half_open) TellLost(key);
  stream.open = true;
  stream.refused = false;
  ++stream.life;
  stream.last_arrival = timeline_->now();
  sender->OnConnected(to, kind);
}

// ---- Frames

bool Network::Send(NodeId from, NodeId to, StreamClass kind, base::Bytes message) {
  const Key key{from, to, kind};
  const auto found = streams_.find(key);
  if (found == streams_.end() || !found->second.open) return false;
  Stream& stream = found->second;
  // A large one may overshoot, as in the real one.
  if (message.empty() || stream.queued_bytes >= setup_.queued_bytes_max) return false;
  stream.queued_bytes += message.size();
  const Time now = timeline_->now();
  if (!stream.frames.empty() && stream.frames.back().sent == now) {  // They leave together.
    stream.frames.back().bytes += message.size();
    stream.frames.back().messages.push_back(std::move(message));
    return true;
  }
  Frame frame;
  frame.sent = now;
  frame.arrives = stream.last_arrival = std::max(stream.last_arrival, now + DrawDelay(key));
  frame.bytes = message.size();
  frame.messages.push_back(std::move(message));
  stream.frames.push_back(std::move(frame));
  Schedule(key, stream.last_arrival);
  return true;
}

void Network::Schedule(const Key& key, Time at) {
  timeline_->At(at, Label(2, key), [this, key, life = At(key).life] {
    if (At(key).life == life) DeliverDue(key);
  });
}

void Network::DeliverDue(const Key& key) {
  const auto& [from, to, kind] = key;
  Stream& stream = At(key);
  while (stream.open && !stream.frames.empty() &&
         stream.frames.front().arrives <= timeline_->now() && !cuts_.contains({from, to}) &&
         !stalled_.contains(key)) {
    Frame frame = std::move(stream.frames.front());
    stream.frames.pop_front();
    stream.queued_bytes -= frame.bytes;
    Endpoint* const receiver = Find(to);
    if (receiver == nullptr) return;
    ++timeline_->stats().frames;
    for (const base::Bytes& message : frame.messages) timeline_->Mix(message.size());
    receiver->OnFrame(from, kind, std::move(frame.messages));
  }
}

// ---- Ends

void Network::BreakStream(const Key& key, Farewell to_sender, Farewell to_receiver) {
  Stream& stream = At(key);
  ++timeline_->stats().streams_broken;
  stream.open = false;
  stream.half_open = true;
  const uint64_t life = ++stream.life;
  stream.queued_bytes = 0;
  for (Frame& frame : std::exchange(stream.frames, {})) {
    const bool comes = setup_.stragglers_one_in != 0 && rng_.OneIn(setup_.stragglers_one_in);
    if (comes && !calm_) LetStraggle(key, std::move(frame));
  }
  const auto draw = [this](Farewell farewell) {
    return farewell == Farewell::kReset
               ? sim::DrawBetween(rng_, Duration(0), kNewsMax)
               : sim::DrawBetween(rng_, setup_.broken_after_min, setup_.broken_after_max);
  };
  const Duration sender_hears = draw(to_sender);
  const Duration receiver_hears = draw(to_receiver);
  if (to_receiver == Farewell::kNobodyThere) stream.half_open = false;
  timeline_->In(receiver_hears, Label(3, key), [this, key, life] {
    Stream& now = At(key);
    if (now.half_open && now.life == life) TellLost(key);
  });
  if (to_sender == Farewell::kNobodyThere) return;
  timeline_->In(sender_hears, Label(4, key), [this, key, life] {
    const auto [sender, receiver, stream_kind] = key;
    Endpoint* const endpoint = Find(sender);
    if (endpoint == nullptr || At(key).life != life || !members_.contains(receiver)) return;
    endpoint->OnDisconnected(receiver, stream_kind, absl::AbortedError("the stream broke"));
    TryOpenIn(sim::DrawBetween(rng_, Duration(50), kNewsMax), key);
  });
}

void Network::TellLost(const Key& key) {
  const auto& [from, to, kind] = key;
  At(key).half_open = false;
  if (Endpoint* const receiver = Find(to)) receiver->OnStreamLost(from, kind);
}

void Network::LetStraggle(const Key& key, Frame frame) {
  const Duration late = sim::DrawBetween(rng_, Duration(0), Milliseconds(400));
  timeline_->In(late, Label(5, key), [this, key, messages = std::move(frame.messages)]() mutable {
    const auto& [from, to, kind] = key;
    Endpoint* const receiver = Find(to);
    if (receiver == nullptr || cuts_.contains({from, to}) || calm_) return;
    ++timeline_->stats().stragglers;
    receiver->OnFrame(from, kind, std::move(messages));
  });
}

void Network::Break(NodeId from, NodeId to, StreamClass kind) {
  const Key key{from, to, kind};
  if (At(key).open) BreakStream(key, Farewell::kReset, Farewell::kReset);
}

// ---- Links

void Network::Cut(NodeId from, NodeId to) {
  if (from == to || cuts_.contains({from, to})) return;
  const uint64_t number = ++last_cut_;
  cuts_[{from, to}] = number;
  // Neither direction works for long: what is said is not acknowledged.
  for (const StreamClass kind : kAllStreamClasses) {
    for (const Key& key : {Key{from, to, kind}, Key{to, from, kind}}) {
      const Duration after =
          sim::DrawBetween(rng_, setup_.broken_after_min, setup_.broken_after_max);
      timeline_->In(after, Label(6, key), [this, key, number, from, to] {
        const auto cut = cuts_.find({from, to});
        if (cut == cuts_.end() || cut->second != number || !At(key).open) return;
        BreakStream(key, Farewell::kReset, Farewell::kSilence);
      });
    }
  }
}

void Network::Heal(NodeId from, NodeId to) {
  if (cuts_.erase({from, to}) == 0) return;
  for (const StreamClass kind : kAllStreamClasses) DeliverLate({from, to, kind});
}

void Network::EndStall(NodeId from, NodeId to, StreamClass kind) {
  if (stalled_.erase({from, to, kind}) > 0) DeliverLate({from, to, kind});
}

// What waits comes when it is sent again.
void Network::DeliverLate(const Key& key) {
  Stream& stream = At(key);
  if (!stream.open || stream.frames.empty()) return;
  Time at = timeline_->now() + sim::DrawBetween(rng_, Duration(0), Milliseconds(200));
  for (Frame& frame : stream.frames) {
    frame.arrives = at = std::max(at, frame.arrives);
    Schedule(key, at);
  }
  stream.last_arrival = std::max(stream.last_arrival, at);
}

void Network::HealAll() {
  slow_.clear();
  const auto stalled = stalled_;
  for (const auto& [from, to, kind] : stalled) EndStall(from, to, kind);
  const auto cuts = cuts_;
  for (const auto& [link, number] : cuts) Heal(link.first, link.second);
}

void Network::SetSlow(NodeId from, NodeId to, Duration extra) {
  if (extra == Duration(0)) {
    slow_.erase({from, to});
  } else {
    slow_[{from, to}] = extra;
  }
}

}  // namespace warren::cluster_sim
