#include "raft/testing/member.h"

#include <utility>

#include "base/check.h"

namespace warren::raft::testing {

Recovered MakeRecovered(const RaftStart& start) {
  Recovered recovered;
  recovered.hard_state = {.term = Term(start.term),
                          .vote = NodeId(start.vote),
                          .commit = Index(start.commit),
                          .amnesiac = start.amnesiac};
  for (const uint64_t term : start.log) {
    recovered.entries.push_back(MakeEntry(recovered.entries.size() + 1, term));
  }
  recovered.membership = start.membership;
  recovered.incarnation = Incarnation(start.incarnation);
  return recovered;
}

bool IsEmpty(const Output& output) {
  return !output.role && !output.hard_state && !output.install && !output.must_store &&
         output.append.empty() && output.send_now.empty() && output.send_after_store.empty() &&
         output.commit.empty() && output.reads.empty() && output.loads.empty();
}

RaftMember::RaftMember(Recovered disk, const Config& config)
    : config_(config), disk_(std::move(disk)) {
  Start();
}

void RaftMember::Start() {
  absl::StatusOr<Core> core = Core::Create(config_, disk_);
  WARREN_CHECK(core.ok());
  core_.emplace(*std::move(core));
}

void RaftMember::Restart() {
  disk_.incarnation = disk_.incarnation + 1;
  applied_.clear();
  Start();
}

StepResult RaftMember::Propose(std::string_view payload, uint64_t clock) {
  const base::Bytes bytes = base::Bytes::Copy(payload);
  return Step(raft::Propose{.payloads = std::span(&bytes, 1), .clock = LogTime(clock)});
}

StepResult RaftMember::ProposeChange(const ConfigChange& change) {
  return Step(ProposeConfigChange{.change = change, .clock = {}});
}

void RaftMember::Tick(uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; ++i) Step(raft::Tick{});
}

const Output& RaftMember::Take() {
  const bool promised = core_->HasOutput();
  core_->TakeOutput(output_);
  WARREN_CHECK(promised != IsEmpty(output_));
  for (const Message& message : output_.send_now) {
    // Promises to remember wait for the disk.
    WARREN_CHECK(message.type != MessageType::kAppendResponse &&
                 message.type != MessageType::kVoteResponse);
  }
  return output_;
}

void RaftMember::Finish() {
  Write();
  for (const Message& message : output_.send_after_store) {
    if (message.to == config_.id) Receive(message);
  }
  if (output_.must_store) Step(Stored{output_.ticket});
  Apply();
  Load();
  reads_.insert(reads_.end(), output_.reads.begin(), output_.reads.end());
}

void RaftMember::Run(std::vector<Message>& outbox) {
  while (core_->HasOutput()) {
    Take();
    outbox.insert(outbox.end(), output_.send_now.begin(), output_.send_now.end());
    for (const Message& message : output_.send_after_store) {
      if (message.to != config_.id) outbox.push_back(message);
    }
    Finish();
  }
}

void RaftMember::Run() {
  std::vector<Message> lost;
  Run(lost);
}

void RaftMember::BecomeLeader() {
  Step(Campaign{});
  for (const MessageType ballot : {MessageType::kPreVoteResponse, MessageType::kVoteResponse}) {
    Run();
    const bool pre_vote = core_->role().role == Role::kPreCandidate;
    const Term term = pre_vote ? core_->term() + 1 : core_->term();
    for (const NodeId voter : core_->membership().AllVoters()) {
      if (voter == config_.id) continue;
      Message message = MakeBallot(ballot, {voter.value(), config_.id.value(), term.value()});
      message.incarnation = disk_.incarnation;
      Receive(message);
    }
  }
  WARREN_CHECK(core_->role().role == Role::kLeader);
  Run();
}

void RaftMember::Write() {
  if (output_.hard_state) disk_.hard_state = *output_.hard_state;
  if (output_.install) {
    disk_.snapshot = output_.install->snapshot;
    installed_.push_back(disk_.snapshot);
    disk_.entries.clear();
    applied_.clear();
    KeepFrom(disk_.snapshot->last.id.index);
  }
  for (const Entry& entry : output_.append) {
    // Appending may replace a suffix of what was written.
    while (!disk_.entries.empty() && disk_.entries.back().id.index >= entry.id.index) {
      disk_.entries.pop_back();
    }
    disk_.entries.push_back(entry);
  }
}

void RaftMember::Apply() {
  for (const Entry& entry : output_.commit) {
    applied_.push_back(entry);
    if (entry.type != EntryType::kConfig) continue;
    // Bytes that say nothing change nothing, on every member alike.
    const auto change = DecodeConfigChange(entry.payload.view());
    if (change.ok()) Step(ApplyConfigChange{.index = entry.id.index, .change = *change});
  }
  if (!output_.commit.empty()) Step(Applied{output_.commit.back().id.index});
}

void RaftMember::Load() {
  const std::vector<LoadRequest> loads = output_.loads;
  for (const LoadRequest& load : loads) {
    std::vector<Entry> found;
    size_t bytes = 0;
    for (const Entry& entry : disk_.entries) {
      if (entry.id.index < load.first || entry.id.index > load.last) continue;
      bytes += AccountedBytes(entry);
      if (!found.empty() && bytes > load.bytes_max) break;
      found.push_back(entry);
    }
    Step(Loaded{.peer = load.peer, .first = load.first, .entries = found});
  }
}

SnapshotRef RaftMember::TakeSnapshot(const base::IntervalSet& live) {
  const Index index = core_->applied();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = {.index = index, .term = *core_->TermAt(index)};
  snapshot->membership = core_->membership();
  snapshot->live = live;
  if (const std::optional<uint64_t> first = live.First()) {
    const Index start(*first);
    snapshot->terms = TermRuns({.index = start, .term = *core_->TermAt(start)});
    for (Index i = start + 1; i <= index; i = i + 1) snapshot->terms.Append(*core_->TermAt(i));
  }
  Step(SnapshotTaken{snapshot});
  disk_.snapshot = snapshot;
  return snapshot;
}

void RaftMember::Compact(uint64_t index) {
  Step(raft::Compact{Index(index)});
  WARREN_CHECK(disk_.snapshot->last.id.index == Index(index));  // The membership there is known.
  KeepFrom(Index(index));
}

// The log on disk begins above `base`, where the latest snapshot is.
void RaftMember::KeepFrom(Index base) {
  std::erase_if(disk_.entries, [&](const Entry& entry) { return entry.id.index <= base; });
  disk_.base = disk_.snapshot->last;
  disk_.applied = base;
  disk_.membership = disk_.snapshot->membership;
  disk_.terms = disk_.snapshot->terms;
  disk_.live = disk_.snapshot->live;
}

std::vector<std::string> RaftMember::AppliedPayloads() const {
  std::vector<std::string> payloads;
  for (const Entry& entry : applied_) {
    const bool shown = entry.type == EntryType::kNormal && !entry.payload.empty();
    if (shown) payloads.emplace_back(entry.payload.view());
  }
  return payloads;
}

}  // namespace warren::raft::testing
