#include "chaos/queue_model/testing/model_subject.h"

#include <variant>

#include "chaos/queue_model/model.h"

namespace warren::queue_model {
namespace {

class ModelSubject : public Subject {
 public:
  ModelSubject(const QueueConfig& config, ModelFault fault) : model_(config), fault_(fault) {}

  void Apply(EntryIndex index, Time time, const queue::Command& command,
             Effects& effects) override {
    const bool is_settle = std::holds_alternative<queue::Settle>(command);
    settles_ += is_settle ? 1 : 0;
    if (fault_ == ModelFault::kForgetsThirdSettle && is_settle && settles_ % 3 == 0) {
      model_.Apply(index, time, queue::Tick{}, effects);
    } else {
      model_.Apply(index, time, command, effects);
    }
    for (const Position position : model_.freed()) {
      effects.freed.push_back({.first = position, .last = position});
    }
  }
  std::optional<Time> NextDeadline() const override { return model_.NextDeadline(); }
  std::vector<EntryIndex> LiveEntries() const override {
    const std::set<EntryIndex> live = model_.LiveEntries();
    return {live.begin(), live.end()};
  }
  std::vector<Position> LivePositionsIn(EntryIndex entry) const override {
    return model_.LivePositionsIn(entry);
  }
  queue::Counts GetCounts() const override { return model_.GetCounts(); }
  std::vector<queue::ConsumerView> ListConsumers() const override { return model_.ListConsumers(); }
  std::vector<queue::SessionView> ListSessions() const override { return model_.ListSessions(); }
  std::vector<queue::MessageView> ListMessages(const queue::ListRequest& request) const override {
    return model_.ListMessages(request);
  }
  std::optional<queue::MessageView> Peek(uint64_t place) const override {
    return model_.Peek(place);
  }
  std::vector<queue::DelayedView> ListDelayed(DelayKey from, size_t messages_max) const override {
    return model_.ListDelayed(from, messages_max);
  }
  uint64_t Digest() const override { return 0; }
  void CheckInvariants() const override {}
  std::unique_ptr<Subject> Restored() const override {
    return std::make_unique<ModelSubject>(*this);
  }
  ModelSubject(const ModelSubject& other)
      : model_(other.model_), fault_(other.fault_), settles_(other.settles_) {}

 private:
  Model model_;
  const ModelFault fault_;
  uint64_t settles_ = 0;
};

}  // namespace

MakeSubject ModelWith(ModelFault fault) {
  return
      [fault](const QueueConfig& config) { return std::make_unique<ModelSubject>(config, fault); };
}

}  // namespace warren::queue_model
