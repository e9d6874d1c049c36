// Which messages have expired.
#include <algorithm>

#include "base/check.h"
#include "queue/message_table.h"

namespace warren::queue {

void MessageTable::WatchExpiry(OrderKey key) {
  const Time expires = ExpiresOf(key);
  if (expires.value() != 0) watch_.Lower(ChunkOf(key), expires);
}

void MessageTable::Expire(Time now, size_t messages_max, IsReady is_ready,
                          std::vector<OrderKey>& out) {
  Expiring run = {.now = now, .left = messages_max, .is_ready = is_ready, .out = out};
  std::optional<uint64_t> chunk = watch_.NextDue(now, 0);
  while (chunk && run.left > 0) {
    const bool open = *chunk == OpenChunk();
    const Place first = open ? PlaceInOpen(open_skip_)
                             : PlaceIn(sealed_.at(*chunk), kChunkKeys - SizeOfChunk(*chunk));
    WARREN_CHECK(first.fields != nullptr && first.number == 0);
    const Time bound = *watch_.BoundOf(*chunk);
    const std::optional<Time> next = first.fields->ExpiresAscending()
                                         ? ExpireAscending(*chunk, first, bound, run)
                                         : ExpireAny(*chunk, first, bound, run);
    if (next) {
      watch_.Set(*chunk, *next);
    } else {
      watch_.Forget(*chunk);
    }
    if (*chunk == UINT64_MAX) return;
    chunk = watch_.NextDue(now, *chunk + 1);
  }
}

// What expires before `bound` has been seen to: so it begins there, and ends where the future does.
std::optional<Time> MessageTable::ExpireAscending(uint64_t chunk, Place place, Time bound,
                                                  Expiring& run) const {
  const MessageChunk& fields = *place.fields;
  const uint64_t offset =
      chunk == OpenChunk() ? open_skip_ : kChunkKeys - fields.size();  // Of the first message.
  uint64_t low = 0;
  uint64_t high = fields.size();
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (fields.ExpiresOf(middle) < bound) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (uint64_t i = low; i < fields.size(); ++i) {
    const Time expires = fields.ExpiresOf(i);
    if (expires > run.now) return expires;
    const OrderKey key = KeyAt(chunk, offset + i);
    if (!run.is_ready(key)) continue;
    if (run.left == 0) return expires;
    run.out.push_back(key);
    --run.left;
  }
  return std::nullopt;
}

std::optional<Time> MessageTable::ExpireAny(uint64_t chunk, Place place, Time bound,
                                            Expiring& run) const {
  const MessageChunk& fields = *place.fields;
  const uint64_t offset = chunk == OpenChunk() ? open_skip_ : kChunkKeys - fields.size();
  std::optional<Time> next;
  for (uint64_t i = 0; i < fields.size(); ++i) {
    const Time expires = fields.ExpiresOf(i);
    if (expires < bound) continue;  // Seen to, or (0) never.
    if (expires > run.now) {
      if (!next || expires < *next) next = expires;
      continue;
    }
    const OrderKey key = KeyAt(chunk, offset + i);
    if (!run.is_ready(key)) continue;
    if (run.left == 0) return bound;  // Some of what is due is left over.
    run.out.push_back(key);
    --run.left;
  }
  return next;
}

}  // namespace warren::queue
