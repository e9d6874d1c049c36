// What a queue is, without the indexes that follow from it: what a snapshot holds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "queue/config.h"
#include "queue/consumer.h"
#include "queue/dead_letter_queue.h"
#include "queue/deduplication_cache.h"
#include "queue/message_table.h"
#include "queue/on_demand.h"
#include "queue/planted_bug.h"
#include "queue/producer_table.h"
#include "queue/ready_set.h"
#include "queue/retry_schedule.h"
#include "queue/sessions.h"
#include "queue/try_counts.h"
#include "queue/types.h"

namespace warren::queue {

struct QueueImage {
  QueueConfig config;
  uint32_t version = 1;
  EntryIndex applied;
  Time now;
  bool removed = false;
  Time last_used;
  Time told_expired;

  MessageTable messages;
  ReadySet ready;
  TryCounts tries;
  std::map<ConsumerId, Consumer> consumers;
  std::optional<ConsumerId> active;
  std::vector<std::pair<int32_t, uint64_t>> turns;
  uint64_t next_order = 1;
  std::map<SessionId, Session> sessions;
  RetrySchedule retrying;
  DeadLetterQueue dead_letters;
  OnDemand<MessageTable> delayed_messages;
  RetrySchedule delayed;
  ProducerTable producers;
  DeduplicationCache deduplication;
};

inline constexpr uint8_t kQueueImageVersion = 1;

// Of a consumer, in the bytes.
namespace image_flags {
inline constexpr int kExclusive = 1;
inline constexpr int kAutoSettle = 2;
inline constexpr int kCancelled = 4;
inline constexpr int kHasTimeout = 8;
inline constexpr int kAll = 15;
}  // namespace image_flags

// docs/formats/queue_snapshot.md. Equal images give equal bytes; DATA_LOSS for bytes that no image
// gives, UNIMPLEMENTED for a later version.
std::string EncodeQueueImage(const QueueImage& image);
absl::StatusOr<QueueImage> DecodeQueueImage(std::string_view bytes,
                                            PlantedBug planted_bug = PlantedBug::kNone);

}  // namespace warren::queue
