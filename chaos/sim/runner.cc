#include "chaos/sim/runner.h"

#include <time.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

#include "chaos/sim/crash_report.h"
#include "chaos/sim/simulation.h"

namespace warren::sim {
namespace {

absl::Duration ThreadCpuTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

// What the threads share. One lock for all of it: a run takes milliseconds at least.
class Shared {
 public:
  explicit Shared(const RunPlan& plan)
      : plan_(plan), next_(plan.first_seed), deadline_(absl::Now() + plan.time_max) {}

  // nullopt: no more.
  std::optional<uint64_t> TakeSeed() {
    const std::lock_guard lock(mutex_);
    const bool failed = !totals_.failures.empty() && !plan_.go_on;
    const bool over = exhausted_ || failed || absl::Now() >= deadline_;
    if (over) return std::nullopt;
    exhausted_ = next_ == plan_.last_seed;
    return next_++;
  }

  void Finish(const RunSetup& setup, const RunResult& result) {
    const std::lock_guard lock(mutex_);
    ++totals_.seeds;
    totals_.stats.Add(result.stats);
    totals_.hashes.emplace(setup.seed, result.hash);
    if (!result.violation.has_value()) return;
    totals_.failures.emplace(setup.seed, Failure{.setup = setup, .violation = *result.violation});
  }

  void Leave(absl::Duration cpu) {
    const std::lock_guard lock(mutex_);
    totals_.cpu += cpu;
    ++left_;
    changed_.notify_all();
  }

  // Waits a while, or until all threads have left. True if they have.
  bool AwaitLeave(uint64_t& done) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(200), [&] { return left_ == plan_.threads; });
    done = totals_.seeds;
    return left_ == plan_.threads;
  }

  RunTotals Take() { return std::move(totals_); }

 private:
  const RunPlan& plan_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_;
  bool exhausted_ = false;
  const absl::Time deadline_;
  size_t left_ = 0;
  RunTotals totals_;
};

void Work(const RunPlan& plan, Shared& shared) {
  const absl::Duration start = ThreadCpuTime();
  while (const auto seed = shared.TakeSeed()) {
    const RunSetup setup = plan.make_setup(*seed);
    const CrashReport report(*seed);
    shared.Finish(setup, Simulate(setup));
  }
  shared.Leave(ThreadCpuTime() - start);
}

}  // namespace

double RunTotals::Speedup() const {
  const double seconds = absl::ToDoubleSeconds(cpu);
  return seconds <= 0 ? 0 : static_cast<double>(stats.simulated.count()) / 1e6 / seconds;
}

RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t done)>& on_progress) {
  Shared shared(plan);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < plan.threads; ++i) {
    threads.emplace_back([&] { Work(plan, shared); });
  }
  uint64_t done = 0;
  while (!shared.AwaitLeave(done)) on_progress(done);
  for (std::thread& thread : threads) thread.join();
  return shared.Take();
}

}  // namespace warren::sim
