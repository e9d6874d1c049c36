#include "chaos/cluster/setup.h"

#include <algorithm>

#include "base/rng.h"
#include "chaos/sim/draw.h"
#include "fmt/format.h"
#include "replication/log/disk/file_system.h"

namespace warren::cluster_sim {
namespace {

constexpr uint64_t kStream = 0x434C'5553'5445'5200;  // Apart from all that is drawn within a run.
constexpr size_t kKilobyte = 1024;

absl::Duration DrawAbsl(base::Rng& rng, absl::Duration low, absl::Duration high) {
  return low + absl::Microseconds(static_cast<int64_t>(
                   rng.Below(static_cast<uint64_t>(absl::ToInt64Microseconds(high - low)) + 1)));
}

// Small, so that segments retire and the store is in play.
void DrawLog(base::Rng& rng, log::LogConfig& log) {
  static constexpr std::array<uint32_t, 4> kSegment = {128, 256, 256, 512};
  log.directory = "data";
  log.segment_bytes = kSegment[rng.Below(kSegment.size())] * uint32_t{kKilobyte};
  log.segments_kept = static_cast<uint32_t>(rng.Between(1, 2));
  log.segments_max = log.segments_kept + 3 + static_cast<uint32_t>(rng.Below(4));
  log.round_bytes_max = log.segment_bytes / 8 / log::kBlockBytes * log::kBlockBytes;
  log.queued_bytes_max = log.round_bytes_max * rng.Between(2, 20);
  static constexpr std::array<size_t, 3> kMemory = {2, 64, 8 * 1024};
  log.memory_bytes = kMemory[rng.Below(kMemory.size())] * kKilobyte;
  log.store_cache_bytes = 64 * kKilobyte;
  log.watermark_interval = absl::Milliseconds(static_cast<int64_t>(rng.Between(0, 200)));
  log.reserve_bytes = 64 * kKilobyte;
  log.disk_free_min = 128 * kKilobyte;
}

void DrawHost(base::Rng& rng, const log::LogConfig& log, replication::HostConfig& host) {
  replication::GroupConfig& group = host.group;
  group.snapshot_entries = rng.OneIn(2) ? rng.Between(10, 60) : rng.Between(60, 600);
  group.snapshot_bytes = rng.Between(8, 200) * kKilobyte;
  group.write_bytes_max = log.segment_bytes / 8;
  group.catch_up_bytes = rng.OneIn(2) ? rng.Between(1, 8) * kKilobyte : 64 * kKilobyte;
  group.fetch_bytes = rng.OneIn(2) ? rng.Between(256, 2000) : 16 * kKilobyte;
  group.fetches_max = static_cast<uint32_t>(rng.Between(1, 4));
  group.fetch_patience = DrawAbsl(rng, absl::Milliseconds(300), absl::Seconds(2));
  group.core.entry_bytes_max = log.segment_bytes / 4 - 8 * kKilobyte;
  group.core.message_bytes_max = rng.OneIn(2) ? 4 * kKilobyte : 256 * kKilobyte;
  if (rng.OneIn(2)) group.core.inflight_messages_max = rng.Between(1, 8);
  if (rng.OneIn(4)) group.core.uncommitted_bytes_max = 64 * kKilobyte;
  if (rng.OneIn(4)) group.core.apply_bytes_max = 4 * kKilobyte;
  if (rng.OneIn(4)) host.unwritten_bytes_max = 64 * kKilobyte;
  host.elections_burst = rng.OneIn(3) ? 1 : 200;
  host.elections_per_second = rng.OneIn(3) ? 20 : 5000;
  if (rng.OneIn(3)) host.fetch_bytes_per_second = rng.Between(20, 500) * kKilobyte;
}

void DrawSessions(base::Rng& rng, ClusterSetup& setup) {
  replication::SessionConfig& session = setup.session;
  session.batch_messages_max = static_cast<uint32_t>(rng.Between(1, 24));
  session.batch_bytes_max = rng.Between(1, 6) * kKilobyte;
  session.unresolved_messages_max = static_cast<uint32_t>(rng.Between(8, 400));
  session.settlements_max = static_cast<uint32_t>(rng.Between(1, 200));
  session.patience = DrawAbsl(rng, absl::Milliseconds(300), absl::Seconds(2));
  session.retry_max = absl::Milliseconds(500);
  replication::QueueReplicaConfig& queues = setup.queues;
  queues.read_cache_bytes_max = rng.OneIn(2) ? 1 * kKilobyte : 256 * kKilobyte;
  queues.read_ahead_entries_max = rng.Between(1, 16);
  queues.outcome_bytes_max = rng.OneIn(2) ? 1 * kKilobyte : 64 * kKilobyte;
  queues.unclaimed_patience = DrawAbsl(rng, absl::Seconds(1), absl::Seconds(4));
}

GroupPlan DrawGroup(base::Rng& rng, size_t nodes, bool small) {
  GroupPlan plan;
  size_t members = nodes == 5 && rng.OneIn(2) ? 5 : 3;
  if (small && rng.OneIn(2)) members = rng.Between(1, 2);
  members = std::min(members, nodes);
  while (plan.members.size() < members) plan.members.Insert(NodeId(rng.Between(1, nodes)));
  queue::QueueConfig& queue = plan.queue;
  queue.delivery_limit.reset();
  queue.consumer_disconnected_timeout = rng.Between(200, 3000) * queue::kMillisecond;
  if (rng.OneIn(3)) queue.max_priority = static_cast<queue::Priority>(rng.Between(1, 9));
  queue.single_active_consumer = rng.OneIn(5);
  if (!rng.OneIn(4)) return plan;
  plan.is_strict = false;
  switch (rng.Below(4)) {
    case 0:
      queue.message_ttl = rng.Between(50, 2000) * queue::kMillisecond;
      break;
    case 1:
      queue.max_length = rng.Between(5, 100);
      queue.overflow = rng.OneIn(2) ? queue::Overflow::kDropHead : queue::Overflow::kRejectPublish;
      break;
    case 2:
      queue.delivery_limit = static_cast<uint32_t>(rng.Between(1, 4));
      break;
    default:  // Purges, and consumers that settle by themselves.
      break;
  }
  return plan;
}

void DrawNetwork(base::Rng& rng, ClusterSetup& setup) {
  NetworkSetup& network = setup.network;
  network.delay_max =
      rng.OneIn(4) ? Milliseconds(30) : sim::DrawBetween(rng, Milliseconds(1), Milliseconds(5));
  network.slow_max = sim::DrawBetween(rng, Milliseconds(50), Milliseconds(2500));
  network.broken_after_max = sim::DrawBetween(rng, Milliseconds(500), Seconds(5));
  network.queued_bytes_max = rng.OneIn(4) ? 16 * kKilobyte : 1024 * kKilobyte;
  network.stragglers_one_in = rng.OneIn(2) ? rng.Between(1, 6) : 0;
  DiskSetup& disk = setup.disk;
  disk.round_max =
      rng.OneIn(4) ? Milliseconds(25) : sim::DrawBetween(rng, Milliseconds(1), Milliseconds(4));
  disk.read_max = rng.OneIn(4) ? Milliseconds(80) : Milliseconds(3);
  disk.maintain_max = rng.OneIn(3) ? Milliseconds(300) : Milliseconds(5);
  setup.pass_delay_max = rng.OneIn(3) ? Milliseconds(3) : Duration(100);
  setup.drift_ppm_max = rng.OneIn(2) ? 500 : 0;
}

void DrawWorkload(base::Rng& rng, WorkloadSetup& workload) {
  workload.clients_per_node = static_cast<uint32_t>(rng.Between(1, 4));
  workload.act_every = sim::DrawBetween(rng, Milliseconds(8), Milliseconds(60));
  workload.batch_max = static_cast<uint32_t>(rng.Between(1, 8));
  workload.content_max = static_cast<uint32_t>(rng.OneIn(3) ? 1500 : 200);
  workload.think_max = sim::DrawBetween(rng, Milliseconds(1), Milliseconds(300));
  workload.session_life = sim::DrawBetween(rng, Seconds(1), Seconds(12));
  workload.backlog_max = static_cast<uint32_t>(rng.Between(20, 600));
}

// Half of everything is off in each run: all at once leads to a cluster that only recovers.
void DrawFaults(base::Rng& rng, bool may_lose, ClusterSetup& setup) {
  const auto set = [&](FaultKind kind, uint64_t one_in, Duration low, Duration high) {
    const Duration every = sim::DrawBetween(rng, low, high);
    if (rng.OneIn(one_in)) setup.every[static_cast<size_t>(kind)] = every;
  };
  set(FaultKind::kCrash, 2, Milliseconds(1500), Seconds(6));
  set(FaultKind::kPowerLoss, 2, Milliseconds(1500), Seconds(8));
  set(FaultKind::kBlackout, 4, Seconds(4), Seconds(10));
  set(FaultKind::kPause, 3, Milliseconds(1500), Seconds(6));
  set(FaultKind::kPartition, 3, Seconds(2), Seconds(6));
  set(FaultKind::kOneWay, 4, Seconds(1), Seconds(4));
  set(FaultKind::kBreak, 2, Milliseconds(300), Seconds(3));
  set(FaultKind::kSlowLink, 3, Milliseconds(500), Seconds(3));
  set(FaultKind::kTransfer, 2, Milliseconds(400), Seconds(3));
  set(FaultKind::kMembers, 2, Seconds(1), Seconds(5));
  set(FaultKind::kReplace, 4, Seconds(4), Seconds(12));
  set(FaultKind::kRemoveGroup, 3, Seconds(3), Seconds(12));
  set(FaultKind::kClock, 5, Seconds(2), Seconds(8));
  if (!may_lose) return;
  set(FaultKind::kDecay, 2, Milliseconds(800), Seconds(4));
  set(FaultKind::kLostLog, 3, Seconds(3), Seconds(8));
}

}  // namespace

ClusterSetup DrawSetup(uint64_t seed) {
  base::Rng rng(seed, kStream);
  ClusterSetup setup;
  setup.seed = seed;
  static constexpr std::array<size_t, 10> kSizes = {3, 3, 3, 3, 3, 3, 3, 5, 5, 1};
  setup.nodes = kSizes[rng.Below(kSizes.size())];
  setup.shards = static_cast<replication::ShardNo>(rng.Between(1, 2));
  DrawLog(rng, setup.log);
  DrawHost(rng, setup.log, setup.host);
  DrawSessions(rng, setup);
  DrawNetwork(rng, setup);
  DrawWorkload(rng, setup.workload);
  // What a node may lose, the others of its groups must have.
  const bool may_lose = rng.OneIn(3) && setup.nodes >= 3;
  const size_t groups = rng.Between(1, 4);
  for (size_t i = 0; i < groups; ++i) {
    setup.groups.push_back(DrawGroup(rng, setup.nodes, !may_lose));
  }
  DrawFaults(rng, may_lose, setup);
  setup.downtime_max = sim::DrawBetween(rng, Milliseconds(100), Seconds(3));
  setup.chaos = sim::DrawBetween(rng, Seconds(4), Seconds(14));
  return setup;
}

std::string Describe(const ClusterSetup& setup) {
  std::string text = fmt::format(
      "  cluster   {} nodes, {} shards each, segments of {} KiB, {} kept\n"
      "  groups    snapshot after {} entries or {} KiB; fetched by {} bytes, {} at a time\n",
      setup.nodes, setup.shards, setup.log.segment_bytes / kKilobyte, setup.log.segments_kept,
      setup.host.group.snapshot_entries, setup.host.group.snapshot_bytes / kKilobyte,
      setup.host.group.fetch_bytes, setup.host.group.fetches_max);
  for (const GroupPlan& group : setup.groups) {
    fmt::format_to(std::back_inserter(text), "            {} members{}{}\n", group.members.size(),
                   group.is_strict ? ", strict" : "",
                   group.queue.single_active_consumer ? ", single active consumer" : "");
  }
  fmt::format_to(std::back_inserter(text),
                 "  network   {} to {} us, stragglers one in {}; rounds up to {} us\n"
                 "  faults   ",
                 setup.network.delay_min.count(), setup.network.delay_max.count(),
                 setup.network.stragglers_one_in, setup.disk.round_max.count());
  for (size_t i = 0; i < kFaults; ++i) {
    if (setup.every[i] == Duration(0)) continue;
    fmt::format_to(std::back_inserter(text), " {} every {} ms,", kFaultNames[i],
                   setup.every[i].count() / 1000);
  }
  fmt::format_to(std::back_inserter(text), " for {} ms\n", setup.chaos.count() / 1000);
  return text;
}

}  // namespace warren::cluster_sim
