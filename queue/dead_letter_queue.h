// Messages that died and are kept until the target of dead letters has confirmed them.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"

#include "base/ring.h"
#include "queue/config.h"
#include "queue/effect.h"
#include "queue/types.h"

namespace warren::queue {

// Each message is in one of three places: in the line, out (handed out and unanswered), or refused
// and not due yet. It keeps its number, which is the order of dying.
//
//      Add -> line -> HandOut -> out -> Confirm: gone
//               ^                 |
//               +---- Requeue <-- refused, waits
class DeadLetterQueue {
 public:
  struct Letter {
    OrderKey key;
    DeathReason reason = DeathReason::kRejected;
    uint32_t refusals = 0;
    bool out = false;
    Time due;  // 0: not waiting for a time.
    friend bool operator==(const Letter&, const Letter&) = default;
  };

  void Add(OrderKey key, DeathReason reason);

  // The next in the line, which is out from now on; nullptr if the line is empty or `window` are
  // out.
  const Letter* HandOut(uint32_t window);
  // Those that are out, in the order of dying.
  std::vector<Letter> Out() const;

  // Of the keys those that are out. Confirmed: they are gone, and appended to `gone`. Refused: they
  // wait, longer each time.
  void Confirm(KeyRange keys, std::vector<OrderKey>& gone);
  void Refuse(KeyRange keys, Time now, const QueueConfig& config);
  // Those that waited until now join the line, at most so many.
  void Requeue(Time now, size_t letters_max);
  std::optional<Time> NextDue() const;

  // Removes all, and answers them in the order of dying.
  std::vector<Letter> TakeAll();

  bool Contains(OrderKey key) const { return numbers_.contains(key); }
  uint64_t size() const { return letters_.size(); }
  const absl::btree_map<uint64_t, Letter>& letters() const { return letters_; }
  const base::Ring<uint64_t>& line() const { return line_; }
  uint64_t next_number() const { return next_number_; }
  // False if this cannot be: then the queue is as it was, empty.
  bool Restore(absl::btree_map<uint64_t, Letter> letters, base::Ring<uint64_t> line,
               uint64_t next_number);

  size_t MemoryBytes() const;
  void CheckInvariants() const;

 private:
  // The numbers of those in `keys` that are out.
  std::vector<uint64_t> OutIn(KeyRange keys) const;

  absl::btree_map<uint64_t, Letter> letters_;  // By the order of dying.
  absl::btree_map<OrderKey, uint64_t> numbers_;
  base::Ring<uint64_t> line_;
  absl::btree_set<uint64_t> out_;
  absl::btree_set<std::pair<Time, uint64_t>> waiting_;
  uint64_t next_number_ = 1;
};

}  // namespace warren::queue
