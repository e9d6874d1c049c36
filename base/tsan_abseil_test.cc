// What the build with ThreadSanitizer is worth: the other builds have nothing to show here.
#include <cstdint>
#include <cstdlib>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

#if defined(__SANITIZE_THREAD__)
#define WARREN_TSAN 1
#elif defined(__has_feature)
#define WARREN_TSAN __has_feature(thread_sanitizer)
#else
#define WARREN_TSAN 0
#endif
constexpr bool kWatched = WARREN_TSAN != 0;

struct Counters {
  absl::Mutex mutex;
  int guarded = 0;
  int bare = 0;
};

enum class Guard : uint8_t { kMutex, kNone };

// Counts in two threads at once.
void CountTwice(Counters& counters, Guard guard) {
  absl::Notification counted;
  const auto count = [&counters, guard] {
    if (guard == Guard::kNone) {
      ++counters.bare;
      return;
    }
    const absl::MutexLock lock(&counters.mutex);
    ++counters.guarded;
  };
  std::thread other([&] {
    count();
    counted.Notify();
  });
  count();
  counted.WaitForNotification();
  other.join();
}

TEST(TsanAbseilDeathTest, ARaceIsFound) {
  if (!kWatched) GTEST_SKIP() << "only ThreadSanitizer sees it";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Counters counters;
        CountTwice(counters, Guard::kNone);
        std::exit(0);  // ThreadSanitizer makes something else of it.
      },
      "data race");
}

TEST(TsanAbseilDeathTest, WhatAMutexGuardsIsNone) {
  Counters counters;
  CountTwice(counters, Guard::kMutex);
  EXPECT_EQ(counters.guarded, 2) << "a report would end the process";
}

}  // namespace
}  // namespace warren::base
