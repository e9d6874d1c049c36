// What a group owes its core for each output: raft/output.h names the duties.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "replication/host/group.h"

namespace warren::replication {

void Group::Pump() {
  PollFetches();
  if (!IsRunning()) {
    Submit();
    if (removed_) Leave();
    return;
  }
  // A round of its own for what the round before has brought about: own votes and acknowledgements,
  // entries that committed at once. Bounded, since each needs an event that no peer sent.
  for (int round = 0; core_->HasOutput() && fault_.ok() && round < 64; ++round) {
    core_->TakeOutput(output_);
    Perform();
    Submit();
    Release();
  }
  if (!fault_.ok()) return;
  Submit();
  Release();
  MaybeSnapshot();
  MaybePromote();
  TrimMemory();
  if (core_->HasOutput() || removed_) {
    ports_->Touch(id_);
  } else if (!core_->WantsTick()) {
    core_->ShedRoom();
  }
  if (removed_) Leave();
}

void Group::Leave() {
  StopFetching();
  ports_->OnRemoved(id_);
}

void Group::Perform() {
  if (output_.role.has_value()) {
    role_ = *output_.role;
    suspected_ = false;
    if (!role_.leader.IsNone()) eager_ticks_ = 0;
    // Whom it follows may be suspected already; then the core must hear it at once.
    const NodeId leader = role_.leader;
    if (!leader.IsNone() && leader != self() && !ports_->Trusts(leader)) SuspectLeader();
  }
  Store();
  SendNow();
  for (const raft::LoadRequest& load : output_.loads) {
    const uint64_t number = next_read_++;
    loads_.emplace(number, load);
    ports_->Read(id_, {.purpose = ReadTag::Purpose::kCatchUp, .number = number}, load.first,
                 load.last, load.bytes_max);
  }
  if (!output_.commit.empty()) Apply();
  StartOrStopLeading();
}

// ---- Duty 1: the log, in the order of the outputs

void Group::Store() {
  if (!output_.must_store && output_.send_after_store.empty()) return;
  PendingWrite pending;
  pending.write.group = id_;
  pending.write.hard_state = output_.hard_state;
  if (output_.append.size() == 1) {
    pending.write.entries = std::move(output_.append);
  } else {
    // All but the last piece go ahead; what waits for the whole waits for the last.
    std::vector<std::vector<raft::Entry>> pieces = CutToSize(std::move(output_.append));
    for (size_t i = 0; i < pieces.size(); ++i) {
      pending.write.entries = std::move(pieces[i]);
      if (i + 1 == pieces.size()) break;
      writes_.Push(std::exchange(pending, {}));
      pending.write.group = id_;
    }
  }
  output_.append.clear();
  pending.write.ticket = output_.ticket;
  pending.write.may_be_lost = !output_.must_sync;
  pending.writes = pending.must_store = output_.must_store;
  if (output_.install.has_value()) {
    pending.installed = pending.write.install = output_.install->snapshot;
    pending.write.may_be_lost = false;
    ++installs_under_way_;
  }
  if (bug_ == HostBug::kUncommittedDelivered && machine_ != nullptr) {
    for (const raft::Entry& entry : pending.write.entries) {
      if (entry.id.index != applied_.id.index + 1) continue;
      if (entry.type == raft::EntryType::kNormal && !entry.payload.empty()) machine_->Apply(entry);
      applied_ = entry.Head();
      terms_.Append(entry.id.term);
    }
  }
  pending.after.reserve(output_.send_after_store.size());
  for (raft::Message& message : output_.send_after_store) {
    pending.after.push_back(std::move(message));
  }
  writes_.Push(std::move(pending));
}

// In order, none larger than the log should get at a time, unless it is a single entry.
std::vector<std::vector<raft::Entry>> Group::CutToSize(std::vector<raft::Entry> entries) const {
  std::vector<std::vector<raft::Entry>> pieces;
  size_t bytes = 0;
  for (raft::Entry& entry : entries) {
    const size_t more = raft::AccountedBytes(entry);
    if (pieces.empty() || bytes + more > config_.write_bytes_max) {
      pieces.emplace_back();
      bytes = 0;
    }
    bytes += more;
    pieces.back().push_back(std::move(entry));
  }
  return pieces;
}

void Group::Submit() {
  if (const absl::Status status = writes_.Submit(ports_->log()); !status.ok()) Fail(status);
}

void Group::OnCompleted() {
  ports_->Touch(id_);
  const PendingWrite& write = writes_.OnCompleted();
  if (!write.fetched.empty() && fetcher_ != nullptr) fetcher_->OnStored(write.fetched);
  if (write.installed == nullptr) return;
  --installs_under_way_;
  if (installs_under_way_ > 0) return;  // A later one counts, and all before it wait for that.
  const auto found = ports_->log().Describe(id_);
  if (!found.ok()) return Fail(found.status());
  if (found->missing.empty()) return;
  installing_ = write.installed;
  StartFetching(found->missing);
}

// ---- Duty 3: what waited for the disk

void Group::Release() {
  if (!IsRunning()) return;
  while (PendingWrite* const done = writes_.Done()) {
    const bool whole = installs_under_way_ == 0 && installing_ == nullptr;
    if (done->installed != nullptr && !whole && bug_ != HostBug::kInstallBeforeBodies) break;
    PendingWrite write = std::move(*done);
    writes_.Pop();
    if (write.installed != nullptr) FinishInstall(write);
    if (!fault_.ok()) return;
    for (raft::Message& message : write.after) {
      if (message.to == self()) {
        Step(raft::Received{message});
      } else {
        Post(message);
      }
    }
    if (write.must_store) Step(raft::Stored{write.write.ticket});
    if (write.taken != nullptr) {
      Step(raft::SnapshotTaken{write.taken});
      // What a member that is a little behind needs stays for a while.
      const raft::Index taken = write.taken->last.id.index;
      Step(raft::Compact{recent_.empty() ? taken : std::min(taken, recent_.front().index - 1)});
    }
  }
}

void Group::FinishInstall(const PendingWrite& write) {
  if (leading_) {
    leading_ = false;
    machine_->StopLeading(leader());
  }
  if (const absl::Status status = RestoreMachine(write.installed); !status.ok())
    return Fail(status);
  logger_.Info("group.installed", {{"index", write.installed->last.id.index.value()},
                                   {"live", write.installed->live.size()}});
}

// ---- Duty 2: what need not wait

void Group::SendNow() {
  for (raft::Message& message : output_.send_now) Post(message);
}

void Group::Post(raft::Message& message) {
  const NodeId to = message.to;
  const bool snapshot = message.type == raft::MessageType::kSnapshot;
  const bool append = message.type == raft::MessageType::kAppend && !message.entries.empty();
  const bool sent = ports_->SendRaft(id_, message);
  if (snapshot && sent) {
    sent_snapshots_.push_back({.peer = to, .at = ports_->clock().Now()});
  } else if (snapshot) {
    Step(raft::SnapshotReport{.peer = to, .delivered = false});
  } else if (append && !sent) {
    Step(raft::PeerUnreachable{to});
  }
}

// ---- Duty 4: the state machine

void Group::Apply() {
  for (const raft::Entry& entry : output_.commit) {
    const bool early =
        bug_ == HostBug::kUncommittedDelivered && entry.id.index <= applied_.id.index;
    if (entry.type == raft::EntryType::kConfig) {
      ApplyConfig(entry);
    } else if (!entry.payload.empty() && !early) {
      if (machine_ == nullptr) {
        return Fail(absl::InternalError(absl::StrCat("entry ", entry.id.index.value(),
                                                     " is committed, and nothing is before it")));
      }
      machine_->Apply(entry);
    }
    if (early) continue;
    applied_ = entry.Head();
    terms_.Append(entry.id.term);
    const size_t bytes = raft::AccountedBytes(entry);
    recent_.PushBack({.index = entry.id.index, .bytes = bytes});
    recent_bytes_ += bytes;
    bytes_since_snapshot_ += bytes;
  }
  Step(raft::Applied{applied_.id.index});
}

void Group::ApplyConfig(const raft::Entry& entry) {
  const auto change = raft::DecodeConfigChange(entry.payload.view());
  if (!change.ok()) return Fail(change.status());
  const raft::NodeSet before = core_->membership().AllMembers();
  Step(raft::ApplyConfigChange{.index = entry.id.index, .change = *change});
  // A snapshot helps only those whom it knows.
  for (const NodeId member : core_->membership().AllMembers()) {
    wants_snapshot_ = wants_snapshot_ || !before.Contains(member);
  }
  quorum_.reset();
  OnReach(reached_);
}

void Group::StartOrStopLeading() {
  const bool leads = core_->role().role == raft::Role::kLeader && machine_ != nullptr;
  if (leads && lead_term_ != core_->term()) {
    if (std::exchange(leading_, false)) machine_->StopLeading(NodeId());
    lead_term_ = core_->term();
    // The entry with which it opened its term; what earlier leaders committed lies before it.
    lead_from_ = core_->last().index;
  }
  if (!leads && leading_) {
    leading_ = false;
    machine_->StopLeading(core_->leader());
  }
  if (!leads || leading_ || applied_.id.index < lead_from_) return;
  leading_ = true;
  logger_.Info("group.leads", {{"term", core_->term().value()}});
  machine_->StartLeading(core_->term());
  ports_->ForEachNode([this](NodeId node, NodeNews news, Incarnation incarnation) {
    machine_->OnNode(node, news, incarnation);
  });
}

void Group::Flush() {
  if (machine_ != nullptr && fault_.ok()) machine_->Flush();
}

}  // namespace warren::replication
