#include "chaos/sim/node.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "chaos/sim/draw.h"
#include "chaos/sim/through_codec.h"
#include "chaos/sim/world.h"
#include "fmt/format.h"

namespace warren::sim {

using raft::NodeId;

Node::Node(NodeId id, DiskImage image, World& world)
    : id_(id),
      world_(world),
      rng_(world.MakeRng(RngUse::kNode, id)),
      disk_(world.setup().disk, std::move(image), world.MakeRng(RngUse::kDisk, id), world.stats()),
      tick_(world.setup().host.tick) {}

// ---- Life -------------------------------------------------------------------------------------

void Node::Start() {
  WARREN_CHECK(!IsUp());
  ++life_;
  raft::Config config = world_.setup().core;
  config.id = id_;
  config.seed = base::Rng(world_.setup().seed, id_.value()).Fork(life_).Next();
  const bool amnesiac = disk().hard_state().amnesiac;
  absl::StatusOr<raft::Core> core = Recover(config);
  if (!core.ok()) {
    world_.verdict().Violated(
        "Recovers", fmt::format("{} cannot start: {}", Describe(id_), core.status().ToString()));
    return;
  }
  core_.emplace(*std::move(core));
  machine_ = disk().snapshot() == nullptr ? Machine() : Machine(*disk().snapshot());
  snapshot_at_ = machine_.last().id.index;
  if (amnesiac) ++world_.stats().amnesia;
  world_.beats().Start(id_, world_.now());
  world_.checker().OnStarted(*this);
  // Nodes do not tick in step.
  world_.WakeIn(DrawBetween(rng_, Duration(0), tick_), Remind(WakeupKind::kTick));
  RequestPoll();
}

absl::StatusOr<raft::Core> Node::Recover(const raft::Config& config) {
  raft::Recovered recovered = disk_.Recover();
  if (world_.setup().host.encodes) WARREN_RETURN_IF_ERROR(ThroughCodec(recovered));
  return raft::Core::Create(config, std::move(recovered));
}

void Node::Crash() {
  WARREN_CHECK(IsUp());
  for (const PendingWrite& write : pending_) {
    for (const MessagePool::Place place : write.after) world_.messages().Release(place);
  }
  for (const Wakeup& wakeup : backlog_) {
    if (wakeup.kind == WakeupKind::kDeliver) world_.Lose(wakeup.key);
  }
  disk_.Crash();
  core_.reset();
  armed_.reset();
  paused_ = poll_due_ = fetch_due_ = apply_due_ = suspected_ = members_added_ = false;
  backlog_.clear();
  pending_.clear();
  submitted_ = 0;
  to_apply_.clear();
  loads_.clear();
  lease_.reset();
  world_.OnCrashed(*this);
}

void Node::Resume() {
  WARREN_CHECK(IsUp() && paused_);
  paused_ = false;
  for (const Wakeup& wakeup : std::exchange(backlog_, {})) {
    // It may die on the way through what piled up.
    if (wakeup.kind == WakeupKind::kDeliver && !IsUp()) world_.Lose(wakeup.key);
    if (IsUp()) Wake(wakeup);
  }
}

bool Node::Dies(Boundary boundary) {
  if (armed_ != boundary) return false;
  world_.stats().Count(CrashAt(boundary));
  Crash();
  return true;
}

// ---- What comes in ----------------------------------------------------------------------------

void Node::Wake(const Wakeup& wakeup) {
  if (paused_) {
    backlog_.push_back(wakeup);
    return;
  }
  switch (wakeup.kind) {
    case WakeupKind::kDeliver:
      OnDelivered(wakeup.key);
      break;
    case WakeupKind::kTick:
      OnTick();
      break;
    case WakeupKind::kPoll:
      poll_due_ = false;
      Poll();
      break;
    case WakeupKind::kSynced:
      OnSynced();
      break;
    case WakeupKind::kApply:
      apply_due_ = false;
      Apply(1 + rng_.Below(to_apply_.size() + 4));
      if (IsUp()) StartApplying();
      break;
    case WakeupKind::kFetch:
      OnFetch();
      break;
    case WakeupKind::kLoaded:
      OnLoaded(wakeup.key);
      break;
    case WakeupKind::kReported:
      OnReported(wakeup.key);
      break;
    default:
      WARREN_CHECK_MSG(false, "not a node's reminder");
  }
  if (IsUp()) RequestPoll();
}

raft::StepResult Node::Ask(const raft::Event& event) {
  WARREN_CHECK(IsRunning());
  const raft::StepResult result = Step(event);
  RequestPoll();
  return result;
}

raft::StepResult Node::Step(const raft::Event& event) {
  const raft::StepResult result = core_->Step(event);
  world_.checker().OnStepped(*this);
  return result;
}

void Node::OnDelivered(MessagePool::Place place) {
  const raft::Message& message = world_.messages().At(place);
  ++world_.stats().messages;
  world_.Trace([&] { return fmt::format("receives {}", Describe(message)); }, id_);
  Step(raft::Received{message});
  world_.OnArrived(message);
  world_.messages().Release(place);
}

void Node::OnReported(uint64_t key) {
  const Report report = Report::FromKey(key);
  if (report.kind == Report::Kind::kUnreachable) {
    Step(raft::PeerUnreachable{report.peer});
  } else {
    Step(raft::SnapshotReport{.peer = report.peer,
                              .delivered = report.kind == Report::Kind::kDelivered});
  }
}

// ---- Time -------------------------------------------------------------------------------------

void Node::OnTick() {
  world_.WakeIn(tick_, Remind(WakeupKind::kTick));
  if (world_.setup().core.liveness == raft::Liveness::kNode) WatchOthers();
  if (core_->WantsTick() || world_.setup().host.tick_when_idle) Step(raft::Tick{});
  Dies(Boundary::kIdle);
}

void Node::WatchOthers() {
  const Time now = world_.now();
  Beats& beats = world_.beats();
  for (const auto& other : world_.nodes()) {
    if (other->id() != id_) {
      beats.Send(id_, other->id(), {.at = now, .life = life_}, other->IsRunning(),
                 world_.network());
    }
  }
  const HostSetup& host = world_.setup().host;
  const NodeId leader = core_->leader();
  const Beats::Sign sign = beats.LastHeard(id_, leader, now);
  if (leader_life_ == 0) leader_life_ = sign.life;
  // A node that has started again is alive, but it does not lead any more.
  const bool suspect = !leader.IsNone() && leader != id_ &&
                       (now - sign.at > host.suspect_after || sign.life != leader_life_);
  // Said again at each tick: the core may have followed somebody else in between, and back.
  if (suspect) Step(raft::LeaderSuspected{});
  if (suspected_ && !suspect) Step(raft::LeaderTrusted{});
  suspected_ = suspect;

  const bool lease = HoldsLease();
  if (lease_ != lease) Step(raft::QuorumReachable{lease});
  lease_ = lease;
}

// Has a majority, of both halves while joint, acknowledged a beat that is not too old?
bool Node::HoldsLease() const {
  const Time now = world_.now();
  const Time oldest = now - world_.setup().host.lease;
  const auto reaches = [&](NodeId voter) {
    return voter == id_ || world_.beats().LastAcknowledged(id_, voter, now) >= oldest;
  };
  const auto majority = [&](const raft::NodeSet& half) {
    const auto count = std::count_if(half.begin(), half.end(), reaches);
    return half.empty() || static_cast<size_t>(count) * 2 > half.size();
  };
  return majority(core_->membership().voters) && majority(core_->membership().outgoing);
}

raft::LogTime Node::WallClock() const {
  constexpr int64_t kEpoch = 1'700'000'000'000'000;  // Late 2023; any time would do.
  return raft::LogTime(
      static_cast<uint64_t>(kEpoch + (world_.now().time_since_epoch() + clock_offset_).count()));
}

void Node::RequestPoll() {
  const Duration longest = world_.setup().host.poll_delay_max;
  if (longest == Duration(0)) {
    Poll();
  } else if (!poll_due_ && core_->HasOutput()) {
    poll_due_ = true;
    world_.WakeIn(DrawBetween(rng_, Duration(0), longest), Remind(WakeupKind::kPoll));
  }
}

void Node::Poll() {
  while (IsUp() && core_->HasOutput() && world_.verdict().IsClean()) {
    core_->TakeOutput(output_);
    Perform();
  }
}

Wakeup Node::Remind(WakeupKind kind, uint64_t key) const {
  return {.kind = kind, .node = id_, .life = life_, .key = key};
}

// ---- What others may see ----------------------------------------------------------------------

raft::RoleState Node::role() const { return IsUp() ? core_->role() : raft::RoleState(); }
raft::Term Node::term() const { return IsUp() ? core_->term() : disk().hard_state().term; }
raft::Index Node::commit() const { return IsUp() ? core_->commit() : disk().CommitHint(); }
raft::Index Node::applied() const { return IsUp() ? core_->applied() : disk().SnapshotIndex(); }
raft::EntryId Node::last() const { return IsUp() ? core_->last() : disk().Last(); }
std::optional<raft::Term> Node::TermAt(raft::Index index) const {
  return IsUp() ? core_->TermAt(index) : disk().TermAt(index);
}
const raft::Membership& Node::membership() const {
  return IsUp() ? core_->membership() : disk().membership();
}

}  // namespace warren::sim
