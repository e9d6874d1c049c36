// What a leader has to say to one session, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "queue/effect.h"
#include "replication/session/content_reader.h"
#include "replication/session/message.h"

namespace warren::replication {

// Puts the effects that concern one session into as few Outcomes as their order allows. A delivery
// needs the contents of its messages; what comes after one whose contents are being read waits
// behind it:
//
//   effects ─▶ [ steps that wait ] ─ contents are here ─▶ [ outcomes ] ─ Take() ─▶ the session
//   applied, publish answers ───────────────────────────────▶ with the first outcome that leaves
//
// A large delivery is a few ranges here, and becomes messages as its entries are read.
// Threads: a plain value.
class SessionLine {
 public:
  struct Limits {
    size_t entries_max = 64;  // Wanted at a time.
    size_t outcome_bytes_max = 256 * 1024;
    size_t outcome_messages_max = 4096;
  };
  SessionLine() = default;
  SessionLine(SessionId session, SessionEpoch epoch, const Limits& limits)
      : session_(session), epoch_(epoch), limits_(limits) {}

  // ---- Effects, in the order of the log ----

  void Applied(SessionNumber number) {
    if (number > ahead_.applied) ahead_.applied = number;
  }
  void Published(PublishAnswer answer) { ahead_.published.push_back(std::move(answer)); }

  void Attached(AttachedSession attached) { steps_.emplace_back(std::move(attached)); }
  void Consumer(const ConsumerNews& news) { steps_.emplace_back(news); }
  void Lost(const LostKeys& lost) { steps_.emplace_back(lost); }
  void Got(const GotResult& got) { steps_.emplace_back(got); }
  void Deliver(ConsumerNumber consumer, bool again, const queue::DeliveredRange& range) {
    steps_.emplace_back(Range{.consumer = consumer, .again = again, .range = range});
  }
  void End(SessionFate fate) { steps_.emplace_back(fate); }

  // ---- Outcomes ----

  // Goes on as far as contents are here; wants those that are not.
  void Pump(ContentReader& reader);
  bool IsWaiting() const { return !steps_.empty(); }

  // The next thing to send, if there is one. Requires: Pump() since the last effect.
  std::optional<Outcome> Take();

 private:
  struct Range {
    ConsumerNumber consumer;
    bool again = false;
    queue::DeliveredRange range;
  };
  using Step = std::variant<AttachedSession, ConsumerNews, LostKeys, GotResult, Range, SessionFate>;

  // Where a step stands within an Outcome.
  enum class Rank : uint8_t { kNothing, kAttached, kConsumer, kLost, kDelivery, kFate };
  Outcome& Open(Rank rank);
  void Close();
  void Put(const Range& range, const QueueEntry& entry, uint64_t messages);
  bool PumpRange(Range& range, ContentReader& reader);  // False: it waits.
  void WantAhead(ContentReader& reader) const;
  Outcome Fresh() const;

  SessionId session_;
  SessionEpoch epoch_;
  Limits limits_;
  uint64_t sequence_ = 0;  // Of the last outcome taken.

  Outcome ahead_;
  std::deque<Step> steps_;
  std::deque<Outcome> ready_;
  Outcome open_;
  Rank rank_ = Rank::kNothing;  // The last one in open_.
  size_t open_bytes_ = 0;
  size_t open_messages_ = 0;
};

}  // namespace warren::replication
