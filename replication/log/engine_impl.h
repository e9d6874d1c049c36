// The parts of LogEngine. For the files engine_*.cc.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "replication/log/group_table.h"
#include "replication/log/live_segments.h"
#include "replication/log/log_engine.h"
#include "replication/log/read_plan.h"
#include "replication/log/recent_entries.h"
#include "replication/log/retirement.h"
#include "replication/log/round.h"
#include "replication/log/segment_writer.h"
#include "replication/log/space_watch.h"
#include "replication/log/store/store.h"
#include "replication/log/wal/segment_files.h"
#include "replication/log/wal/watermark_file.h"

namespace warren::log {

// Who may touch what:
//
//   mutex_         groups, the rounds that wait, where frames are, what is recent, counters.
//                  Held for memory work only, never while the disk works.
//   files_mutex_   the pool of segment files and the one that is ready. Held while a file is made.
//   the writer     writer_, and the round that it has taken.
//   maintenance    retirement_, space_, watermark_, the store's changes.
//
// Order: files_mutex_ may be taken while mutex_ is not; never the other way round.
class LogEngine::Impl {
 public:
  Impl(const LogConfig& config, LogPlatform platform);

  // engine_open.cc
  absl::Status Open(Recovery* recovery);

  // engine_submit.cc
  absl::Status Create(raft::GroupId group, const raft::Recovered& first, raft::WriteTicket ticket);
  absl::Status Destroy(raft::GroupId group, raft::WriteTicket ticket);
  absl::Status Submit(Write&& write);

  // engine_read.cc
  absl::StatusOr<std::vector<raft::Entry>> Read(raft::GroupId group, raft::Index first,
                                                raft::Index last, size_t bytes_max);
  absl::StatusOr<std::vector<raft::Entry>> ReadSparse(raft::GroupId group,
                                                      std::span<const raft::Index> indexes);
  absl::StatusOr<RecoveredGroup> Describe(raft::GroupId group);
  LogStats GetStats();
  absl::Status failure();

  // engine_rounds.cc
  bool WriteRound();
  bool Seal();

  // engine_maintenance.cc
  bool Maintain();
  bool TakeMaintenanceCue() { return maintenance_cue_.exchange(false); }

 private:
  // ---- engine_open.cc
  absl::Status OpenStore(Store::Contents* contents);
  absl::Status OpenSegments(const Store::Contents& contents, LogScan* scan);
  absl::Status OpenWatermark(bool log_exists, LogScanInput* input);
  absl::Status AddLiveSegments(const LogScan& scan);
  absl::Status AddLiveSegment(SegmentNo number);
  absl::Status BeginNewSegment(const LogScan& scan);
  void TellRecovery(const LogScan& scan, Recovery* recovery);

  // ---- engine_submit.cc; under mutex_
  absl::Status CheckAdmission(size_t bytes, bool brings_load);
  Round& OpenRound();
  void Carry(GroupState& group, Write write, Round& round);
  void CarryHardState(GroupState& group, const raft::HardState& hard_state, Round& round);
  void CarryInstall(GroupState& group, raft::SnapshotRef snapshot, Round& round);
  void CarryBodies(GroupState& group, std::vector<raft::Entry> bodies, Round& round);
  void CarryTruncate(GroupState& group, raft::Index first, Round& round);
  void CarryEntries(GroupState& group, std::vector<raft::Entry> entries, Round& round);
  void CarrySnapshot(GroupState& group, raft::SnapshotRef snapshot, Round& round);
  void Told(GroupState& group, const Round& round);
  absl::Status CheckSize(const Write& write) const;
  size_t RecordBytesMax() const { return config_.segment_bytes / 4; }

  // ---- engine_read.cc
  absl::Status PlanRead(raft::GroupId group, raft::Index first, raft::Index last, size_t bytes_max,
                        ReadPlan* plan);
  absl::Status CarryOut(const ReadPlan& plan, const ReadStretch& stretch, size_t bytes_max,
                        std::vector<raft::Entry>* out) const;
  absl::Status ReadSegment(const ReadPlan& plan, const ReadStretch& stretch,
                           std::vector<raft::Entry>* out) const;
  absl::Status ReadStore(const ReadPlan& plan, const ReadStretch& stretch, size_t bytes_max,
                         std::vector<raft::Entry>* out) const;
  bool LosesEntry(const ReadPlan& plan, raft::Index index, std::vector<raft::Entry>* alone);

  // ---- engine_rounds.cc; the writer's
  bool CompleteWhatMayBeLost();
  bool WriteFrame(std::unique_ptr<Round> round, LogStep step);
  bool MakeRoom(const FrameBuilder& frame);
  std::shared_ptr<Segment> TakeReady();
  std::vector<Completion> Written(std::unique_ptr<Round> round, uint32_t block,
                                  absl::Duration sync_took);
  void Fail(const absl::Status& why);
  bool HasFailed();

  // ---- engine_maintenance.cc
  bool PrepareNext();
  bool CompactStore();
  bool BeginRetirement();
  bool CaptureSlice(Retirement& retirement);
  bool FinishRetirement();
  void SettleRetirement();
  void PutBackRetirement();
  void Recycle(SegmentNo segment);
  bool HintRetirement();
  bool WriteWatermark();
  bool WatchSpace();
  void TellSpace();

  void At(LogStep step, Moment moment) const {
    if (platform_.at) platform_.at(step, moment);
  }
  bool Has(PlantedBug bug) const { return platform_.bug == bug; }

  const LogConfig config_;
  const LogPlatform platform_;
  std::unique_ptr<Store> store_;
  uint64_t log_id_ = 0;
  bool opened_ = false;
  SegmentNo retired_;               // While opening: segments up to here were left earlier,
  std::vector<SegmentNo> useless_;  // ... and these hold nothing.

  // This one spins a little before it sleeps: the writer must not lose its turn to whoever submits.
  absl::Mutex mutex_;
  absl::Status failure_;
  GroupTable groups_;
  std::deque<std::unique_ptr<Round>> rounds_;  // The last one is open, the others wait.
  std::vector<std::unique_ptr<Round>> spare_rounds_;
  std::vector<uint32_t> offsets_;  // Of one write; kept for its memory.
  size_t queued_bytes_ = 0;
  FrameNo next_frame_;
  FrameNo synced_;                 // Frames up to this one are written and durable.
  bool retirement_waits_ = false;  // For a frame to be synced.
  std::atomic<bool> maintenance_cue_ = false;
  LiveSegments segments_;
  RecentEntries recent_;
  LogStats stats_;
  bool short_of_space_ = false;

  std::mutex files_mutex_;
  std::unique_ptr<SegmentFiles> files_;
  std::shared_ptr<Segment> ready_;
  bool out_of_space_ = false;  // A segment could not be made.

  SegmentWriter writer_;

  std::optional<Retirement> retirement_;
  SegmentNo hinted_;  // The segment that groups were told of.
  std::unique_ptr<WatermarkFile> watermark_;
  FrameNo watermark_value_;
  base::MonotonicTime watermark_at_;
  base::MonotonicTime space_at_;
  std::unique_ptr<SpaceWatch> space_;
};

}  // namespace warren::log
