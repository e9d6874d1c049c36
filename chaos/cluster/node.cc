#include "chaos/cluster/node.h"

#include <algorithm>

#include "base/check.h"
#include "base/status_macros.h"
#include "chaos/cluster/describe.h"
#include "chaos/cluster/watched_machine.h"
#include "chaos/cluster/world.h"
#include "chaos/sim/draw.h"
#include "fmt/format.h"
#include "replication/log/disk/testing/simulated_env.h"

namespace warren::cluster_sim {
namespace {

// A shard without a deadline shows that it is alive so often (host/shard_thread.cc).
constexpr Duration kIdleMax = Seconds(1);

bool IsBeat(const base::Bytes& message) {
  return static_cast<uint8_t>(message.data()[1]) ==
         static_cast<uint8_t>(replication::EnvelopeKind::kBeat);
}

std::unique_ptr<log::SimulatedDisk> MakeDisk(uint64_t seed) {
  log::SimulatedDiskOptions options;
  options.seed = seed;
  return std::make_unique<log::SimulatedDisk>(options);
}

// Far enough from each other that a comparison of two nodes' clocks would show.
absl::Time DrawWall(base::Rng& rng) {
  return absl::FromUnixSeconds(1'700'000'000) +
         absl::Milliseconds(static_cast<int64_t>(rng.Below(4000)));
}

}  // namespace

Node::Node(NodeId id, World* world)
    : id_(id),
      world_(world),
      timeline_(&world->timeline()),
      rng_(timeline_->MakeRng(RngUse::kNode, id.value())),
      secrets_(timeline_->MakeRng(RngUse::kLogSecrets, id.value())),
      clock_(DrawWall(rng_)),
      ear_(id, timeline_,
           [this](std::string_view event) {
             const bool is_power = event == "log.failed" && disk_->is_off();
             return is_power || (damaged_ && ExplainedByDamage(event));
           }),
      pipeline_(
          {.level_min = timeline_->is_traced() ? base::LogLevel::kInfo : base::LogLevel::kError},
          &ear_, &clock_),
      disk_(MakeDisk(timeline_->MakeRng(RngUse::kDisk, id.value()).Next())),
      env_(log::MakeSimulatedEnv(disk_.get())) {
  const uint32_t most = world->setup().drift_ppm_max;
  drift_ppm_ = static_cast<int64_t>(rng_.Between(0, 2 * most)) - static_cast<int64_t>(most);
}

Node::~Node() = default;

// ---- Life

void Node::Start() {
  if (IsUp() || gone_) return;
  if (disk_->is_off()) disk_->Crash();
  SyncClock();
  ++life_;
  ++timeline_->stats().starts;
  timeline_->Trace([&] { return fmt::format("n{} starts, life {}", id_.value(), life_); });
  paused_ = false;
  process_ = std::make_unique<Process>();
  opening_ = true;
  const absl::Status status = Open();
  opening_ = false;
  if (disk_->is_off()) return End(Network::Farewell::kSilence);
  if (!status.ok()) {
    if (!damaged_) {
      timeline_->Violated("Opens", fmt::format("n{}: {}", id_.value(), status.ToString()));
    }
    timeline_->Trace([&] { return fmt::format("n{}: {}", id_.value(), status.ToString()); });
    End(Network::Farewell::kReset);
    world_->OnCannotOpen(*this);
    return;
  }
  world_->network().OnUp(id_, this);
  for (ShardNo shard = 0; shard < shards(); ++shard) PassIn(shard, Duration(1));
  KickLog();
  MaintainForEver();
  SetPeers(world_->Peers());
}

absl::Status Node::Open() {
  log::Recovery recovery;
  WARREN_RETURN_IF_ERROR(OpenLog(&recovery));
  OpenShards();
  return RecoverGroups(recovery);
}

void Node::OpenShards() {
  const ClusterSetup& setup = world_->setup();
  process_->graveyard = std::make_unique<replication::Graveyard>(setup.host_bug);
  replication::ShardPlatform platform;
  platform.shards = setup.shards;
  platform.self = id_;
  platform.incarnation = Incarnation(life_);
  platform.clock = &clock_;
  platform.log = process_->log.get();
  platform.ports = this;
  platform.graveyard = process_->graveyard.get();
  platform.logger = base::Logger(&pipeline_);
  platform.bug = setup.host_bug;
  platform.machines = [this](GroupKind /*kind*/, replication::GroupHandle* group) {
    return std::make_unique<WatchedMachine>(world_->setup().queues, id_, group, world_);
  };
  process_->shards.resize(setup.shards);
  for (ShardNo shard = 0; shard < setup.shards; ++shard) {
    platform.shard = shard;
    process_->shards[shard].shard = std::make_unique<replication::Shard>(setup.host, platform);
  }
  process_->liveness =
      std::make_unique<replication::Liveness>(setup.liveness, id_, Incarnation(life_));
}

absl::Status Node::RecoverGroups(const log::Recovery& recovery) {
  const log::RecoveredGroup* own = nullptr;
  for (const log::RecoveredGroup& group : recovery.groups) {
    if (group.group == replication::kNodeGroup) own = &group;
  }
  WARREN_RETURN_IF_ERROR(process_->graveyard->Open(process_->log.get(), own));
  for (const log::RecoveredGroup& group : recovery.groups) {
    if (group.group == replication::kNodeGroup) continue;
    WARREN_RETURN_IF_ERROR(shard(ShardOfGroup(group.group)).Recover(group));
  }
  return absl::OkStatus();
}

void Node::End(Network::Farewell farewell) {
  if (!IsUp()) return;
  timeline_->Trace([&] { return fmt::format("n{} ends", id_.value()); });
  world_->network().OnDown(id_, farewell);
  world_->OnProcessEnds(*this);
  // Machines go before their shards, shards before the log.
  process_->shards.clear();
  process_.reset();
  paused_ = false;
}

void Node::Kill() { End(Network::Farewell::kReset); }

void Node::CutPower(uint64_t after_changes) {
  if (after_changes > 0) return disk_->PowerOffAt(after_changes);
  disk_->PowerOff();
  End(Network::Farewell::kSilence);
}

void Node::Pause() {
  if (!IsUp()) return;
  paused_ = true;
  world_->network().SetPaused(id_, true);
}

void Node::Resume() {
  if (!IsUp() || !paused_) return;
  paused_ = false;
  world_->network().SetPaused(id_, false);
  const uint64_t life = life_;
  for (Timeline::Action& action : std::exchange(process_->while_paused, {})) {
    if (life_ == life && IsUp()) Run(action);
  }
}

void Node::Discard() {
  End(Network::Farewell::kReset);
  gone_ = true;
}

void Node::LoseLog() {
  WARREN_CHECK(!IsUp());
  env_.reset();
  disk_ = MakeDisk(rng_.Next());
  env_ = log::MakeSimulatedEnv(disk_.get());
  damaged_ = true;
}

void Node::StepWall(absl::Duration by) {
  SyncClock();
  clock_.StepWall(by);
}

void Node::CalmDown() {
  disk_->KeepPower();
  Resume();
}

// ---- Time

// Its clock goes a little faster or slower than ours.
void Node::SyncClock() {
  const int64_t us = timeline_->now().time_since_epoch().count();
  const absl::Duration shown = absl::Microseconds(us) + absl::Nanoseconds(us * drift_ppm_ / 1000);
  const absl::Duration by = shown - clock_.Now().SinceZero();
  if (by > absl::ZeroDuration()) clock_.Advance(by);
}

Duration Node::UntilDue(base::MonotonicTime at) const {
  const int64_t ns = absl::ToInt64Nanoseconds(at - clock_.Now());
  if (ns <= 0) return Duration(0);
  return Duration(ns / 1000 + ns / 1'000'000 + 1);  // For the slowest clock.
}

void Node::In(Duration delay, uint64_t label, Timeline::Action action) {
  timeline_->In(delay, label, [this, life = life_, action = std::move(action)]() mutable {
    if (!IsUp() || life_ != life) return;
    if (paused_) {
      process_->while_paused.push_back(std::move(action));
    } else {
      Run(action);
    }
  });
}

void Node::Run(Timeline::Action& action) {
  SyncClock();
  action();
  if (!IsUp()) return;
  if (disk_->is_off()) return End(Network::Farewell::kSilence);
  if (process_->failed) End(Network::Farewell::kReset);
}

// ---- Shards

void Node::Do(ShardNo shard, replication::ShardTask task) { Post(shard, std::move(task)); }

void Node::Post(ShardNo shard, replication::ShardItem item) {
  if (!IsUp() || process_->shards.empty()) return;
  process_->shards[shard].items.push_back(std::move(item));
  PassIn(shard, sim::DrawBetween(rng_, Duration(1), world_->setup().pass_delay_max));
}

void Node::PassIn(ShardNo shard, Duration delay) {
  ShardSlot& slot = process_->shards[shard];
  const Time at = timeline_->now() + delay;
  if (slot.pass_at.has_value() && *slot.pass_at <= at) return;
  slot.pass_at = at;
  In(delay, Label(1), [this, shard, token = ++slot.pass_token] {
    if (process_->shards[shard].pass_token == token) Pass(shard);
  });
}

void Node::Pass(ShardNo number) {
  ShardSlot& slot = process_->shards[number];
  slot.pass_at.reset();
  ++slot.pass_token;
  timeline_->Mix(slot.items.size());
  for (replication::ShardItem& item : std::exchange(slot.items, {})) {
    slot.shard->Handle(std::move(item));
  }
  slot.shard->Pass();
  ++slot.progress;
  world_->OnPass(*this, *slot.shard);
  KickLog();
  Duration wait = kIdleMax;
  if (const auto wakeup = slot.shard->NextWakeup(); wakeup.has_value()) {
    wait = std::min(wait, UntilDue(*wakeup));
  }
  PassIn(number, std::max(wait, Duration(5)));
}

ShardNo Node::shards() const { return static_cast<ShardNo>(process_->shards.size()); }

ShardNo Node::ShardOfGroup(GroupId group) const {
  return replication::ShardOf(group, world_->setup().shards);
}

replication::Shard& Node::shard(ShardNo shard) { return *process_->shards[shard].shard; }

const replication::Group* Node::Find(GroupId group) {
  return shard(ShardOfGroup(group)).Find(group);
}

log::LogEngine& Node::log() { return *process_->log; }

const replication::Liveness& Node::liveness() const { return *process_->liveness; }

// ---- What shards stand on

bool Node::SendToPeer(NodeId to, StreamClass stream, base::BytesChain message) {
  const base::Bytes bytes = message.Flatten();
  const bool sent = world_->network().Send(id_, to, stream, bytes);
  if (IsBeat(bytes)) return sent;
  timeline_->Trace([&] {
    return fmt::format("n{} {} n{}: {}", id_.value(), sent ? "->" : "-X", to.value(),
                       DescribeMessage(bytes));
  });
  return sent;
}

void Node::SendToShard(ShardNo shard, replication::ShardItem item) {
  Post(static_cast<ShardNo>(shard % shards()), std::move(item));
}

}  // namespace warren::cluster_sim
