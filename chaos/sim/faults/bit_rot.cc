// A disk that loses what it had synced.
#include <algorithm>

#include "chaos/sim/configs_in_play.h"
#include "chaos/sim/draw.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// The node dies, and one of the newer records of its log cannot be read when it comes back, nor
// what follows. Recovery sees that; what it cannot see is what the member had promised by it.
//
// Strikes only while the group can afford it (MayForget), and not for a while after a change of the
// membership was asked for: a message under way may hold a configuration that no log holds.
class BitRot final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    Node& node = *world.nodes()[rng.Below(world.nodes().size())];
    const bool vote_too = rng.OneIn(2);
    const uint64_t reach = rng.Between(1, kReach);
    if (world.now() - world.last_change_asked() < kQuiet) return;
    if (!MayForget(world, node.id())) return;
    world.stats().Count(FaultKind::kBitRot);
    if (node.IsUp()) node.Crash();
    const DiskImage& disk = node.disk();
    const uint64_t lost = std::min(reach, disk.Last().index - disk.SnapshotIndex());
    node.mutable_disk().Rot(disk.Last().index + 1 - lost, vote_too);
  }

 private:
  static constexpr uint64_t kReach = 8;  // Entries, counted from the last.
  static constexpr Duration kQuiet = Seconds(8);
};

}  // namespace

std::unique_ptr<Fault> MakeBitRot() { return std::make_unique<BitRot>(); }

}  // namespace warren::sim
