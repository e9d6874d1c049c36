#include "chaos/queue_model/machine_subject.h"

#include <string>
#include <utility>

#include "queue/machine.h"

namespace warren::queue_model {
namespace {

class MachineSubject : public Subject {
 public:
  MachineSubject(queue::Machine machine, queue::PlantedBug bug)
      : machine_(std::move(machine)), bug_(bug) {}

  void Apply(EntryIndex index, Time time, const queue::Command& command,
             Effects& effects) override {
    machine_.Apply(index, time, command, effects);
  }
  std::optional<Time> NextDeadline() const override { return machine_.NextDeadline(); }
  std::vector<EntryIndex> LiveEntries() const override {
    const base::IntervalSet live = machine_.LiveEntries();
    std::vector<EntryIndex> entries;
    for (const base::IntervalSet::Run& run : live.Runs()) {
      for (uint64_t entry = run.first; entry <= run.last; ++entry) entries.emplace_back(entry);
    }
    return entries;
  }
  std::vector<Position> LivePositionsIn(EntryIndex entry) const override {
    return machine_.LivePositionsIn(entry);
  }
  queue::Counts GetCounts() const override { return machine_.GetCounts(); }
  std::vector<queue::ConsumerView> ListConsumers() const override {
    return machine_.ListConsumers();
  }
  std::vector<queue::SessionView> ListSessions() const override { return machine_.ListSessions(); }
  std::vector<queue::MessageView> ListMessages(const queue::ListRequest& request) const override {
    return machine_.ListMessages(request);
  }
  std::optional<queue::MessageView> Peek(uint64_t place) const override {
    return machine_.Peek(place);
  }
  std::vector<queue::DelayedView> ListDelayed(DelayKey from, size_t messages_max) const override {
    return machine_.ListDelayed(from, messages_max);
  }
  uint64_t Digest() const override { return machine_.Digest(); }
  void CheckInvariants() const override { machine_.CheckInvariants(); }

  std::unique_ptr<Subject> Restored() const override {
    absl::StatusOr<queue::Machine> restored =
        queue::Machine::Restore(machine_.TakeSnapshot().Serialize(), bug_);
    if (!restored.ok()) return nullptr;
    return std::make_unique<MachineSubject>(*std::move(restored), bug_);
  }

 private:
  queue::Machine machine_;
  const queue::PlantedBug bug_;
};

}  // namespace

MakeSubject MachineWith(queue::PlantedBug bug) {
  return [bug](const QueueConfig& config) {
    return std::make_unique<MachineSubject>(queue::Machine(config, bug), bug);
  };
}

}  // namespace warren::queue_model
