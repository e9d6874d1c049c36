#include "replication/session/consumer_book.h"

#include <algorithm>
#include <utility>

#include "queue/command_codec.h"

namespace warren::replication {
namespace {

using Run = base::IntervalSet::Run;

bool IsForGood(queue::Verdict verdict) {
  return verdict == queue::Verdict::kSettle || verdict == queue::Verdict::kDeadLetter;
}

// Calls `each` for the parts of `set` within [first, last].
template <typename Each>
void ForRunsWithin(const base::IntervalSet& set, uint64_t first, uint64_t last, Each each) {
  std::optional<Run> run = set.NextRun(first);
  while (run && run->first <= last) {
    each(Run{run->first, std::min(run->last, last)});
    if (run->last >= last) return;
    run = set.NextRun(run->last + 1);
  }
}

bool Joins(const queue::Settlement& a, const queue::Settlement& b) {
  return a.consumer == b.consumer && a.verdict == b.verdict && a.not_before == b.not_before &&
         a.keys.last + 1 == b.keys.first;
}

}  // namespace

ConsumerBook::ConsumerBook() { Add(ConsumerNumber()).attached = true; }

BookedConsumer* ConsumerBook::Find(ConsumerNumber number) {
  const auto at = all_.find(number);
  return at == all_.end() ? nullptr : &at->second;
}

BookedConsumer& ConsumerBook::Add(ConsumerNumber number) { return all_[number]; }

void ConsumerBook::EraseIfIdle(ConsumerNumber number) {
  const BookedConsumer* consumer = Find(number);
  if (consumer == nullptr || number.IsNone()) return;
  const bool gone = consumer->cancelled || (!consumer->attached && consumer->attach.value() == 0);
  if (gone && consumer->held.empty()) all_.erase(number);
}

bool ConsumerBook::HoldsAny() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const auto& each) { return !each.second.held.empty(); });
}

uint64_t ConsumerBook::Attached() {
  for (auto& [number, consumer] : all_) consumer.unwanted.IntersectWith(consumer.returning);
  return Find(ConsumerNumber())->unwanted.size();
}

void ConsumerBook::Deliver(ConsumerNumber number, bool again,
                           std::vector<DeliveredMessage>& messages) {
  BookedConsumer* consumer = Find(number);
  if (consumer == nullptr) {
    messages.clear();
    return;
  }
  if (consumer->auto_settle) {
    consumer->credit_left -= std::min<uint64_t>(consumer->credit_left, messages.size());
    return;
  }
  if (again) {
    std::erase_if(messages, [consumer](const DeliveredMessage& message) {
      return consumer->unwanted.Erase(message.key.value()) > 0 ||
             consumer->held.Contains(message.key.value());
    });
  }
  for (size_t at = 0; at < messages.size();) {
    size_t end = at + 1;
    while (end < messages.size() && messages[end].key == messages[end - 1].key + 1) ++end;
    consumer->held.InsertRange(messages[at].key.value(), messages[end - 1].key.value());
    at = end;
  }
}

void ConsumerBook::Settle(const queue::Settlement& wanted, std::vector<queue::Settlement>& out) {
  BookedConsumer* consumer = Find(wanted.consumer);
  if (consumer == nullptr || wanted.keys.last < wanted.keys.first) return;
  const uint64_t first = wanted.keys.first.value();
  const uint64_t last = std::min(wanted.keys.last.value(), base::IntervalSet::kPositionMax);
  if (first == last) {  // By far the most frequent.
    if (consumer->held.Contains(first) && !consumer->settling.Contains(first)) {
      SettleRun(*consumer, wanted, out);
    }
    return;
  }
  base::IntervalSet settled;
  ForRunsWithin(consumer->held, first, last,
                [&](Run run) { settled.InsertRange(run.first, run.last); });
  ForRunsWithin(consumer->settling, first, last,
                [&](Run run) { settled.EraseRange(run.first, run.last); });
  for (const Run& run : settled.Runs()) {
    queue::Settlement part = wanted;
    part.keys = {.first = OrderKey(run.first), .last = OrderKey(run.last)};
    SettleRun(*consumer, part, out);
  }
}

void ConsumerBook::SettleRun(BookedConsumer& consumer, const queue::Settlement& part,
                             std::vector<queue::Settlement>& out) {
  const uint64_t first = part.keys.first.value();
  const uint64_t last = part.keys.last.value();
  consumer.settling.InsertRange(first, last);
  if (!IsForGood(part.verdict)) consumer.returning.InsertRange(first, last);
  if (!out.empty() && Joins(out.back(), part)) {
    out.back().keys.last = part.keys.last;
  } else {
    out.push_back(part);
  }
}

void ConsumerBook::Settled(const std::vector<queue::Settlement>& settlements) {
  for (const queue::Settlement& settlement : settlements) {
    BookedConsumer* consumer = Find(settlement.consumer);
    if (consumer == nullptr) continue;
    const uint64_t first = settlement.keys.first.value();
    const uint64_t last = settlement.keys.last.value();
    consumer->held.EraseRange(first, last);
    consumer->settling.EraseRange(first, last);
    consumer->returning.EraseRange(first, last);
    EraseIfIdle(settlement.consumer);
  }
}

void ConsumerBook::Lose(ConsumerNumber number, queue::KeyRange keys,
                        absl::FunctionRef<void(queue::KeyRange)> tell) {
  BookedConsumer* consumer = Find(number);
  if (consumer == nullptr) return;
  const uint64_t first = keys.first.value();
  const uint64_t last = std::min(keys.last.value(), base::IntervalSet::kPositionMax);
  if (last < first) return;
  base::IntervalSet told;
  ForRunsWithin(consumer->held, first, last,
                [&](Run run) { told.InsertRange(run.first, run.last); });
  ForRunsWithin(consumer->settling, first, last,
                [&](Run run) { told.EraseRange(run.first, run.last); });
  consumer->held.EraseRange(first, last);
  consumer->settling.EraseRange(first, last);
  consumer->returning.EraseRange(first, last);
  for (const Run& run : told.Runs())
    tell({.first = OrderKey(run.first), .last = OrderKey(run.last)});
}

std::vector<queue::HeldKeys> ConsumerBook::Present() {
  std::vector<queue::HeldKeys> all;
  size_t ranges = 0;
  for (auto& [number, consumer] : all_) {
    consumer.unwanted = consumer.returning;
    base::IntervalSet presented = consumer.held;
    presented.Subtract(consumer.returning);
    if (presented.empty() || all.size() >= queue::kHeldConsumersMax) continue;
    queue::HeldKeys keys{.consumer = number, .keys = {}};
    for (const Run& run : presented.Runs()) {
      if (++ranges > queue::kHeldRangesMax) break;  // The rest is sent again, and dropped.
      keys.keys.push_back({.first = OrderKey(run.first), .last = OrderKey(run.last)});
    }
    all.push_back(std::move(keys));
  }
  return all;
}

}  // namespace warren::replication
