#include "chaos/sim/swarm.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/rng.h"
#include "chaos/sim/draw.h"

namespace warren::sim {
namespace {

constexpr uint64_t kStream = 0x5357'4152'4D00;  // Apart from all that is drawn within the run.

size_t DrawNodes(base::Rng& rng) {
  static constexpr std::array<size_t, 10> kSizes = {3, 3, 3, 3, 5, 5, 5, 4, 6, 7};
  return kSizes[rng.Below(kSizes.size())];
}

// 0 in half of the runs.
Chance DrawChance(base::Rng& rng, Chance most) {
  const auto chance = static_cast<Chance>(rng.Between(1, most));
  return rng.OneIn(2) ? 0 : chance;
}

Duration DrawUnlessOff(base::Rng& rng, Duration low, Duration high) {
  const Duration drawn = DrawBetween(rng, low, high);
  return rng.OneIn(2) ? Duration(0) : drawn;
}

void DrawCore(base::Rng& rng, raft::Config& core) {
  core.liveness = rng.OneIn(2) ? raft::Liveness::kGroup : raft::Liveness::kNode;
  core.election_ticks = static_cast<uint32_t>(rng.Between(3, 10));
  core.heartbeat_ticks = static_cast<uint32_t>(rng.Between(1, 2));
  core.pre_vote = !rng.OneIn(4);
  core.check_quorum = !rng.OneIn(4);
  core.step_down_on_removal = !rng.OneIn(4);
  core.validate_config_changes = !rng.OneIn(4);
}

// Tiny limits make the code at the limits run all the time.
void DrawLimits(base::Rng& rng, raft::Config& core) {
  static constexpr std::array<size_t, 3> kMessageBytes = {1, 1000, 1 << 20};
  core.message_bytes_max = kMessageBytes[rng.Below(kMessageBytes.size())];
  const size_t few = rng.Between(1, 3);
  if (rng.OneIn(2)) core.inflight_messages_max = few;
  if (rng.OneIn(4)) core.inflight_bytes_max = std::max<size_t>(core.message_bytes_max, 2000);
  if (rng.OneIn(4)) core.uncommitted_bytes_max = 4000;
  if (rng.OneIn(3)) core.apply_bytes_max = 500;
  // Who can send but one entry at a time must not let many pile up, or healing takes for ever.
  if (core.message_bytes_max == 1) core.uncommitted_bytes_max = 4000;
}

void DrawCompatibility(base::Rng& rng, raft::Compatibility& compatibility) {
  compatibility.eager_commit_broadcast = rng.OneIn(4);
  compatibility.send_in_step = rng.OneIn(4);
  compatibility.separate_acks = rng.OneIn(4);
  compatibility.apply_only_stable = rng.OneIn(4);
  compatibility.forward_proposals = rng.OneIn(4);
}

void DrawNetwork(base::Rng& rng, bool may_be_far, NetworkSetup& network) {
  const bool far = rng.OneIn(4) && may_be_far;
  network.delay_min = Microseconds(100);
  network.delay_max = far ? Milliseconds(60) : DrawBetween(rng, Milliseconds(1), Milliseconds(10));
  network.lost = DrawChance(rng, 800);
  network.duplicated = DrawChance(rng, 800);
  network.straggling = DrawChance(rng, 800);
}

void DrawDisk(base::Rng& rng, bool may_be_sluggish, DiskSetup& disk) {
  const bool sluggish = rng.OneIn(4) && may_be_sluggish;
  disk.sync_min = Microseconds(50);
  disk.sync_max = sluggish ? Milliseconds(60) : DrawBetween(rng, Milliseconds(1), Milliseconds(8));
  disk.sync_failed = DrawChance(rng, 15);
}

void DrawHost(base::Rng& rng, bool may_apply_late, HostSetup& host) {
  host.tick_when_idle = rng.OneIn(3);
  host.poll_delay_max = DrawUnlessOff(rng, Milliseconds(1), Milliseconds(10));
  host.apply_delay_max =
      DrawUnlessOff(rng, Milliseconds(1), Milliseconds(may_apply_late ? 100 : 10));
  host.snapshot_every = rng.OneIn(2) ? rng.Between(5, 60) : rng.Between(60, 600);
  host.retained_max = rng.OneIn(2) ? 0 : rng.Between(1, 40);
  host.evict = DrawChance(rng, 3000);
  host.encodes = rng.Fork(1).OneIn(4);
}

// An election timeout shorter than a vote takes, there and back and onto the disk, is no setup in
// which progress could be asked for.
Duration DrawTick(base::Rng& rng, const RunSetup& setup) {
  const Duration vote =
      2 * (setup.network.delay_max + setup.disk.sync_max + 2 * setup.host.poll_delay_max);
  const Duration least = std::max(Milliseconds(20), 3 * vote / setup.core.election_ticks);
  return DrawBetween(rng, least, std::max(least, Milliseconds(100)));
}

void DrawWorkload(base::Rng& rng, WorkloadSetup& workload) {
  workload.propose_every = DrawBetween(rng, Milliseconds(5), Milliseconds(80));
  workload.batch_max = rng.Between(1, 4);
  workload.misdirected = 1000;
  workload.read_every = DrawUnlessOff(rng, Milliseconds(20), Milliseconds(200));
}

void DrawNemesis(base::Rng& rng, RunSetup& setup) {
  const auto draw = [&](StrikeKind kind, Duration low, Duration high) {
    setup.Every(kind) = DrawUnlessOff(rng, low, high);
  };
  draw(StrikeKind::kPartition, Milliseconds(300), Seconds(4));
  draw(StrikeKind::kSlowLink, Seconds(1), Seconds(6));
  draw(StrikeKind::kCrash, Milliseconds(300), Seconds(3));
  draw(StrikeKind::kPowerLoss, Seconds(3), Seconds(12));
  draw(StrikeKind::kBitRot, Seconds(1), Seconds(6));
  draw(StrikeKind::kSlowDisk, Seconds(1), Seconds(6));
  draw(StrikeKind::kPause, Seconds(1), Seconds(6));
  draw(StrikeKind::kTickDrift, Milliseconds(500), Seconds(4));
  draw(StrikeKind::kClockJump, Milliseconds(500), Seconds(4));
  draw(StrikeKind::kMembership, Milliseconds(300), Seconds(3));
  draw(StrikeKind::kTransfer, Milliseconds(300), Seconds(3));
  draw(StrikeKind::kUnrest, Milliseconds(500), Seconds(4));
  // Where both are on, each keeps the other from striking: see faults/bit_rot.cc.
  if (setup.Every(StrikeKind::kBitRot) > Duration(0) && !rng.OneIn(4)) {
    setup.Every(StrikeKind::kMembership) = Duration(0);
  }
  setup.nemesis.downtime_max = DrawBetween(rng, Milliseconds(100), Seconds(3));
}

}  // namespace

RunSetup DrawSetup(uint64_t seed, size_t nodes) {
  base::Rng rng(seed, kStream);
  RunSetup setup;
  setup.seed = seed;
  const size_t drawn = DrawNodes(rng);
  setup.nodes = nodes == 0 ? drawn : nodes;
  WARREN_CHECK(setup.nodes >= 3 && setup.nodes <= kNodesMax);
  setup.first_voters = rng.Between(3, setup.nodes);
  setup.boots_from_snapshot = rng.OneIn(2);
  DrawCore(rng, setup.core);
  DrawLimits(rng, setup.core);
  DrawCompatibility(rng, setup.core.compatibility);
  const bool may_be_slow = setup.core.message_bytes_max > 1;
  DrawNetwork(rng, may_be_slow, setup.network);
  DrawDisk(rng, may_be_slow, setup.disk);
  const bool may_apply_late = setup.core.apply_bytes_max > 500;
  DrawHost(rng, may_apply_late, setup.host);
  setup.host.tick = DrawTick(rng, setup);
  DrawWorkload(rng, setup.workload);
  DrawNemesis(rng, setup);
  setup.faulty_for = DrawBetween(rng, Seconds(10), Seconds(40));
  return setup;
}

RunSetup CalmSetup(uint64_t seed, size_t nodes) {
  RunSetup setup;
  setup.seed = seed;
  setup.nodes = setup.first_voters = nodes == 0 ? 3 : nodes;
  setup.faulty_for = Seconds(300);
  return setup;
}

}  // namespace warren::sim
