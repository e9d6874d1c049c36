// Which ids of messages the queue has had lately, whoever sent them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "base/coding.h"
#include "queue/config.h"
#include "queue/timed_ids.h"
#include "queue/types.h"

namespace warren::queue {

// "Deduplication" in docs/queue-machine.md: at most cache_size ids, the oldest goes first, and each
// goes after its ttl. An id counts from when it was remembered; seeing it again renews nothing.
//
// Contains() is exact, also when ForgetDue() lags behind because of its limit; only size() counts
// what is left to tidy. An empty id is none: never contained, never remembered.
//
// Requires, for every call: times never fall; `config` is valid.
// Memory: about 90 bytes per id and its bytes, which are copied. Threads: a plain value. A copy is
// O(ids).
class DeduplicationCache {
 public:
  bool Contains(const base::Bytes& id, Time now, const DeduplicationConfig& config) const;
  // The message is in the queue now. Has no effect on an id that is contained.
  void Remember(const base::Bytes& id, Time now, const DeduplicationConfig& config);

  // Forgets at most `max` ids whose time is over, the oldest first.
  void ForgetDue(Time now, const DeduplicationConfig& config, size_t max);
  std::optional<Time> NextDeadline(const DeduplicationConfig& config) const;

  // After a change of configuration: forgets the oldest until cache_size holds. O(forgotten).
  void Shrink(const DeduplicationConfig& config);
  void Clear() { ids_.Clear(); }

  size_t size() const { return ids_.size(); }
  bool empty() const { return ids_.empty(); }

  // Equal states give equal bytes: varint number of ids, then each, oldest first: varint time since
  // the one before (at first: since 0), varint length and id. Read() answers what AppendTo() never
  // wrote with DATA_LOSS, and takes at most kDecodedBytesPerByte bytes of memory per byte that it
  // reads. `now`: none was remembered later.
  void AppendTo(std::string* out) const;
  static absl::StatusOr<DeduplicationCache> Read(base::Reader& reader, Time now = Time(UINT64_MAX));
  static constexpr size_t kDecodedBytesPerByte = 64;

  size_t MemoryBytes() const { return ids_.MemoryBytes(); }  // O(ids).
  void CheckInvariants() const;                              // O(ids); stops the process.

 private:
  struct Nothing {};
  using Ids = TimedIds<Nothing>;

  Ids ids_;
};

}  // namespace warren::queue
