// A log over the machine's own disk, in a folder of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "replication/log/disk/posix_file_system.h"
#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/disk/testing/temp_dir.h"
#include "replication/log/log_engine.h"
#include "rocksdb/env.h"

namespace warren::log {

raft::Entry MakeEntry(uint64_t index, uint64_t term, std::string_view payload);
std::vector<raft::Entry> MakeEntries(uint64_t first, uint64_t last, uint64_t term,
                                     size_t payload_bytes = 32);
// A snapshot up to `index`, which keeps `live`.
raft::SnapshotRef MakeSnapshot(uint64_t index, uint64_t term,
                               const std::vector<uint64_t>& live = {});

// Remembers what it hears.
class RecordingListener final : public LogListener {
 public:
  void OnCompleted(std::span<const Completion> some) override {
    completions.insert(completions.end(), some.begin(), some.end());
  }
  void OnRetirementNear(std::span<const raft::GroupId> groups) override {
    near.assign(groups.begin(), groups.end());
  }
  void OnFailed(const absl::Status& why) override { failure = why; }
  void OnSpace(bool short_of_space) override { space.push_back(short_of_space); }

  std::vector<Completion> completions;
  std::vector<raft::GroupId> near;
  absl::Status failure;
  std::vector<bool> space;
};

// An engine with small segments, moved by hand. On the machine's disk, or on one that is simulated.
class LogFixture {
 public:
  LogFixture();
  explicit LogFixture(SimulatedDisk* disk);

  LogConfig config;
  PlantedBug bug = PlantedBug::kNone;
  RecordingListener listener;
  base::ManualClock clock;
  Recovery recovery;

  // Opens, or closes and opens again.
  absl::Status Open();
  void Close() { engine_.reset(); }
  LogEngine& operator*() { return *engine_; }
  LogEngine* operator->() { return engine_.get(); }

  // A write of group `group` with a ticket that says its number.
  Write MakeWrite(uint64_t group);
  absl::Status Create(uint64_t group);
  absl::Status Append(uint64_t group, std::vector<raft::Entry> entries);
  absl::Status Snapshot(uint64_t group, raft::SnapshotRef snapshot);
  void WriteAll();                  // All that was submitted.
  void MaintainAll();               // Until there is nothing to do.
  void FillSegments(size_t count);  // With entries of a group of its own, until so many are full.
  // "7@2:payload": index, term, payload; or the status.
  std::string ReadOne(uint64_t group, uint64_t index);
  const RecoveredGroup* Recovered(uint64_t group) const;

  static constexpr uint64_t kFiller = 999;

 private:
  TempDir directory_;
  PosixFileSystem machine_;
  FileSystem* files_ = &machine_;
  std::unique_ptr<rocksdb::Env> env_;
  base::Rng rng_{1};
  std::unique_ptr<LogEngine> engine_;
  uint64_t tickets_ = 0;
  uint64_t filler_last_ = 0;
};

}  // namespace warren::log
