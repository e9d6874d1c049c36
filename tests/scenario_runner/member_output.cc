// What a member does with what its core asks for: etcd's Ready.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/describe.h"
#include "tests/scenario_runner/member.h"

namespace warren::scenario_runner {
namespace {

std::string DescribeAll(const std::vector<WireMessage>& wires) {
  std::string text;
  for (const WireMessage& wire : wires) text += Describe(wire) + "\n";
  return text;
}

}  // namespace

absl::Status Member::ProcessReady(Network& network) {
  core_.TakeOutput(output_);
  std::vector<Parcel> outgoing = TakeOutgoing();
  std::vector<WireMessage> shown;
  for (const Parcel& parcel : outgoing) shown.push_back(scenario_runner::ToWire(parcel));
  if (storage_ == Storage::kAsynchronous) {
    if (NeedsAppendWork()) {
      append_work_.push_back(TakeAppendWork());
      shown.push_back(ToWire(append_work_.back()));
    }
    if (!output_.commit.empty()) {
      apply_work_.push_back(output_.commit);
      shown.push_back(ApplyToWire(apply_work_.back()));
    }
  }
  transcript_.Write(DescribeReady(shown));
  WriteNotes(output_.notes);
  if (output_.hard_state) stored_state_ = *output_.hard_state;
  if (storage_ == Storage::kSynchronous) return RunSynchronously(network, std::move(outgoing));
  for (Parcel& parcel : outgoing) network.Send(std::move(parcel));
  return absl::OkStatus();
}

// What leaves the member with this output. With synchronous storage that is everything: it is
// handed to the network after the write.
std::vector<Parcel> Member::TakeOutgoing() {
  std::vector<Parcel> outgoing(output_.send_now.begin(), output_.send_now.end());
  outgoing.insert(outgoing.end(), wishes_.begin(), wishes_.end());
  wishes_.clear();
  if (storage_ == Storage::kAsynchronous) return outgoing;
  for (const raft::Message& message : output_.send_after_store) {
    if (message.to != id()) outgoing.emplace_back(message);
  }
  return outgoing;
}

bool Member::NeedsAppendWork() const {
  return !output_.append.empty() || output_.hard_state || output_.install ||
         !output_.send_after_store.empty();
}

Member::AppendWork Member::TakeAppendWork() {
  AppendWork work{.hard_state = output_.hard_state,
                  .entries = output_.append,
                  .snapshot = output_.install ? output_.install->snapshot : nullptr,
                  .responses = {},
                  .unseen_ticket = std::nullopt};
  work.responses.assign(output_.send_after_store.begin(), output_.send_after_store.end());
  const raft::WriteTicket& ticket = output_.ticket;
  // Also if nothing is to be written but responses wait for earlier writes: they are then known
  // to be done, even if their own completions came too late to count.
  if (ticket.last.index > raft::Index() || work.snapshot != nullptr) {
    work.responses.push_back(StoreDone{.node = id(), .ticket = ticket, .snapshot = work.snapshot});
  } else if (output_.must_store) {
    work.unseen_ticket = ticket;
  }
  return work;
}

bool Member::MustSync() const {
  if (!output_.append.empty()) return true;
  return output_.hard_state && (output_.hard_state->term != stored_state_.term ||
                                output_.hard_state->vote != stored_state_.vote);
}

std::string Member::DescribeReady(const std::vector<WireMessage>& messages) const {
  std::string text;
  if (output_.role) text += Describe(*output_.role) + "\n";
  if (output_.hard_state) text += fmt::format("HardState {}\n", Describe(*output_.hard_state));
  if (!output_.append.empty()) text += "Entries:\n" + DescribeLines(output_.append);
  if (output_.install) text += fmt::format("Snapshot {}\n", Describe(*output_.install->snapshot));
  if (!output_.commit.empty()) text += "CommittedEntries:\n" + DescribeLines(output_.commit);
  if (!messages.empty()) text += "Messages:\n" + DescribeAll(messages);
  if (text.empty()) return "<empty Ready>";
  return fmt::format("Ready MustSync={}:\n{}", MustSync(), text);
}

WireMessage Member::ToWire(const AppendWork& work) const {
  WireMessage wire;
  wire.from = WireAddress(id());
  wire.to = kAppendThread;
  wire.type = "MsgStorageAppend";
  if (work.hard_state) {
    wire.term = work.hard_state->term;
    wire.commit = work.hard_state->commit;
    wire.vote = work.hard_state->vote;
  }
  wire.entries = work.entries;
  wire.snapshot = work.snapshot.get();
  for (const Parcel& response : work.responses) {
    wire.responses.push_back(scenario_runner::ToWire(response));
  }
  return wire;
}

WireMessage Member::ApplyToWire(const std::vector<raft::Entry>& entries) const {
  WireMessage wire;
  wire.from = WireAddress(id());
  wire.to = kApplyThread;
  wire.type = "MsgStorageApply";
  wire.entries = entries;
  WireMessage done = wire;
  std::swap(done.from, done.to);
  done.type = "MsgStorageApplyResp";
  wire.responses.push_back(std::move(done));
  return wire;
}

absl::Status Member::RunSynchronously(Network& network, std::vector<Parcel> outgoing) {
  WARREN_RETURN_IF_ERROR(
      Write(output_.append, output_.install ? output_.install->snapshot : nullptr));
  Apply(output_.commit);
  for (Parcel& parcel : outgoing) network.Send(std::move(parcel));
  // Only now does the member hear that its own duties are done, so that all of what they lead to
  // stands in its next output.
  for (const raft::Message& message : output_.send_after_store) {
    if (message.to == id()) Step(raft::Received{.message = message});
  }
  if (output_.must_store) FinishStore(output_.ticket);
  if (!output_.commit.empty()) Step(raft::Applied{.index = output_.commit.back().id.index});
  return absl::OkStatus();
}

absl::Status Member::ProcessAppendThread(Network& network) {
  if (append_work_.empty()) {
    transcript_.Write("no append work to perform");
    return absl::OkStatus();
  }
  AppendWork work = std::move(append_work_.front());
  append_work_.pop_front();
  WireMessage wire = ToWire(work);
  wire.responses.clear();
  transcript_.Write("Processing:\n" + Describe(wire) + "\n");
  WARREN_RETURN_IF_ERROR(Write(work.entries, work.snapshot));
  WriteResponses(work.responses);
  for (Parcel& response : work.responses) network.Send(std::move(response));
  if (work.unseen_ticket) FinishStore(*work.unseen_ticket);
  return absl::OkStatus();
}

absl::Status Member::ProcessApplyThread(Network& network) {
  if (apply_work_.empty()) {
    transcript_.Write("no apply work to perform");
    return absl::OkStatus();
  }
  const std::vector<raft::Entry> entries = std::move(apply_work_.front());
  apply_work_.pop_front();
  WireMessage wire = ApplyToWire(entries);
  wire.responses.clear();
  transcript_.Write("Processing:\n" + Describe(wire) + "\n");
  Apply(entries);
  std::vector<Parcel> responses = {ApplyDone{.node = id(), .entries = entries}};
  WriteResponses(responses);
  network.Send(std::move(responses.front()));
  return absl::OkStatus();
}

absl::Status Member::Write(const std::vector<raft::Entry>& entries,
                           const raft::SnapshotRef& snapshot) {
  if (snapshot == nullptr) {
    log_.Append(entries);
    return absl::OkStatus();
  }
  if (!entries.empty()) {
    return absl::UnimplementedError("can't apply snapshot and entries at the same time");
  }
  WARREN_RETURN_IF_ERROR(log_.Install(*snapshot));
  appender_.Restore(snapshot);
  return absl::OkStatus();
}

void Member::Apply(const std::vector<raft::Entry>& entries) {
  for (const raft::Entry& entry : entries) {
    base::Bytes update = entry.payload;
    if (entry.type == raft::EntryType::kConfig) {
      const absl::StatusOr<raft::ConfigChange> change =
          raft::DecodeConfigChange(entry.payload.view());
      WARREN_CHECK(change.ok());  // The core made this payload.
      Step(raft::ApplyConfigChange{.index = entry.id.index, .change = *change});
      update = change->context == kFirstKindMark ? base::Bytes() : change->context;
    }
    appender_.Apply(entry.Head(), update.view(), core_.membership());
    Step(raft::SnapshotTaken{.snapshot = appender_.latest()});
  }
}

void Member::WriteResponses(const std::vector<Parcel>& responses) {
  transcript_.Write("Responses:\n");
  for (const Parcel& response : responses) {
    transcript_.WriteLine(Describe(scenario_runner::ToWire(response)));
  }
}

}  // namespace warren::scenario_runner
