// What threads put down for one thread to take up.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace warren::base {

// Many threads post, one drains. What has come since the last time is drained together, so a burst
// costs one wake-up; and a thread that is awake is not woken.
//
// Bounded by TryPost: it says no when too much lies there, and its caller drops or refuses. Post
// passes the bound, for what is bounded by something else and must not be lost.
//
// Threads: any may post; one drains or waits.
template <typename T>
class Mailbox {
 public:
  explicit Mailbox(size_t items_max) : items_max_(items_max) {}
  // `wake` is called, without a lock, whenever something is put into an empty box: for owners that
  // wait by other means than Wait().
  Mailbox(size_t items_max, absl::AnyInvocable<void()> wake)
      : items_max_(items_max), wake_(std::move(wake)) {}

  bool TryPost(T item) { return Put(std::move(item), items_max_); }
  void Post(T item) { Put(std::move(item), SIZE_MAX); }

  // Everything that is there, in the order in which it came, after what `out` holds already.
  void Drain(std::vector<T>* out) {
    const absl::MutexLock lock(&mutex_);
    if (out->empty()) {
      out->swap(items_);
      return;
    }
    for (T& item : items_) out->push_back(std::move(item));
    items_.clear();
  }

  // Until something is there, or that long.
  void Wait(absl::Duration at_most) {
    const absl::MutexLock lock(&mutex_);
    if (!items_.empty() || interrupted_ || at_most <= absl::ZeroDuration()) return;
    waits_ = true;
    arrived_.WaitWithTimeout(&mutex_, at_most);
    waits_ = false;
  }
  // From now on no Wait() waits: the end is near.
  void Interrupt() {
    const absl::MutexLock lock(&mutex_);
    interrupted_ = true;
    arrived_.Signal();
  }

  size_t size() const {
    const absl::MutexLock lock(&mutex_);
    return items_.size();
  }

 private:
  bool Put(T item, size_t items_max) {
    bool was_empty = false;
    {
      const absl::MutexLock lock(&mutex_);
      if (items_.size() >= items_max) return false;
      was_empty = items_.empty();
      items_.push_back(std::move(item));
      if (was_empty && waits_) arrived_.Signal();
    }
    if (was_empty && wake_) wake_();
    return true;
  }

  const size_t items_max_;
  absl::AnyInvocable<void()> wake_;
  mutable absl::Mutex mutex_;
  absl::CondVar arrived_;
  bool waits_ ABSL_GUARDED_BY(mutex_) = false;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<T> items_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warren::base
