#include "queue/producer_table.h"

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/status_macros.h"

namespace warren::queue {

namespace {

bool IsOver(Time last_publish, Span span, Time now) { return now >= Later(last_publish, span); }

}  // namespace

ProducerVerdict ProducerTable::Judge(const ProducerStamp& stamp, Time now,
                                     const ProducerLimits& limits) {
  Slot slot = Find(stamp.producer);
  if (slot == Producers::kNone) {
    if (size() >= limits.producers_max) return {.refusal = Refusal::kTooManyProducers};
    slot = producers_.Add(stamp.producer.view(), now);
    producers_.ValueOf(slot).epoch = stamp.epoch;
  } else {
    Producer& producer = producers_.ValueOf(slot);
    if (stamp.epoch < producer.epoch) return {.refusal = Refusal::kProducerFenced};
    if (stamp.epoch > producer.epoch) {
      producer = {.epoch = stamp.epoch, .window = {}};
    } else if (IsOver(producers_[slot].at, limits.expires, now)) {
      return {.refusal = Refusal::kProducerExpired};
    }
    producers_.Renew(slot, now);
  }
  recent_ = slot;

  SequenceWindow& window = producers_.ValueOf(slot).window;
  window.RaiseFloor(stamp.floor);
  window.Limit(limits.window);
  switch (window.StandingOf(stamp.sequence)) {
    case SequenceWindow::Standing::kTooOld:
      if (planted_bug_ == PlantedBug::kUnseenConfirmed) return {.duplicate = true};
      return {.refusal = Refusal::kSequenceTooOld};
    case SequenceWindow::Standing::kSeen:
      return {.duplicate = true};
    case SequenceWindow::Standing::kUnseen:
      break;
  }
  return {};
}

void ProducerTable::Store(const ProducerStamp& stamp, const ProducerLimits& limits) {
  const Slot slot = Find(stamp.producer);
  WARREN_CHECK_MSG(slot != Producers::kNone && producers_[slot].value.epoch == stamp.epoch,
                   "what is stored was judged before");
  producers_.ValueOf(slot).window.Insert(stamp.sequence, limits.window);
}

void ProducerTable::ExpireDue(Time now, const ProducerLimits& limits, size_t max) {
  for (size_t i = 0; i < max && !empty(); ++i) {
    if (!IsOver(producers_[producers_.first()].at, limits.forgotten, now)) break;
    producers_.Remove(producers_.first());
    recent_ = Producers::kNone;
  }
}

std::optional<Time> ProducerTable::NextDeadline(const ProducerLimits& limits) const {
  if (empty()) return std::nullopt;
  return Later(producers_[producers_.first()].at, limits.forgotten);
}

size_t ProducerTable::CountLive(Time now, const ProducerLimits& limits) const {
  size_t expired = 0;
  for (Slot slot = producers_.first(); slot != Producers::kNone; slot = producers_.Next(slot)) {
    if (!IsOver(producers_[slot].at, limits.expires, now)) break;
    ++expired;
  }
  return size() - expired;
}

ProducerTable::Slot ProducerTable::Find(const base::Bytes& id) const {
  if (recent_ != Producers::kNone && producers_[recent_].id == id) return recent_;
  return producers_.Find(id.view());
}

// ---- Bytes and checks ---------------------------------------------------------------------------

void ProducerTable::AppendTo(std::string* out) const {
  base::PutVarint64(out, size());
  Time before;
  for (Slot slot = producers_.first(); slot != Producers::kNone; slot = producers_.Next(slot)) {
    const Producers::Entry& entry = producers_[slot];
    base::PutVarint64(out, entry.at - before);
    base::PutLengthPrefixed(out, entry.id.view());
    base::PutVarint64(out, entry.value.epoch);
    entry.value.window.AppendTo(out);
    before = entry.at;
  }
}

absl::StatusOr<ProducerTable> ProducerTable::Read(base::Reader& reader, Time now,
                                                  PlantedBug planted_bug) {
  ProducerTable table(planted_bug);
  const uint64_t count = reader.Varint64().value_or(0);
  if (!reader.ok()) return absl::DataLossError("producers: truncated");
  Time at;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t elapsed = reader.Varint64().value_or(0);
    const std::string_view id = reader.LengthPrefixed(kProducerIdBytesMax).value_or("");
    const uint64_t epoch = reader.Varint64().value_or(0);
    if (!reader.ok()) return absl::DataLossError("producers: truncated, or too long an id");
    if (elapsed > now - at || table.producers_.Find(id) != Producers::kNone) {
      return absl::DataLossError(
          absl::StrCat("producers: number ", i, " comes twice, or too late"));
    }
    at = at + elapsed;
    const Slot slot = table.producers_.Add(id, at);
    Producer& producer = table.producers_.ValueOf(slot);
    producer.epoch = epoch;
    WARREN_ASSIGN_OR_RETURN(producer.window, SequenceWindow::Read(reader), "producers");
  }
  return table;
}

size_t ProducerTable::MemoryBytes() const {
  size_t bytes = sizeof(*this) - sizeof(producers_) + producers_.MemoryBytes();
  for (Slot slot = producers_.first(); slot != Producers::kNone; slot = producers_.Next(slot)) {
    bytes += producers_[slot].value.window.HeapBytes();
  }
  return bytes;
}

void ProducerTable::CheckInvariants() const {
  producers_.CheckInvariants();
  for (Slot slot = producers_.first(); slot != Producers::kNone; slot = producers_.Next(slot)) {
    WARREN_CHECK(producers_[slot].id.size() <= kProducerIdBytesMax);
    producers_[slot].value.window.CheckInvariants();
  }
}

}  // namespace warren::queue
