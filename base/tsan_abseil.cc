// Abseil's mutexes as ThreadSanitizer has to see them; in its build alone.
//
// The packaged Abseil is not instrumented, so that everything which one of its mutexes guards would
// pass for a race. These stand in front of its functions, and say what orders what. Only what we
// use is here; a function that is missing shows as races that are none.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

#include "base/check.h"

namespace {

// The library's function of the same name, whatever version its namespace is of.
template <typename Function>
Function Next(Function ours) {
  void* address = nullptr;
  std::memcpy(&address, &ours, sizeof(address));
  Dl_info found;
  WARREN_CHECK_MSG(dladdr(address, &found) != 0 && found.dli_sname != nullptr,
                   "what stands in front of a library is exported");
  void* const next = dlsym(RTLD_NEXT, found.dli_sname);
  WARREN_CHECK_MSG(next != nullptr && next != address, "Abseil is linked dynamically");
  std::memcpy(&ours, &next, sizeof(next));
  return ours;
}

}  // namespace

// Its search for deadlocks has a lock of its own that nobody sees.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:synchronization_internal::GraphCycles\n";
}

void absl::Mutex::Lock() {
  static const auto next = Next(&Mutex::Lock);
  (this->*next)();
  __tsan_acquire(this);
}

void absl::Mutex::Unlock() {
  static const auto next = Next(&Mutex::Unlock);
  __tsan_release(this);
  (this->*next)();
}

void absl::CondVar::Wait(Mutex* mutex) {
  static const auto next = Next(&CondVar::Wait);
  __tsan_release(mutex);
  (this->*next)(mutex);
  __tsan_acquire(mutex);
}

bool absl::CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static const auto next = Next(&CondVar::WaitWithTimeout);
  __tsan_release(mutex);
  const bool timed_out = (this->*next)(mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

void absl::Notification::Notify() {
  static const auto next = Next(&Notification::Notify);
  __tsan_release(this);
  (this->*next)();
}

void absl::Notification::WaitForNotification() const {
  static const auto next = Next(&Notification::WaitForNotification);
  (this->*next)();
  __tsan_acquire(const_cast<Notification*>(this));
}

bool absl::Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static const auto next = Next(&Notification::WaitForNotificationWithTimeout);
  const bool notified = (this->*next)(timeout);
  __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

// The last one that lets go of a status frees it, after all who have looked at it.
void absl::Status::UnrefNonInlined(uintptr_t rep) {
  static const auto next = Next(&Status::UnrefNonInlined);
  auto* const shared = reinterpret_cast<void*>(rep);
  __tsan_release(shared);
  __tsan_acquire(shared);
  next(rep);
}
