// What applications said of themselves, to publish exactly once across their own restarts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "base/coding.h"
#include "queue/command.h"
#include "queue/config.h"
#include "queue/effect.h"
#include "queue/planted_bug.h"
#include "queue/sequence_window.h"
#include "queue/timed_ids.h"
#include "queue/types.h"

namespace warren::queue {

struct ProducerVerdict {
  bool duplicate = false;  // It is in the queue already, or was.
  Refusal refusal = Refusal::kNone;
  friend bool operator==(const ProducerVerdict&, const ProducerVerdict&) = default;
};

// "Producers" in docs/queue-machine.md. Two promises:
//   - a sequence that was never stored is never called a duplicate;
//   - one that was stored is never accepted again, as long as its producer's state lives and the
//     epoch is the same: it is a duplicate, or too old to tell.
//
// Producers are kept in the order of their last publish, and that decides everything about them:
//
//      forgotten next                                              published last
//      [expired] [expired] [expired] | [live] [live] [live] [live] [live]
//                                    now - expires
//
// Being expired is no state but a matter of time, exact without a timer. So it needs no work and
// no deadline; being forgotten does.
//
// Requires, for every call: times never fall; `limits` are of a valid configuration. They may
// change from call to call, and take effect at the next one.
// Memory: about 150 bytes per producer and its id, and a bitmap if it sends with gaps.
// Threads: a plain value. A copy is O(producers).
class ProducerTable {
 public:
  ProducerTable() = default;
  explicit ProducerTable(PlantedBug planted_bug) : planted_bug_(planted_bug) {}

  // Whether this message may be stored. Registers and fences, raises the floor, renews the
  // producer; does not mark the sequence as seen, since the message may yet be refused.
  ProducerVerdict Judge(const ProducerStamp& stamp, Time now, const ProducerLimits& limits);
  // The message is in the queue now: its sequence is seen.
  // Requires: the last call to Judge() for this producer accepted just this stamp.
  void Store(const ProducerStamp& stamp, const ProducerLimits& limits);

  // Forgets at most `max` producers whose time is over, the oldest first; until then they count
  // as expired.
  void ExpireDue(Time now, const ProducerLimits& limits, size_t max);
  std::optional<Time> NextDeadline(const ProducerLimits& limits) const;  // Of ExpireDue().

  size_t size() const { return producers_.size(); }
  bool empty() const { return producers_.empty(); }
  size_t CountLive(Time now, const ProducerLimits& limits) const;  // O(expired).

  // Equal states give equal bytes: varint number of producers, then each in the order of its last
  // publish: varint time since the one before (at first: since 0), varint length and id, varint
  // epoch, window (queue/sequence_window.h). Read() answers what AppendTo() never wrote with
  // DATA_LOSS, and takes at most kDecodedBytesPerByte bytes of memory per byte that it reads.
  // `now`: nobody published later.
  void AppendTo(std::string* out) const;
  static absl::StatusOr<ProducerTable> Read(base::Reader& reader, Time now = Time(UINT64_MAX),
                                            PlantedBug planted_bug = PlantedBug::kNone);
  static constexpr size_t kDecodedBytesPerByte = 96;

  size_t MemoryBytes() const;    // O(producers).
  void CheckInvariants() const;  // O(producers); stops the process. For tests.

 private:
  struct Producer {
    uint64_t epoch = 0;
    SequenceWindow window;
  };
  using Producers = TimedIds<Producer>;
  using Slot = Producers::Slot;

  Slot Find(const base::Bytes& id) const;

  PlantedBug planted_bug_ = PlantedBug::kNone;
  Producers producers_;
  // Where the last one was found: most messages come from the producer of the message before. Not
  // state, only a place to look first.
  Slot recent_ = Producers::kNone;
};

}  // namespace warren::queue
