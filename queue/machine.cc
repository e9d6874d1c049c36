#include "queue/machine.h"

#include <utility>

#include "base/status_macros.h"
#include "queue/queue_image.h"
#include "queue/queue_state.h"

namespace warren::queue {
namespace {

// Mixes eight bytes at a time; differs from a CRC in that it has 64 bits.
uint64_t Hash(std::string_view bytes) {
  constexpr uint64_t kPrime = 0x9E3779B97F4A7C15;
  uint64_t hash = bytes.size() * kPrime;
  for (size_t i = 0; i < bytes.size(); i += 8) {
    uint64_t word = 0;
    for (size_t j = i; j < std::min(i + 8, bytes.size()); ++j) {
      word |= uint64_t{static_cast<uint8_t>(bytes[j])} << (8 * (j - i));
    }
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace

Machine::Machine(const QueueConfig& config, PlantedBug planted_bug)
    : state_(std::make_unique<QueueState>(config, planted_bug)) {}
Machine::Machine(std::unique_ptr<QueueState> state) : state_(std::move(state)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

void Machine::Apply(EntryIndex index, Time time, const Command& command, Effects& effects) {
  state_->Apply(index, time, command, effects);
}

std::optional<Time> Machine::NextDeadline() const { return state_->NextDeadline(); }
base::IntervalSet Machine::LiveEntries() const { return state_->LiveEntries(); }
std::vector<Position> Machine::LivePositionsIn(EntryIndex entry) const {
  return state_->LivePositionsIn(entry);
}

Snapshot Machine::TakeSnapshot() const {
  return Snapshot(std::make_shared<const QueueImage>(state_->TakeImage()));
}

absl::StatusOr<Machine> Machine::Restore(std::string_view bytes, PlantedBug planted_bug) {
  WARREN_ASSIGN_OR_RETURN(QueueImage image, DecodeQueueImage(bytes, planted_bug));
  const bool forgets = planted_bug == PlantedBug::kDuplicateAfterSnapshot;
  if (forgets) image.producers = ProducerTable(planted_bug);
  auto state = std::make_unique<QueueState>(std::move(image), planted_bug);
  // What the state puts right by itself was never one: whose turn it is, who is active.
  if (!forgets && EncodeQueueImage(state->TakeImage()) != bytes) {
    return absl::DataLossError("queue snapshot: it holds what no queue can be");
  }
  return Machine(std::move(state));
}

uint64_t Machine::Digest() const { return Hash(EncodeQueueImage(state_->TakeImage())); }

EntryIndex Machine::applied() const { return state_->applied(); }
Time Machine::now() const { return state_->now(); }
const QueueConfig& Machine::config() const { return state_->config(); }
uint32_t Machine::version() const { return state_->version(); }

Counts Machine::GetCounts() const { return state_->GetCounts(); }
std::vector<ConsumerView> Machine::ListConsumers() const { return state_->ListConsumers(); }
std::vector<SessionView> Machine::ListSessions() const { return state_->ListSessions(); }
std::vector<MessageView> Machine::ListMessages(const ListRequest& request) const {
  return state_->ListMessages(request);
}
std::optional<MessageView> Machine::Peek(uint64_t place) const { return state_->Peek(place); }
std::vector<DelayedView> Machine::ListDelayed(DelayKey from, size_t messages_max) const {
  return state_->ListDelayed(from, messages_max);
}

size_t Machine::MemoryBytes() const { return state_->MemoryBytes(); }
void Machine::CheckInvariants() const { state_->CheckInvariants(); }

std::string Snapshot::Serialize() const { return EncodeQueueImage(*image_); }
EntryIndex Snapshot::applied() const { return image_->applied; }

}  // namespace warren::queue
