// What has become of a message in queues that it died in: what the header x-death says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/effect.h"
#include "queue/types.h"

namespace warren::queue {

// All deaths of a message in one queue for one reason.
struct Death {
  std::string queue;
  DeathReason reason = DeathReason::kRejected;
  uint64_t count = 1;
  std::string exchange;                   // That it had been published to, the first time, ...
  std::vector<std::string> routing_keys;  // ... and how: the routing key and CC, not BCC.
  Time first_time;
  std::optional<std::string> original_expiration;  // Its property, which dying takes from it.
  friend bool operator==(const Death&, const Death&) = default;
};

// Of the first death (x-first-death-*), or of the last one (x-last-death-*).
struct DeathMark {
  std::string queue;
  DeathReason reason = DeathReason::kRejected;
  std::string exchange;
  friend bool operator==(const DeathMark&, const DeathMark&) = default;
};

// The list, newest first. A shell reads it from the header of a message that dies, adds to it,
// asks for each queue that the message would be routed to whether that closes a circle, and writes
// it back. What stands in a header is a client's word until a broker has put it there: RabbitMQ
// since 4.0 takes none from a publisher, and that is for the shell to see to.
//
// Not here: field tables, routing, the removal of CC, BCC and expiration.
// Bounds: kDeathsMax entries; the oldest goes when one more comes. So a message in an endless
// circle of rejections through many queues does not grow for ever.
// Threads: a plain value.
class Deaths {
 public:
  static constexpr size_t kDeathsMax = 256;

  Deaths() = default;
  // As a header has it: newest first. What is too much, or names a {queue, reason} that is there
  // already, is left out. Without a `first` or `last`, which a header may lack, the oldest or the
  // newest entry stands in.
  Deaths(const std::vector<Death>& newest_first, std::optional<DeathMark> first,
         std::optional<DeathMark> last);

  // One more death, now the newest. Folded into the entry of the same queue and reason if there is
  // one: that is counted up and keeps what was said at first. `death.count` is not looked at.
  void Add(Death death);

  // Would publishing the message to this queue, after it died for `reason`, close a circle that
  // turns by itself? So if it died there already, and no newer death was a rejection: that is a
  // consumer's doing, and may end. A message that was rejected just now may go anywhere.
  bool IsCycle(std::string_view target_queue, DeathReason reason) const;

  const std::vector<Death>& entries() const { return entries_; }    // Newest first.
  const std::optional<DeathMark>& first() const { return first_; }  // Set once.
  const std::optional<DeathMark>& last() const { return last_; }

  void CheckInvariants() const;  // Stops the process. For tests.

  friend bool operator==(const Deaths&, const Deaths&) = default;

 private:
  std::vector<Death> entries_;
  std::optional<DeathMark> first_;
  std::optional<DeathMark> last_;
};

// As the headers have it: "rejected", "expired", "maxlen", "delivery_limit".
std::string_view DeathReasonName(DeathReason reason);
std::optional<DeathReason> DeathReasonOf(std::string_view name);

}  // namespace warren::queue
