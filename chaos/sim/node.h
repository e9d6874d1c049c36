// One node of the cluster: the host of one core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"

#include "base/interval_set.h"
#include "base/rng.h"
#include "chaos/sim/boundary.h"
#include "chaos/sim/disk.h"
#include "chaos/sim/machine.h"
#include "chaos/sim/message_pool.h"
#include "chaos/sim/oracles/member_view.h"
#include "chaos/sim/wakeup.h"
#include "raft/core.h"
#include "raft/event.h"
#include "raft/output.h"

namespace warren::sim {

class World;

// Does for its core what raft/output.h asks of a host, over a simulated disk and network, and dies
// where it is told to. It has four states:
//
//     down --Start--> running --Pause--> paused
//       ^                |  <--Resume--     |
//       +----- Crash ----+-----------------+
//
// Everything that must survive a crash is on the disk; the rest is lost with the life. A paused
// node is a stopped process: what comes in meanwhile waits, and its disk goes on.
class Node final : public MemberView {
 public:
  // Down at first. `world` outlives this.
  Node(raft::NodeId id, DiskImage image, World& world);

  void Start();                     // Requires: down.
  void Crash();                     // Requires: up.
  void Pause() { paused_ = true; }  // Requires: running.
  void Resume();                    // Requires: paused.
  bool IsUp() const { return core_.has_value(); }
  bool IsPaused() const { return IsUp() && paused_; }
  bool IsRunning() const { return IsUp() && !paused_; }

  // The node dies when it next passes this boundary.
  void ArmCrash(Boundary boundary) { armed_ = boundary; }
  void DisarmCrash() { armed_.reset(); }

  // A reminder of this node's, of its present life.
  void Wake(const Wakeup& wakeup);

  // What a client or an operator wants. Requires: running.
  raft::StepResult Ask(const raft::Event& event);

  // What this node's wall clock says.
  raft::LogTime WallClock() const;
  void SetTick(Duration tick) { tick_ = tick; }
  void JumpClock(Duration by) { clock_offset_ += by; }

  raft::NodeId id() const override { return id_; }
  uint64_t life() const override { return life_; }
  raft::RoleState role() const override;
  raft::Term term() const override;
  raft::Index commit() const override;
  raft::Index applied() const override;
  raft::EntryId last() const override;
  std::optional<raft::Term> TermAt(raft::Index index) const override;
  const raft::Membership& membership() const override;
  const DiskImage& disk() const override { return disk_.image(); }

  Disk& mutable_disk() { return disk_; }
  const raft::Core& core() const { return *core_; }  // Requires: up.
  const Machine& machine() const { return machine_; }

 private:
  // A write, and what waits for it.
  struct PendingWrite {
    DiskWrite write;            // Given to the disk when everything for it is there.
    base::IntervalSet missing;  // Bodies to be fetched before that.
    raft::WriteTicket ticket;
    bool must_store = false;
    absl::InlinedVector<MessagePool::Place, 4> after;  // Messages that may leave after it.
    raft::SnapshotRef installed;                       // From the leader, in this write.
    raft::SnapshotRef taken;                           // By this node itself, in this write.
    raft::Index compact_to;
  };

  // node.cc: life, time, and what comes in.
  absl::StatusOr<raft::Core> Recover(const raft::Config& config);
  raft::StepResult Step(const raft::Event& event);
  void OnDelivered(MessagePool::Place place);
  void OnTick();
  void WatchOthers();
  bool HoldsLease() const;
  void OnReported(uint64_t key);
  void RequestPoll();
  void Poll();
  bool Dies(Boundary boundary);  // If the node is to die there; then it has.
  Wakeup Remind(WakeupKind kind, uint64_t key = 0) const;

  // node_output.cc: the duties.
  void Perform();
  void Store();
  void Pump();
  void OnSynced();
  void CompleteOldest();
  void SendNow();
  void StartApplying();
  void Apply(size_t entries_max);
  bool ApplyConfig(const raft::Entry& entry);
  void MaybeSnapshot();
  void MaybeEvict();

  // node_bodies.cc: entries that are on a disk only.
  void StartLoads();
  void OnLoaded(uint64_t key);
  void StartFetch();
  void OnFetch();
  Node* PickSource(raft::Index snapshot);
  // Gives out what a snapshot that ends at `snapshot` may need. nullopt: cannot tell.
  struct Body {
    const raft::Entry* entry = nullptr;  // Null: dead since.
  };
  std::optional<Body> Serve(raft::Index index) const;

  const raft::NodeId id_;
  World& world_;
  base::Rng rng_;
  Disk disk_;
  uint64_t life_ = 0;
  Duration tick_;
  Duration clock_offset_{0};
  std::optional<Boundary> armed_;
  bool paused_ = false;

  // Of one life.
  std::optional<raft::Core> core_;
  raft::Output output_;
  bool poll_due_ = false;
  std::vector<Wakeup> backlog_;       // While paused.
  std::deque<PendingWrite> pending_;  // Oldest first.
  size_t submitted_ = 0;              // So many of them are the disk's already.
  bool fetch_due_ = false;
  std::deque<raft::Entry> to_apply_;
  bool apply_due_ = false;
  Machine machine_;
  raft::Index snapshot_at_;     // Of the latest snapshot taken or installed.
  bool members_added_ = false;  // Since then.
  std::map<uint64_t, raft::LoadRequest> loads_;
  uint64_t next_load_ = 0;
  uint64_t leader_life_ = 0;   // Of the leader's node, when it was first followed. 0: not heard of.
  bool suspected_ = false;     // The leader, by this node. Liveness::kNode.
  std::optional<bool> lease_;  // What the core was told of it.
};

}  // namespace warren::sim
