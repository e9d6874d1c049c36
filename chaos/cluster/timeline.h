// Time, chance and judgement: what everything in a simulated cluster shares.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"

#include "base/rng.h"
#include "chaos/cluster/setup.h"
#include "chaos/cluster/stats.h"
#include "chaos/sim/event_queue.h"
#include "chaos/sim/oracles/verdict.h"
#include "chaos/sim/trace_hash.h"

namespace warren::cluster_sim {

// Who draws: each has a stream of its own, so that a change to one moves no other's draws.
enum class RngUse : uint64_t {
  kNode = 1,
  kDisk,
  kLogSecrets,
  kNetwork,
  kWorkload,
  kClient,
  kNemesis,
  kDecay,
};

// The order in which things happen. Equal setups give equal runs, to the last bit of the hash.
class Timeline {
 public:
  using Action = absl::AnyInvocable<void()>;
  using TraceSink = std::function<void(std::string_view line)>;

  Timeline(uint64_t seed, TraceSink trace) : seed_(seed), trace_(std::move(trace)) {}
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  Time now() const { return now_; }
  // `label` says what it is, for the hash.
  void At(Time at, uint64_t label, Action action) {
    queue_.Push(std::max(at, now_), {.label = label, .action = std::move(action)});
  }
  void In(Duration delay, uint64_t label, Action action) {
    At(now_ + delay, label, std::move(action));
  }

  // Lets time pass, until that holds or something is violated. True: it holds.
  using Condition = std::function<bool()>;
  bool Run(Duration duration, const Condition& until = nullptr);

  base::Rng MakeRng(RngUse use, uint64_t which = 0) const {
    return base::Rng(seed_).Fork(static_cast<uint64_t>(use) << 32 | which);
  }
  void Mix(uint64_t value) { hash_.Mix(value); }
  uint64_t hash() const { return hash_.value(); }

  // `describe()` gives the line; asked only if somebody reads it.
  template <typename DescribeFn>
  void Trace(DescribeFn&& describe) {
    if (trace_) TraceLine(describe());
  }
  bool is_traced() const { return static_cast<bool>(trace_); }

  void Violated(std::string rule, std::string details) {
    verdict_.Violated(std::move(rule), std::move(details));
  }
  const sim::Verdict& verdict() const { return verdict_; }
  Stats& stats() { return stats_; }

 private:
  struct Event {
    uint64_t label = 0;
    Action action;
  };
  void TraceLine(std::string_view line);

  const uint64_t seed_;
  TraceSink trace_;
  Time now_;
  sim::EventQueue<Event> queue_;
  sim::TraceHash hash_;
  sim::Verdict verdict_;
  Stats stats_;
};

}  // namespace warren::cluster_sim
