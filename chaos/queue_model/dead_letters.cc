#include "chaos/queue_model/dead_letters.h"

#include <algorithm>
#include <utility>

namespace warren::queue_model {

using Progress = Letter::Progress;

void DeadLetters::Add(OrderKey key, DeathReason reason) {
  letters_.push_back({.key = key, .reason = reason});
  waiting_.push_back(key);
}

void DeadLetters::RequeueDue(Time now) {
  std::vector<Letter*> due;
  for (Letter& letter : letters_) {
    if (letter.progress == Progress::kRefused && letter.due <= now) due.push_back(&letter);
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const Letter* a, const Letter* b) { return a->due < b->due; });
  if (due.size() > kWorkMax) due.resize(kWorkMax);
  for (Letter* letter : due) {
    letter->progress = Progress::kWaiting;
    waiting_.push_back(letter->key);
  }
}

std::vector<Letter> DeadLetters::HandOut(const QueueConfig& config) {
  std::vector<Letter> taken;
  size_t out = Unanswered().size();
  while (!waiting_.empty() && out < config.dead_letter_window) {
    const auto letter = std::find_if(letters_.begin(), letters_.end(), [&](const Letter& one) {
      return one.key == waiting_.front();
    });
    letter->progress = Progress::kHandedOut;
    taken.push_back(*letter);
    waiting_.pop_front();
    ++out;
  }
  return taken;
}

std::vector<Letter> DeadLetters::Unanswered() const {
  std::vector<Letter> out;
  for (const Letter& letter : letters_) {
    if (letter.progress == Progress::kHandedOut) out.push_back(letter);
  }
  return out;
}

void DeadLetters::Refuse(OrderKey key, const QueueConfig& config, Time now) {
  for (Letter& letter : letters_) {
    if (letter.key != key) continue;
    Span wait = config.dead_letter_retry_min;
    for (uint32_t i = 0; i < letter.refusals && wait < config.dead_letter_retry_max; ++i) {
      wait = Multiplied(wait, 2);
    }
    ++letter.refusals;
    letter.progress = Progress::kRefused;
    letter.due = Later(now, std::min(wait, config.dead_letter_retry_max));
  }
}

void DeadLetters::Erase(OrderKey key) {
  std::erase_if(letters_, [&](const Letter& letter) { return letter.key == key; });
}

std::vector<Letter> DeadLetters::TakeAll() {
  waiting_.clear();
  return std::exchange(letters_, {});
}

std::optional<Time> DeadLetters::NextDue(const QueueConfig& config) const {
  if (Unanswered().size() >= config.dead_letter_window) return std::nullopt;
  std::optional<Time> next;
  for (const Letter& letter : letters_) {
    if (letter.progress != Progress::kRefused) continue;
    next = std::min(letter.due, next.value_or(letter.due));
  }
  return next;
}

}  // namespace warren::queue_model
