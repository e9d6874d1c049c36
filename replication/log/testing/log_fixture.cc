#include "replication/log/testing/log_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "replication/log/disk/testing/simulated_env.h"

namespace warren::log {

raft::Entry MakeEntry(uint64_t index, uint64_t term, std::string_view payload) {
  return {.id = {.index = raft::Index(index), .term = raft::Term(term)},
          .time = raft::LogTime(1'000'000 + index),
          .type = raft::EntryType::kNormal,
          .payload = base::Bytes::Copy(payload)};
}

std::vector<raft::Entry> MakeEntries(uint64_t first, uint64_t last, uint64_t term,
                                     size_t payload_bytes) {
  std::vector<raft::Entry> entries;
  for (uint64_t index = first; index <= last; ++index) {
    std::string payload = absl::StrCat("entry ", index, " of term ", term, " ");
    payload.resize(std::max(payload_bytes, payload.size()), static_cast<char>('a' + index % 26));
    entries.push_back(MakeEntry(index, term, payload));
  }
  return entries;
}

raft::SnapshotRef MakeSnapshot(uint64_t index, uint64_t term, const std::vector<uint64_t>& live) {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last = {.id = {.index = raft::Index(index), .term = raft::Term(term)},
                    .time = raft::LogTime(1'000'000 + index)};
  snapshot->membership.voters.Insert(raft::NodeId(1));
  for (const uint64_t position : live) snapshot->live.Insert(position);
  if (!live.empty()) {
    snapshot->terms = *raft::TermRuns::FromRuns(
        {{.first = raft::Index(1), .term = raft::Term(term)}}, snapshot->last.id.index);
  }
  snapshot->state = base::Bytes::Copy(absl::StrCat("state at ", index));
  return snapshot;
}

LogFixture::LogFixture() {
  config.directory = directory_.path();
  config.segment_bytes = 64 * 1024;
  config.segments_kept = 2;
  config.segments_max = 32;
  config.round_bytes_max = 8 * 1024;
  config.queued_bytes_max = 64 * 1024;
  config.reserve_bytes = 0;
  config.disk_free_min = 0;
  config.watermark_interval = absl::ZeroDuration();
}

LogFixture::LogFixture(SimulatedDisk* disk) : LogFixture() {
  config.directory = "/data";
  files_ = disk;
  env_ = MakeSimulatedEnv(disk);
}

absl::Status LogFixture::Open() {
  engine_.reset();
  LogPlatform platform;
  platform.files = files_;
  platform.env = env_.get();
  platform.clock = &clock;
  platform.listener = &listener;
  platform.random = [this] { return rng_.Next(); };
  platform.compacts_by_itself = false;
  platform.bug = bug;
  absl::StatusOr<std::unique_ptr<LogEngine>> engine =
      LogEngine::Open(config, std::move(platform), &recovery);
  if (!engine.ok()) return engine.status();
  engine_ = *std::move(engine);
  return absl::OkStatus();
}

Write LogFixture::MakeWrite(uint64_t group) {
  Write write;
  write.group = raft::GroupId(group);
  write.ticket.epoch = raft::WriteEpoch(++tickets_);
  return write;
}

absl::Status LogFixture::Create(uint64_t group) {
  raft::Recovered first;
  first.hard_state.term = raft::Term(1);
  return engine_->Create(raft::GroupId(group), first, MakeWrite(group).ticket);
}

absl::Status LogFixture::Append(uint64_t group, std::vector<raft::Entry> entries) {
  Write write = MakeWrite(group);
  write.entries = std::move(entries);
  return engine_->Submit(std::move(write));
}

absl::Status LogFixture::Snapshot(uint64_t group, raft::SnapshotRef snapshot) {
  Write write = MakeWrite(group);
  write.snapshot = std::move(snapshot);
  return engine_->Submit(std::move(write));
}

void LogFixture::WriteAll() {
  while (engine_->WriteRound()) {
  }
}

void LogFixture::MaintainAll() {
  while (engine_->Maintain() || engine_->WriteRound()) {
  }
}

void LogFixture::FillSegments(size_t count) {
  if (!engine_->Describe(raft::GroupId(kFiller)).ok()) WARREN_CHECK(Create(kFiller).ok());
  const uint64_t until = engine_->GetStats().segments + count;
  while (engine_->GetStats().segments < until) {
    const uint64_t next = filler_last_ + 1;
    WARREN_CHECK(Append(kFiller, MakeEntries(next, next, 1, 4000)).ok());
    filler_last_ = next;
    WriteAll();
    WARREN_CHECK(Snapshot(kFiller, MakeSnapshot(next, 1)).ok());
  }
  WriteAll();
}

std::string LogFixture::ReadOne(uint64_t group, uint64_t index) {
  const absl::StatusOr<std::vector<raft::Entry>> entries =
      engine_->Read(raft::GroupId(group), raft::Index(index), raft::Index(index), SIZE_MAX);
  if (!entries.ok()) return std::string(absl::StatusCodeToString(entries.status().code()));
  const raft::Entry& entry = entries->front();
  return absl::StrCat(entry.id.index.value(), "@", entry.id.term.value(), ":",
                      std::string(entry.payload.view()));
}

const RecoveredGroup* LogFixture::Recovered(uint64_t group) const {
  for (const RecoveredGroup& found : recovery.groups) {
    if (found.group == raft::GroupId(group)) return &found;
  }
  return nullptr;
}

}  // namespace warren::log
