#include "queue/deduplication_cache.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "queue/command.h"

namespace warren::queue {
namespace {

bool IsOver(Time remembered, Time now, const DeduplicationConfig& config) {
  return config.ttl != 0 && now >= Later(remembered, config.ttl);
}

}  // namespace

bool DeduplicationCache::Contains(const base::Bytes& id, Time now,
                                  const DeduplicationConfig& config) const {
  if (id.empty()) return false;
  const Ids::Slot slot = ids_.Find(id.view());
  return slot != Ids::kNone && !IsOver(ids_[slot].at, now, config);
}

void DeduplicationCache::Remember(const base::Bytes& id, Time now,
                                  const DeduplicationConfig& config) {
  if (id.empty()) return;
  const Ids::Slot slot = ids_.Find(id.view());
  if (slot != Ids::kNone) {
    if (IsOver(ids_[slot].at, now, config)) ids_.Renew(slot, now);
    return;
  }
  while (ids_.size() >= config.cache_size) ids_.Remove(ids_.first());
  ids_.Add(id.view(), now);
}

void DeduplicationCache::ForgetDue(Time now, const DeduplicationConfig& config, size_t max) {
  for (size_t i = 0; i < max && !empty() && IsOver(ids_[ids_.first()].at, now, config); ++i) {
    ids_.Remove(ids_.first());
  }
}

std::optional<Time> DeduplicationCache::NextDeadline(const DeduplicationConfig& config) const {
  if (config.ttl == 0 || empty()) return std::nullopt;
  return Later(ids_[ids_.first()].at, config.ttl);
}

void DeduplicationCache::Shrink(const DeduplicationConfig& config) {
  while (ids_.size() > config.cache_size) ids_.Remove(ids_.first());
}

void DeduplicationCache::AppendTo(std::string* out) const {
  base::PutVarint64(out, ids_.size());
  Time before;
  for (Ids::Slot slot = ids_.first(); slot != Ids::kNone; slot = ids_.Next(slot)) {
    base::PutVarint64(out, ids_[slot].at - before);
    base::PutLengthPrefixed(out, ids_[slot].id.view());
    before = ids_[slot].at;
  }
}

absl::StatusOr<DeduplicationCache> DeduplicationCache::Read(base::Reader& reader, Time now) {
  DeduplicationCache cache;
  const uint64_t count = reader.Varint64().value_or(0);
  if (!reader.ok()) return absl::DataLossError("deduplication ids: truncated");
  Time at;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t elapsed = reader.Varint64().value_or(0);
    const std::string_view id = reader.LengthPrefixed(kDeduplicationIdBytesMax).value_or("");
    if (id.empty()) return absl::DataLossError("deduplication ids: truncated, or of a wrong size");
    if (elapsed > now - at || cache.ids_.Find(id) != Ids::kNone) {
      return absl::DataLossError(
          absl::StrCat("deduplication ids: number ", i, " comes twice, or too late"));
    }
    at = at + elapsed;
    cache.ids_.Add(id, at);
  }
  return cache;
}

void DeduplicationCache::CheckInvariants() const {
  ids_.CheckInvariants();
  for (Ids::Slot slot = ids_.first(); slot != Ids::kNone; slot = ids_.Next(slot)) {
    WARREN_CHECK(!ids_[slot].id.empty());
  }
}

}  // namespace warren::queue
