#include "queue/dead_letter_queue.h"

#include <algorithm>

#include "base/check.h"

namespace warren::queue {

void DeadLetterQueue::Add(OrderKey key, DeathReason reason) {
  const uint64_t number = next_number_++;
  letters_.emplace(number, Letter{.key = key, .reason = reason, .due = {}});
  WARREN_CHECK(numbers_.emplace(key, number).second);
  line_.PushBack(number);
}

const DeadLetterQueue::Letter* DeadLetterQueue::HandOut(uint32_t window) {
  if (line_.empty() || out_.size() >= window) return nullptr;
  const uint64_t number = line_.front();
  line_.PopFront();
  out_.insert(number);
  Letter& letter = letters_.at(number);
  letter.out = true;
  return &letter;
}

std::vector<DeadLetterQueue::Letter> DeadLetterQueue::Out() const {
  std::vector<Letter> out;
  for (const uint64_t number : out_) out.push_back(letters_.at(number));
  return out;
}

std::vector<uint64_t> DeadLetterQueue::OutIn(KeyRange keys) const {
  std::vector<uint64_t> found;
  for (auto at = numbers_.lower_bound(keys.first); at != numbers_.end() && at->first <= keys.last;
       ++at) {
    if (letters_.at(at->second).out) found.push_back(at->second);
  }
  return found;
}

void DeadLetterQueue::Confirm(KeyRange keys, std::vector<OrderKey>& gone) {
  for (const uint64_t number : OutIn(keys)) {
    const OrderKey key = letters_.at(number).key;
    gone.push_back(key);
    out_.erase(number);
    numbers_.erase(key);
    letters_.erase(number);
  }
}

void DeadLetterQueue::Refuse(KeyRange keys, Time now, const QueueConfig& config) {
  for (const uint64_t number : OutIn(keys)) {
    Letter& letter = letters_.at(number);
    ++letter.refusals;
    Span wait = config.dead_letter_retry_min;
    for (uint32_t i = 1; i < letter.refusals && wait < config.dead_letter_retry_max; ++i) wait *= 2;
    letter.due = After(now, std::min(wait, config.dead_letter_retry_max));
    letter.out = false;
    out_.erase(number);
    waiting_.emplace(letter.due, number);
  }
}

void DeadLetterQueue::Requeue(Time now, size_t letters_max) {
  for (size_t i = 0; i < letters_max && !waiting_.empty(); ++i) {
    const auto [due, number] = *waiting_.begin();
    if (due > now) return;
    waiting_.erase(waiting_.begin());
    letters_.at(number).due = Time();
    line_.PushBack(number);
  }
}

std::optional<Time> DeadLetterQueue::NextDue() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

std::vector<DeadLetterQueue::Letter> DeadLetterQueue::TakeAll() {
  std::vector<Letter> all;
  for (const auto& [number, letter] : letters_) all.push_back(letter);
  letters_.clear();
  numbers_.clear();
  line_.Clear();
  out_.clear();
  waiting_.clear();
  return all;
}

bool DeadLetterQueue::Restore(absl::btree_map<uint64_t, Letter> letters, base::Ring<uint64_t> line,
                              uint64_t next_number) {
  DeadLetterQueue restored;
  uint64_t in_line = 0;
  for (const auto& [number, letter] : letters) {
    if (number == 0 || number >= next_number) return false;
    if (letter.out && letter.due != Time()) return false;
    if (!restored.numbers_.emplace(letter.key, number).second) return false;
    if (letter.out) {
      restored.out_.insert(number);
    } else if (letter.due != Time()) {
      restored.waiting_.emplace(letter.due, number);
    } else {
      ++in_line;
    }
  }
  absl::btree_set<uint64_t> seen;
  for (const uint64_t number : line) {
    const auto at = letters.find(number);
    if (at == letters.end() || at->second.out || at->second.due != Time()) return false;
    if (!seen.insert(number).second) return false;
  }
  if (seen.size() != in_line) return false;
  restored.letters_ = std::move(letters);
  restored.line_ = std::move(line);
  restored.next_number_ = next_number;
  *this = std::move(restored);
  return true;
}

size_t DeadLetterQueue::MemoryBytes() const {
  constexpr size_t kEach = sizeof(Letter) + 8 * sizeof(uint64_t);
  return sizeof(*this) + letters_.size() * kEach;
}

void DeadLetterQueue::CheckInvariants() const {
  WARREN_CHECK(letters_.size() == numbers_.size());
  WARREN_CHECK(letters_.size() == line_.size() + out_.size() + waiting_.size());
  for (const auto& [number, letter] : letters_) {
    WARREN_CHECK(numbers_.at(letter.key) == number && number < next_number_);
    WARREN_CHECK(letter.out == out_.contains(number));
    WARREN_CHECK((letter.due != Time()) == waiting_.contains({letter.due, number}));
  }
}

}  // namespace warren::queue
