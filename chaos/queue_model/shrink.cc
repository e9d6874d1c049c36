#include "chaos/queue_model/shrink.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace warren::queue_model {
namespace {

class Shrinker {
 public:
  Shrinker(History history, const FailsAt& fails_at, size_t tries_max)
      : best_(std::move(history)), fails_at_(fails_at), tries_left_(tries_max) {
    Try(best_);
  }

  void DropChunks() {
    for (size_t size = best_.entries.size() / 2; size > 0; size /= 2) {
      // From the end, where what is dropped matters least to the rest.
      size_t end = best_.entries.size();
      while (end > 0 && tries_left_ > 0) {
        const size_t start = end - std::min(size, end);
        TryWithout(start, std::min(end, best_.entries.size()));
        end = std::min(start, best_.entries.size());
      }
    }
  }

  void SimplifyPublishes() {
    for (size_t i = 0; i < best_.entries.size() && tries_left_ > 0; ++i) {
      DropMessages(i);
      Plain(i, [](queue::NewMessage& message) { message.producer.reset(); });
      Plain(i, [](queue::NewMessage& message) { message.deduplication_id = {}; });
      Plain(i, [](queue::NewMessage& message) { message.ttl.reset(); });
      Plain(i, [](queue::NewMessage& message) { message.delay = 0; });
      Plain(i, [](queue::NewMessage& message) { message.priority.reset(); });
      Plain(i, [](queue::NewMessage& message) { message.persistent = false; });
      Plain(i, [](queue::NewMessage& message) { message.size = 1; });
    }
  }

  void SimplifyRest() {
    for (size_t i = 0; i < best_.entries.size() && tries_left_ > 0; ++i) {
      History simpler = best_;
      simpler.entries[i].restores = false;
      if (best_.entries[i].restores) Try(simpler);
    }
    const QueueConfig usual;
    const auto reset = [&](auto field) {
      History simpler = best_;
      if (simpler.config.*field == usual.*field) return;
      simpler.config.*field = usual.*field;
      Try(simpler);
    };
    reset(&QueueConfig::max_priority);
    reset(&QueueConfig::message_ttl);
    reset(&QueueConfig::expires);
    reset(&QueueConfig::max_length);
    reset(&QueueConfig::max_length_bytes);
    reset(&QueueConfig::overflow);
    reset(&QueueConfig::dead_letter);
    reset(&QueueConfig::dead_letter_window);
    reset(&QueueConfig::delivery_limit);
    reset(&QueueConfig::delayed_retry);
    reset(&QueueConfig::single_active_consumer);
    reset(&QueueConfig::consumer_timeout);
    reset(&QueueConfig::consumer_disconnected_timeout);
    reset(&QueueConfig::producers);
    reset(&QueueConfig::deduplication);
    reset(&QueueConfig::depth_threshold);
  }

  bool exhausted() const { return tries_left_ == 0; }
  size_t size() const { return best_.entries.size(); }
  History Take() { return std::move(best_); }

 private:
  // Keeps it if it fails, as far as it fails.
  bool Try(const History& candidate) {
    if (tries_left_ == 0) return false;
    --tries_left_;
    const std::optional<size_t> at = fails_at_(candidate);
    if (!at.has_value()) return false;
    best_ = candidate;
    if (*at + 1 < best_.entries.size()) best_.entries.resize(*at + 1);
    return true;
  }

  void TryWithout(size_t start, size_t end) {
    if (start >= end) return;
    History candidate{.config = best_.config, .entries = {}};
    candidate.entries.reserve(best_.entries.size());
    for (size_t i = 0; i < best_.entries.size(); ++i) {
      if (i < start || i >= end) candidate.entries.push_back(best_.entries[i]);
    }
    Try(candidate);
  }

  queue::Publish* PublishAt(History& history, size_t i) const {
    return i < history.entries.size() ? std::get_if<queue::Publish>(&history.entries[i].command)
                                      : nullptr;
  }

  void DropMessages(size_t i) {
    for (size_t slot = 0; tries_left_ > 0; ++slot) {
      History candidate = best_;
      queue::Publish* const publish = PublishAt(candidate, i);
      if (publish == nullptr || publish->messages.size() < 2) return;
      const size_t last = publish->messages.size() - 1;
      if (slot > last) return;
      publish->messages.erase(publish->messages.begin() + static_cast<std::ptrdiff_t>(last - slot));
      if (Try(candidate)) --slot;
    }
  }

  template <typename Change>
  void Plain(size_t i, const Change& change) {
    History candidate = best_;
    queue::Publish* const publish = PublishAt(candidate, i);
    if (publish == nullptr) return;
    const queue::Publish before = *publish;
    for (queue::NewMessage& message : publish->messages) change(message);
    if (!(before == *publish)) Try(candidate);
  }

  History best_;
  const FailsAt& fails_at_;
  size_t tries_left_;
};

}  // namespace

History Shrink(History history, const FailsAt& fails_at, size_t tries_max) {
  Shrinker shrinker(std::move(history), fails_at, tries_max);
  size_t size_before = 0;
  do {
    size_before = shrinker.size();
    shrinker.DropChunks();
  } while (shrinker.size() < size_before && !shrinker.exhausted());
  shrinker.SimplifyRest();
  shrinker.SimplifyPublishes();
  shrinker.DropChunks();
  return shrinker.Take();
}

}  // namespace warren::queue_model
