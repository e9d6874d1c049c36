#include "chaos/crash/kill_writer.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <utility>

#include "base/rng.h"
#include "chaos/crash/kill_loop.h"
#include "replication/log/disk/posix_file_system.h"
#include "replication/log/threaded_log.h"

namespace warren::crash {
namespace {

constexpr uint64_t kGroups = 5;
constexpr uint64_t kUnderWayMax = 64;  // Writes.
constexpr uint64_t kSnapshotEvery = 40;

// Reports what is durable, and lets the writer go on.
class Reporter final : public log::LogListener {
 public:
  explicit Reporter(int descriptor) : descriptor_(descriptor) {}

  void OnCompleted(std::span<const log::Completion> completions) override {
    for (const log::Completion& completion : completions) {
      KillReport& report = reports_[completion.group.value()];
      report.group = completion.group.value();
      report.last = std::max(report.last, completion.ticket.last.index.value());
      report.term = completion.ticket.term.value();
      report.snapshot = std::max(report.snapshot, completion.ticket.snapshot.value());
      // Less than PIPE_BUF, so all of it or nothing.
      if (write(descriptor_, &report, sizeof(report)) != sizeof(report)) _exit(1);
    }
    const std::lock_guard lock(mutex_);
    for (const log::Completion& completion : completions) {
      raft::EntryId& durable = durable_[completion.group.value()];
      if (completion.ticket.last.index > durable.index) durable = completion.ticket.last;
    }
    under_way_ -= completions.size();
    changed_.notify_one();
  }
  void OnRetirementNear(std::span<const raft::GroupId> /*groups*/) override {}
  void OnFailed(const absl::Status& why) override {
    std::cerr << "the log has failed: " << why << std::endl;
    _exit(1);
  }
  void OnSpace(bool /*short_of_space*/) override {}

  void Begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ < kUnderWayMax; });
    ++under_way_;
  }
  raft::EntryId Durable(uint64_t group) {
    const std::lock_guard lock(mutex_);
    return durable_[group];
  }

 private:
  const int descriptor_;
  std::map<uint64_t, KillReport> reports_;  // The log's writer alone.
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t under_way_ = 0;
  std::map<uint64_t, raft::EntryId> durable_;
};

// One group, as its host sees it.
struct Group {
  raft::GroupId id;
  raft::EntryId last;
  raft::Term term;
  raft::Index snapshot;
};

raft::SnapshotRef SnapshotUpTo(raft::EntryId end) {
  raft::Snapshot snapshot;
  snapshot.last = KillBook().Make({raft::GroupId(1), 1}, end).Head();
  snapshot.membership.voters = {raft::NodeId(1)};
  snapshot.terms = raft::TermRuns(end);
  return std::make_shared<const raft::Snapshot>(std::move(snapshot));
}

raft::WriteTicket TicketOf(const Group& group) {
  raft::WriteTicket ticket;
  ticket.term = group.term;
  ticket.last = group.last;
  ticket.snapshot = group.snapshot;
  return ticket;
}

class Writer {
 public:
  Writer(log::ThreadedLog& log, Reporter& reporter, const log::Recovery& recovery)
      : log_(log), reporter_(reporter) {
    for (const log::RecoveredGroup& found : recovery.groups) {
      groups_[found.group.value()] = {.id = found.group,
                                      .last = found.last,
                                      .term = found.hard_state.term + 1,
                                      .snapshot = found.base.id.index};
    }
  }

  absl::Status Run() {
    for (;;) {
      const uint64_t id = rng_.Between(1, kGroups);
      const auto known = groups_.find(id);
      const absl::Status status = known == groups_.end() ? Create(id) : Write(known->second);
      if (!status.ok() && !absl::IsResourceExhausted(status)) return status;
    }
  }

 private:
  absl::Status Create(uint64_t id) {
    const Group group = {
        .id = raft::GroupId(id), .last = {}, .term = raft::Term(1), .snapshot = {}};
    raft::Recovered first;
    first.hard_state.term = group.term;
    reporter_.Begin();
    groups_[id] = group;
    return log_.Create(group.id, first, TicketOf(group));
  }

  absl::Status Write(Group& group) {
    log::Write write;
    write.group = group.id;
    write.hard_state = raft::HardState{
        .term = group.term, .vote = {}, .commit = group.last.index, .amnesiac = false};
    Group after = group;
    const raft::EntryId durable = reporter_.Durable(group.id.value());
    if (rng_.OneIn(kSnapshotEvery) && durable.index > group.snapshot) {
      write.snapshot = SnapshotUpTo(durable);
      after.snapshot = durable.index;
    } else {
      const uint64_t count = rng_.Between(1, 20);
      for (uint64_t i = 0; i < count; ++i) {
        after.last = {.index = after.last.index + 1, .term = group.term};
        write.entries.push_back(book_.Make({group.id, 1}, after.last));
      }
    }
    write.ticket = TicketOf(after);
    reporter_.Begin();
    absl::Status status;
    do {
      status = log_.Submit(log::Write(write));
    } while (absl::IsResourceExhausted(status));
    group = after;
    return status;
  }

  log::ThreadedLog& log_;
  Reporter& reporter_;
  const EntryBook book_ = KillBook();
  base::Rng rng_{std::random_device{}()};
  std::map<uint64_t, Group> groups_;
};

}  // namespace

log::LogConfig KillConfig(const std::string& directory) {
  log::LogConfig config;
  config.directory = directory;
  config.segment_bytes = 1024 * 1024;
  config.segments_kept = 1;
  config.segments_max = 8;
  config.round_bytes_max = 64 * 1024;
  config.queued_bytes_max = 512 * 1024;
  config.memory_bytes = 64 * 1024;
  config.reserve_bytes = 0;
  config.disk_free_min = 0;
  return config;
}

log::LogPlatform KillPlatform(log::FileSystem* files, const base::Clock* clock,
                              log::LogListener* listener) {
  log::LogPlatform platform;
  platform.files = files;
  platform.clock = clock;
  platform.listener = listener;
  auto device = std::make_shared<std::random_device>();
  platform.random = [device] { return uint64_t{(*device)()} << 32 | (*device)(); };
  return platform;
}

EntryBook KillBook() {
  return EntryBook(1, {.payload_max = 300, .large_max = 20'000, .large_one_in = 50});
}

int WriteUntilKilled(const std::string& directory, int descriptor) {
  log::PosixFileSystem files;
  const base::SystemClock clock;
  Reporter reporter(descriptor);
  log::Recovery recovery;
  const auto log = log::ThreadedLog::Open(KillConfig(directory),
                                          KillPlatform(&files, &clock, &reporter), &recovery);
  if (!log.ok()) {
    std::cerr << log.status() << std::endl;
    return 1;
  }
  std::cerr << Writer(**log, reporter, recovery).Run() << std::endl;
  return 1;
}

}  // namespace warren::crash
