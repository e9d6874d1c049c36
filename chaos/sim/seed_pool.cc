#include "chaos/sim/seed_pool.h"

#include <time.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"

#include "chaos/sim/crash_report.h"

namespace warren::sim {
namespace {

absl::Duration ThreadCpuTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

// What the threads share. One lock for all of it: a run takes milliseconds.
class Shared {
 public:
  explicit Shared(const SeedPlan& plan)
      : plan_(plan), next_(plan.first), deadline_(absl::Now() + plan.time_max) {}

  // nullopt: no more.
  std::optional<uint64_t> TakeSeed() {
    const std::lock_guard lock(mutex_);
    if (over_ || absl::Now() >= deadline_) return std::nullopt;
    over_ = next_ == plan_.last;
    return next_++;
  }

  void Keep(const std::function<void()>& result) {
    const std::lock_guard lock(mutex_);
    result();
  }

  void Stop() {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }

  void Leave(absl::Duration cpu) {
    const std::lock_guard lock(mutex_);
    cpu_ += cpu;
    ++left_;
    changed_.notify_all();
  }

  // Until all threads have left.
  absl::Duration Await(const std::function<void()>& on_progress) {
    std::unique_lock lock(mutex_);
    const auto all_left = [&] { return left_ == plan_.threads; };
    while (!changed_.wait_for(lock, std::chrono::milliseconds(200), all_left)) on_progress();
    return cpu_;
  }

 private:
  const SeedPlan& plan_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_;
  bool over_ = false;
  const absl::Time deadline_;
  size_t left_ = 0;
  absl::Duration cpu_;
};

void Work(const RunSeed& run, Shared& shared) {
  const absl::Duration start = ThreadCpuTime();
  const KeepResult keep = [&](const std::function<void()>& result) { shared.Keep(result); };
  while (const auto seed = shared.TakeSeed()) {
    const CrashReport report(*seed);
    if (!run(*seed, keep)) shared.Stop();
  }
  shared.Leave(ThreadCpuTime() - start);
}

}  // namespace

absl::Duration RunOnThreads(const SeedPlan& plan, const RunSeed& run,
                            const std::function<void()>& on_progress) {
  Shared shared(plan);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < plan.threads; ++i) {
    threads.emplace_back([&] { Work(run, shared); });
  }
  const absl::Duration cpu = shared.Await(on_progress);
  for (std::thread& thread : threads) thread.join();
  return cpu;
}

}  // namespace warren::sim
