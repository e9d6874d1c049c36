#include "chaos/sim/workload.h"

#include <memory>

#include "chaos/sim/draw.h"
#include "chaos/sim/machine.h"
#include "chaos/sim/world.h"

namespace warren::sim {

Workload::Workload(World& world)
    : world_(world), setup_(world.setup().workload), rng_(world.MakeRng(RngUse::kWorkload)) {}

void Workload::Start() {
  world_.WakeIn(setup_.propose_every, {.kind = WakeupKind::kPropose});
  if (setup_.read_every > Duration(0)) {
    world_.WakeIn(setup_.read_every, {.kind = WakeupKind::kRead});
  }
}

void Workload::Write() {
  if (!running_) return;
  world_.WakeIn(DrawAround(rng_, setup_.propose_every), {.kind = WakeupKind::kPropose});
  Node* node = PickNode(setup_.misdirected);
  if (node == nullptr) return;
  batch_.clear();
  const uint64_t count = rng_.Between(1, setup_.batch_max);
  for (uint64_t i = 0; i < count; ++i) {
    const Command command{.id = next_command_++,
                          .settles = rng_.Below(3),
                          .pick = rng_.Next(),
                          .padding = rng_.Below(setup_.payload_bytes_max + 1)};
    batch_.push_back(command.Encode());
  }
  node->Ask(raft::Propose{.payloads = batch_, .clock = node->WallClock()});
}

void Workload::Read() {
  if (!running_) return;
  world_.WakeIn(DrawAround(rng_, setup_.read_every), {.kind = WakeupKind::kRead});
  Node* node = PickNode(kAlways / 2);
  if (node == nullptr) return;
  const raft::ReadId id(next_read_++);
  world_.checker().OnReadAsked(id);
  node->Ask(raft::ReadRequest{id});
}

Node* Workload::PickNode(Chance anybody) {
  const auto& nodes = world_.nodes();
  Node& any = *nodes[rng_.Below(nodes.size())];
  if (Happens(rng_, anybody)) return any.IsRunning() ? &any : nullptr;
  return world_.Leader();
}

}  // namespace warren::sim
