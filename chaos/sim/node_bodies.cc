// Entries that are not in memory: read back for a member that lags, or fetched from another node's
// disk because an installed snapshot calls them live.
#include <algorithm>
#include <utility>
#include <vector>

#include "chaos/sim/draw.h"
#include "chaos/sim/node.h"
#include "chaos/sim/world.h"

namespace warren::sim {

using raft::Entry;
using raft::Index;

// ---- Loads: a leader's own disk ---------------------------------------------------------------

void Node::StartLoads() {
  for (const raft::LoadRequest& request : output_.loads) {
    loads_.emplace(next_load_, request);
    world_.WakeIn(disk_.DrawReadTime(), Remind(WakeupKind::kLoaded, next_load_++));
  }
}

void Node::OnLoaded(uint64_t key) {
  const auto found = loads_.find(key);
  const raft::LoadRequest request = found->second;
  loads_.erase(found);
  ++world_.stats().loads;
  // As many as fit, or fewer: how much to read is the host's choice. None: they are compacted.
  std::vector<Entry> entries;
  const uint64_t at_most = 1 + rng_.Below(16);
  size_t bytes = 0;
  for (Index i = request.first; i <= request.last && entries.size() < at_most; i = i + 1) {
    const Entry* entry = i > disk().base().id.index ? disk().Find(i) : nullptr;
    if (entry == nullptr) break;
    bytes += raft::AccountedBytes(*entry);
    if (bytes > request.bytes_max && !entries.empty()) break;
    entries.push_back(*entry);
  }
  Step(raft::Loaded{.peer = request.peer, .first = request.first, .entries = entries});
}

// ---- Fetches: another node's disk -------------------------------------------------------------

void Node::StartFetch() {
  if (std::exchange(fetch_due_, true)) return;
  const NetworkSetup& network = world_.setup().network;
  const Duration delay =
      DrawBetween(rng_, network.delay_min, network.delay_max) * 2 + disk_.DrawReadTime();
  world_.WakeIn(delay, Remind(WakeupKind::kFetch));
}

// One request and its answer: a few bodies of the oldest write that waits for some.
void Node::OnFetch() {
  constexpr int kBodiesPerFetch = 8;
  fetch_due_ = false;
  PendingWrite& pending = pending_[submitted_];
  DiskWrite::Install& install = *pending.write.install;
  if (const Node* source = PickSource(pending.installed->last.id.index)) {
    for (int i = 0; i < kBodiesPerFetch && !pending.missing.empty(); ++i) {
      const Index index(*pending.missing.First());
      const auto body = source->Serve(index);
      if (!body.has_value()) break;
      if (body->entry != nullptr) install.bodies.emplace(index, *body->entry);
      pending.missing.PopFirst();
      ++world_.stats().fetched;
    }
  }
  if (pending.missing.empty()) {
    Pump();
  } else {
    StartFetch();
  }
}

// A node that can be reached and has applied all that the snapshot stands for.
Node* Node::PickSource(Index snapshot) {
  std::vector<Node*> sources;
  for (const auto& other : world_.nodes()) {
    const bool reachable = other->id() != id_ && other->IsRunning() &&
                           world_.network().IsOpen(id_, other->id()) &&
                           world_.network().IsOpen(other->id(), id_);
    if (reachable && other->machine_.last().id.index >= snapshot) sources.push_back(other.get());
  }
  return sources.empty() ? nullptr : DrawOneOf(rng_, sources);
}

std::optional<Node::Body> Node::Serve(Index index) const {
  if (machine_.last().id.index >= index && !machine_.live().Contains(index.value())) {
    return Body{.entry = nullptr};  // Settled since the snapshot was taken.
  }
  const Entry* entry = disk().Find(index);
  // What this node has applied may still be on its way to its disk, over something else.
  const auto term = core_->TermAt(index);
  if (entry == nullptr || (term.has_value() && *term != entry->id.term)) return std::nullopt;
  return Body{.entry = entry};
}

}  // namespace warren::sim
