#include "chaos/sim/world.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "chaos/sim/draw.h"
#include "chaos/sim/through_codec.h"
#include "fmt/format.h"

namespace warren::sim {

using raft::Message;
using raft::MessageType;
using raft::NodeId;

namespace {

raft::Membership FirstMembership(const RunSetup& setup) {
  raft::Membership membership;
  for (size_t i = 1; i <= setup.first_voters; ++i) membership.voters.Insert(NodeId(i));
  return membership;
}

// The snapshot that the group begins with; null if it begins with an empty log.
raft::SnapshotRef MakeBootSnapshot(const RunSetup& setup) {
  if (!setup.boots_from_snapshot) return nullptr;
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last.id = {.index = raft::Index(10), .term = raft::Term(1)};
  snapshot->membership = FirstMembership(setup);
  snapshot->terms = raft::TermRuns(snapshot->last.id);
  snapshot->state = Machine().TakeSnapshot({})->state;
  return snapshot;
}

}  // namespace

std::string Describe(const Message& message) {
  std::string text = fmt::format("{} from {} to {}, term {}, at {}@{}", raft::Name(message.type),
                                 Describe(message.from), Describe(message.to), message.term.value(),
                                 message.index.value(), message.log_term.value());
  if (message.reject)
    fmt::format_to(std::back_inserter(text), ", rejected, hint {}", message.reject_hint.value());
  if (message.amnesiac) fmt::format_to(std::back_inserter(text), ", amnesiac");
  if (!message.entries.empty()) {
    fmt::format_to(std::back_inserter(text), ", entries to {}",
                   Describe(message.entries.back().id));
  }
  if (message.snapshot != nullptr) {
    fmt::format_to(std::back_inserter(text), ", snapshot {}", Describe(message.snapshot->last.id));
  }
  fmt::format_to(std::back_inserter(text), ", commit {}", message.commit.value());
  return text;
}

World::World(const RunSetup& setup, TraceSink trace)
    : setup_(setup),
      trace_(std::move(trace)),
      network_(setup.network, MakeRng(RngUse::kNetwork), stats_),
      boot_(MakeBootSnapshot(setup)),
      checker_(boot_ == nullptr ? Machine() : Machine(*boot_), stats_, verdict_),
      reports_rng_(MakeRng(RngUse::kReports)),
      nemesis_(*this),
      workload_(*this) {
  MakeNodes();
  nemesis_.Start();
  workload_.Start();
  WakeIn(setup_.audit_every, {.kind = WakeupKind::kAudit});
}

// Spares belong to nobody's configuration. They know what the group's first one was, or nothing at
// all if the group begins with a snapshot: then a snapshot is how they come to know.
void World::MakeNodes() {
  for (size_t i = 1; i <= setup_.nodes; ++i) {
    const bool spare = i > setup_.first_voters;
    DiskImage image = boot_ == nullptr ? DiskImage(FirstMembership(setup_), nullptr)
                                       : DiskImage({}, spare ? nullptr : boot_);
    nodes_.push_back(std::make_unique<Node>(NodeId(i), std::move(image), *this));
    checker_.Add(*nodes_.back());
  }
  for (const auto& node : nodes_) node->Start();
}

base::Rng World::MakeRng(RngUse use, NodeId node) const {
  return base::Rng(setup_.seed).Fork(static_cast<uint64_t>(use) * 16 + node.value());
}

// ---- Time -------------------------------------------------------------------------------------

void World::Run(Duration duration) {
  const Time end = now_ + duration;
  while (verdict_.IsClean() && !queue_.empty() && queue_.NextAt() <= end) {
    const auto due = queue_.Pop();
    stats_.simulated += due.at - now_;
    now_ = due.at;
    hash_.Mix(static_cast<uint64_t>(now_.time_since_epoch().count()));
    Dispatch(due.what);
  }
  if (!verdict_.IsClean()) return;
  stats_.simulated += end - now_;
  now_ = end;
}

void World::Dispatch(const Wakeup& wakeup) {
  hash_.Mix(static_cast<uint64_t>(wakeup.kind));
  switch (wakeup.kind) {
    case WakeupKind::kDeliver:
      Deliver(wakeup);
      return;
    case WakeupKind::kRestart:
      if (node(wakeup.node).life() == wakeup.life) nemesis_.Restart(node(wakeup.node));
      return;
    case WakeupKind::kResume:
      if (node(wakeup.node).life() == wakeup.life && node(wakeup.node).IsPaused()) {
        node(wakeup.node).Resume();
      }
      return;
    case WakeupKind::kStrike:
      nemesis_.Strike(wakeup.key);
      return;
    case WakeupKind::kPropose:
      workload_.Write();
      return;
    case WakeupKind::kRead:
      workload_.Read();
      return;
    case WakeupKind::kAudit:
      checker_.Audit();
      WakeIn(setup_.audit_every, wakeup);
      return;
    default: {
      Node& woken = node(wakeup.node);
      if (!woken.IsUp() || woken.life() != wakeup.life) return;
      woken.Wake(wakeup);
      MixState(woken);
    }
  }
}

void World::Deliver(const Wakeup& wakeup) {
  Node& receiver = node(wakeup.node);
  const Message& message = messages_.At(wakeup.key);
  hash_.Mix(static_cast<uint64_t>(message.type));
  hash_.Mix(message.from.value() * kNodesMax + message.to.value());
  hash_.Mix(message.term.value());
  hash_.Mix(message.index.value());
  hash_.Mix(message.entries.size());
  if (!receiver.IsUp()) {
    Lose(wakeup.key);
    return;
  }
  receiver.Wake(wakeup);
  MixState(receiver);
}

void World::MixState(const Node& node) {
  hash_.Mix(node.id().value());
  hash_.Mix(node.term().value());
  hash_.Mix(node.commit().value());
  hash_.Mix(node.last().index.value());
  hash_.Mix(node.machine().chain());
}

void World::CalmDown() {
  nemesis_.Stop();
  network_.Calm();
  for (const auto& node : nodes_) {
    node->DisarmCrash();
    node->mutable_disk().Calm();
    node->SetTick(setup_.host.tick);
    if (node->IsPaused()) node->Resume();
  }
}

// ---- Messages ---------------------------------------------------------------------------------

void World::Send(const Node& from, Message& message) {
  checker_.OnSent(from, message);
  const Network::Arrivals arrivals = network_.Send(message.from, message.to, now_);
  if (arrivals.empty()) {
    ReportLoss(message);
    return;
  }
  if (setup_.host.encodes) {
    if (const absl::Status status = ThroughCodec(message); !status.ok()) {
      verdict_.Violated("Encodes", fmt::format("{}: {}", Describe(message), status.ToString()));
      return;
    }
  }
  Wakeup wakeup{.kind = WakeupKind::kDeliver, .node = message.to};
  for (size_t i = 1; i < arrivals.size(); ++i) {
    wakeup.key = messages_.Copy(message);
    Wake(arrivals[i], wakeup);
  }
  wakeup.key = messages_.Keep(message);
  Wake(arrivals[0], wakeup);
}

void World::Lose(MessagePool::Place place) {
  ReportLoss(messages_.At(place));
  messages_.Release(place);
}

// The sender of a snapshot always learns what became of it; of other losses it may hear.
void World::ReportLoss(const Message& message) {
  constexpr Chance kHeardOf = 1000;
  const bool snapshot = message.type == MessageType::kSnapshot;
  const bool heard = Happens(reports_rng_, kHeardOf);
  if (!snapshot && !heard) return;
  const Report report{.kind = snapshot ? Report::Kind::kLost : Report::Kind::kUnreachable,
                      .peer = message.to};
  const Node& sender = node(message.from);
  WakeIn(DrawBetween(reports_rng_, Milliseconds(1), Milliseconds(500)),
         {.kind = WakeupKind::kReported,
          .node = message.from,
          .life = sender.life(),
          .key = report.ToKey()});
}

void World::OnArrived(const Message& message) {
  if (message.type != MessageType::kSnapshot) return;
  const Report report{.kind = Report::Kind::kDelivered, .peer = message.to};
  WakeIn(setup_.network.delay_max, {.kind = WakeupKind::kReported,
                                    .node = message.from,
                                    .life = node(message.from).life(),
                                    .key = report.ToKey()});
}

// ---- Nodes ------------------------------------------------------------------------------------

void World::OnCrashed(Node& node) {
  Trace([] { return "crashes"; }, node.id());
  nemesis_.OnCrashed(node);
}

void World::OnMembershipApplied(raft::Index index, const raft::Membership& before,
                                const raft::Membership& after) {
  if (index <= last_change_) return;
  last_change_ = index;
  if (before == after) return;
  ++stats_.changes;
  if (after.IsJoint() && !before.IsJoint()) ++stats_.joint_changes;
}

Node* World::Leader() const {
  Node* leader = nullptr;
  for (const auto& node : nodes_) {
    if (!node->IsRunning() || !node->Leads()) continue;
    if (leader == nullptr || node->term() > leader->term()) leader = node.get();
  }
  return leader;
}

void World::TraceLine(NodeId node, std::string_view line) {
  const int64_t micros = now_.time_since_epoch().count();
  trace_(fmt::format("{:5}.{:06} {:<3} {}", micros / 1'000'000, micros % 1'000'000,
                     node.IsNone() ? "" : Describe(node), line));
}

}  // namespace warren::sim
