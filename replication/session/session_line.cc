#include "replication/session/session_line.h"

#include <algorithm>

namespace warren::replication {
namespace {

// The first messages of a range that lie in one entry: how many, and which entry.
struct Piece {
  raft::Index entry;
  uint64_t messages = 0;
};
Piece FirstPiece(const queue::DeliveredRange& range) {
  const raft::Index entry(range.first.entry.value());
  return {.entry = entry, .messages = range.one_per_entry ? 1 : range.keys.size()};
}

void DropPiece(queue::DeliveredRange& range, uint64_t messages) {
  range.keys.first = range.keys.first + messages;
  if (range.one_per_entry) {
    range.first.entry = range.first.entry + messages;
  } else {
    range.first.slot += static_cast<uint32_t>(messages);
  }
}

}  // namespace

Outcome SessionLine::Fresh() const {
  Outcome outcome;
  outcome.session = session_;
  outcome.epoch = epoch_;
  return outcome;
}

// The outcome that takes something of this rank: the open one, unless that is past it already.
Outcome& SessionLine::Open(Rank rank) {
  const bool full =
      open_bytes_ >= limits_.outcome_bytes_max || open_messages_ >= limits_.outcome_messages_max;
  if (rank_ > rank || full) Close();
  if (rank_ == Rank::kNothing) open_ = Fresh();
  rank_ = rank;
  return open_;
}

void SessionLine::Close() {
  if (rank_ == Rank::kNothing) return;
  ready_.push_back(std::move(open_));
  rank_ = Rank::kNothing;
  open_bytes_ = 0;
  open_messages_ = 0;
}

void SessionLine::Put(const Range& range, const QueueEntry& entry, uint64_t messages) {
  for (uint64_t i = 0; i < messages; ++i) {
    const uint64_t slot = range.range.first.slot + i;
    if (slot >= entry.slots()) return;  // Nothing is there that could be delivered.
    Outcome& outcome = Open(Rank::kDelivery);
    if (outcome.deliveries.empty() || outcome.deliveries.back().consumer != range.consumer ||
        outcome.deliveries.back().again != range.again) {
      outcome.deliveries.push_back(
          {.consumer = range.consumer, .again = range.again, .messages = {}});
    }
    base::Bytes content = entry.Content(static_cast<uint32_t>(slot));
    open_bytes_ += content.size();
    ++open_messages_;
    outcome.deliveries.back().messages.push_back({.key = range.range.keys.first + i,
                                                  .acquired = range.range.acquired,
                                                  .failed = range.range.failed,
                                                  .content = std::move(content)});
  }
}

bool SessionLine::PumpRange(Range& range, ContentReader& reader) {
  while (true) {
    const Piece piece = FirstPiece(range.range);
    const ContentReader::Found found = reader.Find(piece.entry);
    if (found.entry == nullptr && !found.gone) return false;
    if (found.entry != nullptr) Put(range, *found.entry, piece.messages);
    if (piece.messages >= range.range.keys.size()) return true;
    DropPiece(range.range, piece.messages);
  }
}

void SessionLine::Pump(ContentReader& reader) {
  while (!steps_.empty()) {
    Step& step = steps_.front();
    if (auto* attached = std::get_if<AttachedSession>(&step)) {
      Open(Rank::kAttached).attached.push_back(std::move(*attached));
    } else if (const auto* news = std::get_if<ConsumerNews>(&step)) {
      Open(Rank::kConsumer).consumers.push_back(*news);
    } else if (const auto* lost = std::get_if<LostKeys>(&step)) {
      Open(Rank::kLost).lost.push_back(*lost);
    } else if (const auto* got = std::get_if<GotResult>(&step)) {
      Open(Rank::kDelivery).gets.push_back(*got);
    } else if (const auto* fate = std::get_if<SessionFate>(&step)) {
      Open(Rank::kFate).fate = *fate;
    } else if (!PumpRange(std::get<Range>(step), reader)) {
      WantAhead(reader);
      return;
    }
    steps_.pop_front();
  }
}

// What the steps behind the first one will need, so that it is read together.
void SessionLine::WantAhead(ContentReader& reader) const {
  size_t entries = 0;
  for (const Step& step : steps_) {
    const Range* range = std::get_if<Range>(&step);
    if (range == nullptr) continue;
    const uint64_t wide = range->range.one_per_entry ? range->range.keys.size() : 1;
    for (uint64_t i = 0; i < wide && entries < limits_.entries_max; ++i, ++entries) {
      reader.Find(raft::Index(range->range.first.entry.value() + i));
    }
    if (entries >= limits_.entries_max) return;
  }
}

std::optional<Outcome> SessionLine::Take() {
  Outcome next;
  if (!ready_.empty()) {
    next = std::move(ready_.front());
    ready_.pop_front();
  } else if (rank_ != Rank::kNothing) {
    next = std::move(open_);
    rank_ = Rank::kNothing;
    open_bytes_ = 0;
    open_messages_ = 0;
  } else if (ahead_.applied == SessionNumber() && ahead_.published.empty()) {
    return std::nullopt;
  } else {
    next = Fresh();
  }
  next.applied = std::exchange(ahead_.applied, SessionNumber());
  next.published = std::exchange(ahead_.published, {});
  next.sequence = ++sequence_;
  return next;
}

}  // namespace warren::replication
