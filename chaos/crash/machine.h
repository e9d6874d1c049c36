// A node with nothing but a log: its disk, its clock, and the process that comes and goes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/rng.h"
#include "chaos/crash/crash_points.h"
#include "chaos/crash/oracle.h"
#include "chaos/crash/setup.h"
#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/log_engine.h"
#include "replication/log/planted_bug.h"
#include "rocksdb/env.h"

namespace warren::crash {

// Everything that happens here is a function of the seed. The log's maintenance is done when the
// driver says so; RocksDB does nothing by itself.
//
// Threads: one.
class Machine final : public log::LogListener {
 public:
  Machine(const CrashSetup& setup, log::PlantedBug bug, Oracle* oracle,
          std::unique_ptr<log::SimulatedDisk> disk);
  ~Machine() override;

  // How this life ends; before Open().
  void Arm(const Ending& ending);
  absl::Status Open(log::Recovery* recovery);
  log::LogEngine& engine() { return *engine_; }
  bool is_open() const { return engine_ != nullptr; }

  // The process is gone, as if killed.
  void Kill() { engine_.reset(); }
  // The power goes, if it is not gone yet, and comes back.
  void Crash();

  bool is_off() const { return disk_->is_off(); }
  bool has_failed() const { return failed_; }
  // The power was cut at the point that was armed.
  bool met_its_point() const { return met_; }

  log::SimulatedDisk& disk() { return *disk_; }
  base::ManualClock& clock() { return clock_; }
  CrashPoints& points() { return points_; }
  // Called while a retirement is under way, where the maintenance holds no lock: as the log's
  // writer thread would come in between.
  void set_meanwhile(std::function<void()> meanwhile) { meanwhile_ = std::move(meanwhile); }

  // What the listener found wrong.
  const std::optional<std::string>& fault() const { return fault_; }

  void OnCompleted(std::span<const log::Completion> completions) override;
  void OnRetirementNear(std::span<const raft::GroupId> groups) override;
  void OnFailed(const absl::Status& why) override;
  void OnSpace(bool short_of_space) override;

 private:
  void At(log::LogStep step, log::Moment moment);

  const CrashSetup& setup_;
  const log::PlantedBug bug_;
  Oracle* const oracle_;
  const std::unique_ptr<log::SimulatedDisk> disk_;
  const std::unique_ptr<rocksdb::Env> env_;
  base::ManualClock clock_;
  base::Rng secrets_;  // The log's random numbers.
  std::unique_ptr<log::LogEngine> engine_;
  Ending ending_;
  uint64_t passed_ = 0;  // Of the point that was armed.
  bool met_ = false;
  bool failed_ = false;
  CrashPoints points_;
  std::optional<std::string> fault_;
  std::function<void()> meanwhile_;
};

}  // namespace warren::crash
