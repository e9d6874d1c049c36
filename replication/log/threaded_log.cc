#include "replication/log/threaded_log.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/time/time.h"

#include "base/status_macros.h"

namespace warren::log {
namespace {

// How long a thread that found nothing to do waits for somebody to say that there is something. A
// wait that long only matters for what depends on time alone, such as the disk's free space.
constexpr std::chrono::milliseconds kIdleWait(100);

}  // namespace

class ThreadedLog::Threads {
 public:
  Threads(LogEngine* engine, std::chrono::nanoseconds seal_after)
      : engine_(engine),
        seal_after_(seal_after),
        writer_([this] { WriteRounds(); }),
        maintenance_([this] { Maintain(); }) {}
  ~Threads() { Stop(); }

  // Something was submitted.
  void Wake() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(work_, true)) return;
    }
    writer_wakes_.notify_one();
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    writer_wakes_.notify_all();
    maintenance_wakes_.notify_all();
    if (writer_.joinable()) writer_.join();
    if (maintenance_.joinable()) maintenance_.join();
  }

 private:
  // Waits for work, at most so long. False: none came.
  bool AwaitWork(std::chrono::nanoseconds at_most) {
    std::unique_lock lock(mutex_);
    writer_wakes_.wait_for(lock, at_most, [this] { return work_ || stop_; });
    return std::exchange(work_, false);
  }
  bool Stopping() {
    const std::lock_guard lock(mutex_);
    return stop_;
  }
  void WakeMaintenance() {
    {
      const std::lock_guard lock(mutex_);
      maintenance_due_ = true;
    }
    maintenance_wakes_.notify_one();
  }

  void WriteRounds() {
    bool seal_due = false;
    for (;;) {
      const bool wrote = engine_->WriteRound();
      if (engine_->TakeMaintenanceCue()) WakeMaintenance();
      seal_due = seal_due || wrote;
      if (wrote) continue;
      if (Stopping()) break;
      if (AwaitWork(seal_due ? seal_after_ : kIdleWait)) continue;
      if (!seal_due) continue;
      engine_->Seal();
      seal_due = false;
    }
    engine_->Seal();
  }

  void Maintain() {
    for (;;) {
      while (!Stopping() && engine_->Maintain()) {
        Wake();  // There may be room for a round that had none.
      }
      Wake();  // Or it waits for a sync that nobody else asks for.
      std::unique_lock lock(mutex_);
      maintenance_wakes_.wait_for(lock, kIdleWait, [this] { return maintenance_due_ || stop_; });
      maintenance_due_ = false;
      if (stop_) return;
    }
  }

  LogEngine* const engine_;
  const std::chrono::nanoseconds seal_after_;

  std::mutex mutex_;
  std::condition_variable writer_wakes_;
  std::condition_variable maintenance_wakes_;
  bool work_ = false;
  bool maintenance_due_ = false;
  bool stop_ = false;

  std::thread writer_;
  std::thread maintenance_;
};

absl::StatusOr<std::unique_ptr<ThreadedLog>> ThreadedLog::Open(const LogConfig& config,
                                                               LogPlatform platform,
                                                               Recovery* recovery) {
  WARREN_ASSIGN_OR_RETURN(DataLock lock, DataLock::Take(config.directory));
  WARREN_ASSIGN_OR_RETURN(std::unique_ptr<LogEngine> engine,
                          LogEngine::Open(config, std::move(platform), recovery));
  return std::unique_ptr<ThreadedLog>(new ThreadedLog(std::move(lock), std::move(engine), config));
}

ThreadedLog::ThreadedLog(DataLock lock, std::unique_ptr<LogEngine> engine, const LogConfig& config)
    : lock_(std::move(lock)),
      engine_(std::move(engine)),
      threads_(
          std::make_unique<Threads>(engine_.get(), absl::ToChronoNanoseconds(config.seal_after))) {}

ThreadedLog::~ThreadedLog() { Stop(); }

void ThreadedLog::Stop() { threads_->Stop(); }

absl::Status ThreadedLog::Create(raft::GroupId group, const raft::Recovered& first,
                                 raft::WriteTicket ticket) {
  absl::Status status = engine_->Create(group, first, ticket);
  if (status.ok()) threads_->Wake();
  return status;
}

absl::Status ThreadedLog::Destroy(raft::GroupId group, raft::WriteTicket ticket) {
  absl::Status status = engine_->Destroy(group, ticket);
  if (status.ok()) threads_->Wake();
  return status;
}

absl::Status ThreadedLog::Submit(Write&& write) {
  absl::Status status = engine_->Submit(std::move(write));
  if (status.ok()) threads_->Wake();
  return status;
}

absl::StatusOr<std::vector<raft::Entry>> ThreadedLog::Read(raft::GroupId group, raft::Index first,
                                                           raft::Index last, size_t bytes_max) {
  return engine_->Read(group, first, last, bytes_max);
}
absl::StatusOr<std::vector<raft::Entry>> ThreadedLog::ReadSparse(
    raft::GroupId group, std::span<const raft::Index> indexes) {
  return engine_->ReadSparse(group, indexes);
}
absl::StatusOr<RecoveredGroup> ThreadedLog::Describe(raft::GroupId group) {
  return engine_->Describe(group);
}
LogStats ThreadedLog::GetStats() { return engine_->GetStats(); }

}  // namespace warren::log
