#include "replication/host/entry_reader.h"

#include <utility>
#include <vector>

namespace warren::replication {

EntryReader::EntryReader(log::LogStore* log, DeliverFn deliver)
    : log_(log), deliver_(std::move(deliver)), jobs_(SIZE_MAX), thread_([this] { Loop(); }) {}

EntryReader::~EntryReader() { Stop(); }

void EntryReader::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  jobs_.Interrupt();
  thread_.join();
}

EntriesRead EntryReader::Do(log::LogStore& log, ReadJob job) {
  if (job.sparse) {
    return {.group = job.group, .tag = job.tag, .entries = log.ReadSparse(job.group, job.indexes)};
  }
  return {.group = job.group,
          .tag = job.tag,
          .entries = log.Read(job.group, job.first, job.last, job.bytes_max)};
}

void EntryReader::Loop() {
  std::vector<ReadJob> jobs;
  while (!stopping_) {
    jobs_.Wait(absl::Seconds(1));
    jobs_.Drain(&jobs);
    for (ReadJob& job : jobs) {
      if (stopping_) return;
      const ShardNo shard = job.shard;
      deliver_(shard, Do(*log_, std::move(job)));
    }
    jobs.clear();
  }
}

}  // namespace warren::replication
