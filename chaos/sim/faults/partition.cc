// Links that let nothing through.
#include <array>

#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// One strike cuts, the next one mends. What is cut is drawn: two sides, one node on its own, one
// direction of some links, or a ring in which nobody sees all the others.
class Partition final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    if (cut_) {
      Mend(world);
    } else {
      Cut(world, rng);
    }
    cut_ = !cut_;
  }

 private:
  void Mend(World& world) {
    for (const auto& from : world.nodes()) {
      for (const auto& to : world.nodes()) {
        world.network().SetCut(from->id(), to->id(), Network::Cut::kNone);
      }
    }
  }

  void Cut(World& world, base::Rng& rng) {
    switch (rng.Below(4)) {
      case 0:
        CutSides(world, rng);
        break;
      case 1:
        CutOff(world, rng);
        break;
      case 2:
        CutDirections(world, rng);
        break;
      default:
        CutRing(world, rng);
        break;
    }
  }

  void CutSides(World& world, base::Rng& rng) {
    std::array<bool, kNodesMax + 1> left{};
    for (const auto& node : world.nodes()) left[node->id().value()] = rng.OneIn(2);
    for (const auto& from : world.nodes()) {
      for (const auto& to : world.nodes()) {
        if (left[from->id().value()] != left[to->id().value()]) {
          world.network().SetCut(from->id(), to->id(), Network::Cut::kPartition);
        }
      }
    }
  }

  // Often the leader: in a minority of one.
  void CutOff(World& world, base::Rng& rng) {
    const Node* alone = PickRunning(world, rng);
    if (alone == nullptr) return;
    for (const auto& other : world.nodes()) {
      if (other.get() == alone) continue;
      world.network().SetCut(alone->id(), other->id(), Network::Cut::kPartition);
      world.network().SetCut(other->id(), alone->id(), Network::Cut::kPartition);
    }
  }

  // Half of the time all links into, or all links out of, one node.
  void CutDirections(World& world, base::Rng& rng) {
    const Node* one = PickRunning(world, rng);
    const bool around_one = rng.OneIn(2) && one != nullptr;
    const bool incoming = rng.OneIn(2);
    for (const auto& from : world.nodes()) {
      for (const auto& to : world.nodes()) {
        const bool drawn = rng.OneIn(4);
        const bool at_one = (incoming ? to : from).get() == one;
        if (from != to && (around_one ? at_one : drawn)) {
          world.network().SetCut(from->id(), to->id(), Network::Cut::kOneWay);
        }
      }
    }
  }

  // Each node keeps only its two neighbours, in an order that is drawn.
  void CutRing(World& world, base::Rng& rng) {
    const uint64_t size = world.nodes().size();
    const uint64_t stride = rng.Between(1, size - 1);
    for (uint64_t i = 0; i < size; ++i) {
      for (uint64_t j = 0; j < size; ++j) {
        const bool neighbours = (i + stride) % size == j || (j + stride) % size == i;
        if (i == j || neighbours) continue;
        world.network().SetCut(world.nodes()[i]->id(), world.nodes()[j]->id(),
                               Network::Cut::kPartition);
      }
    }
  }

  bool cut_ = false;
};

}  // namespace

std::unique_ptr<Fault> MakePartition() { return std::make_unique<Partition>(); }

}  // namespace warren::sim
