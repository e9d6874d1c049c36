// What a session knows of its consumers, and what they hold.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"

#include "base/interval_set.h"
#include "queue/command.h"
#include "replication/session/message.h"

namespace warren::replication {

// A consumer as its session knows it. Consumer 0 is the session itself, for what it got.
struct BookedConsumer {
  bool auto_settle = false;
  uint32_t prefetch = 0;
  SessionNumber attach;      // The command that attaches it.
  SessionNumber cancel;      // ... that cancels it; 0: none.
  SessionNumber drain;       // The last one that drains it and is not answered; 0: none.
  bool attached = false;     // The user knows.
  bool cancelled = false;    // The user knows.
  bool active = false;       // Of a queue with a single active consumer.
  uint64_t credit_left = 0;  // Without prefetch: granted and not used, as far as we saw.

  base::IntervalSet held;       // Delivered, and not known to be gone.
  base::IntervalSet settling;   // ... of these: settled, and not known to be carried out.
  base::IntervalSet returning;  // ... of these: by a verdict that lets the message come again.
  base::IntervalSet unwanted;   // Will be sent again for nothing, because they were not presented.
};

// Which messages the session holds is said twice: here, and in the queue. When it attaches, both
// are compared, and what differs is sent again or taken away; in between, each follows the other.
//
// A key that was settled is held until the queue has carried that out: if it has not, it still
// counts as ours. One that was returned is not presented, though: the queue may have carried that
// out and have given it to us again, and then it must be sent again. If it has not, it is sent
// again for nothing, and Deliver() drops it, even if the queue has carried the return out
// meanwhile.
//
// Threads: a plain value.
class ConsumerBook {
 public:
  ConsumerBook();

  BookedConsumer* Find(ConsumerNumber number);
  BookedConsumer& Add(ConsumerNumber number);
  void EraseIfIdle(ConsumerNumber number);  // Gone, and holds nothing.
  const absl::btree_map<ConsumerNumber, BookedConsumer>& all() const { return all_; }
  bool HoldsAny() const;

  // The session is attached by what Present() said last, and has heard what was carried out. How
  // many messages for consumer 0 are sent again for nothing.
  uint64_t Attached();

  // Enters what came, and removes from `messages` what the user has already.
  void Deliver(ConsumerNumber number, bool again, std::vector<DeliveredMessage>& messages);

  // Of `keys`, those held and not settled yet, as settlements at the end of `out`, joined with the
  // last one there if they follow it.
  void Settle(const queue::Settlement& wanted, std::vector<queue::Settlement>& out);
  void Settled(const std::vector<queue::Settlement>& settlements);  // Carried out.

  // They are held no more. Calls `tell` with what the user still took for held.
  void Lose(ConsumerNumber number, queue::KeyRange keys,
            absl::FunctionRef<void(queue::KeyRange)> tell);

  // For AttachSession: what is held, but for what has been returned.
  std::vector<queue::HeldKeys> Present();

 private:
  // Requires: all of it is held, and none settled.
  static void SettleRun(BookedConsumer& consumer, const queue::Settlement& part,
                        std::vector<queue::Settlement>& out);

  absl::btree_map<ConsumerNumber, BookedConsumer> all_;
};

}  // namespace warren::replication
