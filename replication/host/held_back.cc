#include "replication/host/held_back.h"

#include <algorithm>
#include <utility>

namespace warren::replication {
namespace {

constexpr absl::Duration kPauseMin = absl::Milliseconds(5);
constexpr absl::Duration kPauseMax = absl::Milliseconds(500);  // Of who may be gone for good.

}  // namespace

void HeldBack::Send(base::MonotonicTime now, NodeId to, base::BytesChain message, SendFn send) {
  const auto found = peers_.find(to);
  if (found == peers_.end() && send(to, message)) return;
  const size_t bytes = message.size();
  if (found != peers_.end() && found->second.bytes + bytes > bytes_max_) return;
  Peer& peer = peers_[to];
  if (peer.messages.empty()) {
    peer.pause = kPauseMin;
    peer.again_at = now + peer.pause;
  }
  peer.bytes += bytes;
  peer.messages.push_back(std::move(message));
}

void HeldBack::TryAgain(base::MonotonicTime now, SendFn send) {
  for (auto at = peers_.begin(); at != peers_.end();) {
    Peer& peer = at->second;
    if (peer.again_at > now) {
      ++at;
      continue;
    }
    bool moved = false;
    while (!peer.messages.empty() && send(at->first, peer.messages.front())) {
      peer.bytes -= peer.messages.front().size();
      peer.messages.pop_front();
      moved = true;
    }
    if (peer.messages.empty()) {
      at = peers_.erase(at);
      continue;
    }
    peer.pause = moved ? kPauseMin : std::min(peer.pause * 2, kPauseMax);
    peer.again_at = now + peer.pause;
    ++at;
  }
}

std::optional<base::MonotonicTime> HeldBack::NextDeadline() const {
  std::optional<base::MonotonicTime> first;
  for (const auto& [node, peer] : peers_) {
    if (!first.has_value() || peer.again_at < *first) first = peer.again_at;
  }
  return first;
}

}  // namespace warren::replication
