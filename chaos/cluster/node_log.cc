// The log of a simulated node: what two threads do in a real one.
#include <utility>

#include "base/status_macros.h"
#include "chaos/cluster/node.h"
#include "chaos/cluster/world.h"
#include "chaos/sim/draw.h"
#include "replication/host/entry_reader.h"

namespace warren::cluster_sim {
namespace {

// How often the maintenance looks though nobody called it.
constexpr Duration kMaintainEvery = Milliseconds(100);

}  // namespace

absl::Status Node::OpenLog(log::Recovery* recovery) {
  log::LogPlatform platform;
  platform.files = disk_.get();
  platform.env = env_.get();
  platform.clock = &clock_;
  platform.listener = this;
  platform.logger = base::Logger(&pipeline_);
  platform.random = [this] { return secrets_.Next(); };
  platform.compacts_by_itself = false;
  WARREN_ASSIGN_OR_RETURN(process_->log,
                          log::LogEngine::Open(world_->setup().log, std::move(platform), recovery));
  return absl::OkStatus();
}

// Whatever was submitted gets its round, after about as long as a disk takes.
void Node::KickLog() {
  if (std::exchange(process_->round_due, true)) return;
  const DiskSetup& disk = world_->setup().disk;
  In(sim::DrawBetween(rng_, disk.round_min, disk.round_max), Label(2), [this] { Round(); });
}

void Node::Round() {
  process_->round_due = false;
  const bool wrote = process_->log->WriteRound();
  if (disk_->is_off() || process_->failed) return;
  if (process_->log->TakeMaintenanceCue()) KickMaintenance(Duration(10));
  if (wrote) return KickLog();
  // Nothing more: the last frame is sealed, unless something comes meanwhile.
  In(Duration(absl::ToInt64Microseconds(world_->setup().log.seal_after)), Label(3), [this] {
    if (!process_->round_due) process_->log->Seal();
  });
}

void Node::KickMaintenance(Duration delay) {
  if (std::exchange(process_->maintenance_due, true)) return;
  const Duration most = world_->setup().disk.maintain_max;
  In(delay + sim::DrawBetween(rng_, Duration(0), most), Label(4), [this] {
    process_->maintenance_due = false;
    const bool did_something = process_->log->Maintain();
    if (disk_->is_off() || process_->failed) return;
    KickLog();  // There may be room for a round that had none, or it waits for a sync.
    if (did_something) KickMaintenance(Duration(10));
  });
}

void Node::MaintainForEver() {
  KickMaintenance(Duration(0));
  In(kMaintainEvery, Label(5), [this] { MaintainForEver(); });
}

void Node::Read(replication::ReadJob job) {
  const DiskSetup& disk = world_->setup().disk;
  In(sim::DrawBetween(rng_, disk.read_min, disk.read_max), Label(6),
     [this, job = std::move(job)]() mutable {
       const ShardNo shard = job.shard;
       replication::EntriesRead read = replication::EntryReader::Do(*process_->log, std::move(job));
       if (!disk_->is_off()) Post(shard, std::move(read));
     });
}

// ---- LogListener: as host/dispatcher.cc

void Node::OnCompleted(std::span<const log::Completion> completions) {
  if (process_->shards.empty()) return;
  std::vector<std::vector<GroupId>> groups(shards());
  for (const log::Completion& completion : completions) {
    if (completion.group == replication::kNodeGroup) continue;
    groups[ShardOfGroup(completion.group)].push_back(completion.group);
  }
  for (ShardNo shard = 0; shard < shards(); ++shard) {
    if (groups[shard].empty()) continue;
    Post(shard, replication::WritesCompleted{.groups = std::move(groups[shard])});
  }
}

void Node::OnRetirementNear(std::span<const raft::GroupId> near) {
  if (process_->shards.empty()) return;
  std::vector<std::vector<GroupId>> groups(shards());
  for (const GroupId group : near) {
    if (group != replication::kNodeGroup) groups[ShardOfGroup(group)].push_back(group);
  }
  for (ShardNo shard = 0; shard < shards(); ++shard) {
    if (groups[shard].empty()) continue;
    Post(shard, replication::RetirementNear{.groups = std::move(groups[shard])});
  }
}

// Without power nobody is there to be told.
void Node::OnFailed(const absl::Status& /*why*/) {
  if (process_ != nullptr) process_->failed = true;
}

void Node::OnSpace(bool short_of_space) {
  if (process_ != nullptr && !process_->shards.empty()) {
    PostToAll(replication::SpaceChanged{.short_of_space = short_of_space});
  }
}

}  // namespace warren::cluster_sim
