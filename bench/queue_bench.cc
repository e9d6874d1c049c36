#include "bench/queue_bench.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "bench/report.h"
#include "queue/machine.h"

namespace warren::bench {
namespace {

using queue::KeyRange;
using queue::OrderKey;

constexpr uint32_t kBatch = 64;
constexpr uint32_t kMessageBytes = 1000;
constexpr int kRounds = 5;
constexpr queue::ConsumerNumber kConsumer = queue::ConsumerNumber(1);

queue::NewMessage MessageOf(uint32_t size) {
  queue::NewMessage message;
  message.size = size;
  return message;
}

double Milliseconds(std::chrono::duration<double> duration) { return duration.count() * 1000; }

// A machine, and one session that keeps its numbers. A command's memory is used again by the next
// of its kind, as a shell would do; what is measured is the machine.
class Bench {
 public:
  explicit Bench(const queue::QueueConfig& config = {}) : machine_(config) {
    Apply(queue::AttachSession{.session = kSession, .epoch = kEpoch, .held = {}});
  }

  queue::Machine& machine() { return machine_; }
  const queue::Effects& effects() const { return effects_; }

  void Publish(const std::vector<queue::NewMessage>& messages) {
    auto& publish = std::get<queue::Publish>(publish_);
    publish.messages = messages;
    ApplyStamped(publish_, publish.stamp);
  }
  // Settles all these in one command.
  void Settle(const std::vector<KeyRange>& keys) {
    auto& settle = std::get<queue::Settle>(settle_);
    settle.settlements.clear();
    for (const KeyRange& range : keys) {
      settle.settlements.push_back({.consumer = kConsumer,
                                    .verdict = queue::Verdict::kSettle,
                                    .keys = range,
                                    .not_before = {}});
    }
    ApplyStamped(settle_, settle.stamp);
  }
  // Sees to all messages that the last command delivered, and says how many these were.
  uint64_t SettleDelivered() {
    keys_.clear();
    uint64_t messages = 0;
    for (const queue::DeliveredRange& range : effects_.delivered) {
      keys_.push_back(range.keys);
      messages += range.keys.size();
    }
    Settle(keys_);
    return messages;
  }
  void Attach(queue::ConsumerNumber number, uint32_t prefetch) {
    queue::Command command = queue::AttachConsumer{};
    auto& attach = std::get<queue::AttachConsumer>(command);
    attach.consumer = number;
    attach.prefetch = prefetch;
    ApplyStamped(command, attach.stamp);
  }
  void Cancel(queue::ConsumerNumber number) {
    queue::Command command = queue::CancelConsumer{.stamp = {}, .consumer = number};
    ApplyStamped(command, std::get<queue::CancelConsumer>(command).stamp);
  }
  void Grant(uint32_t credit) {
    queue::Command command =
        queue::GrantCredit{.stamp = {}, .consumer = kConsumer, .credit = credit};
    ApplyStamped(command, std::get<queue::GrantCredit>(command).stamp);
  }

 private:
  static constexpr queue::SessionId kSession = queue::SessionId(1);
  static constexpr queue::SessionEpoch kEpoch = queue::SessionEpoch(1);

  void ApplyStamped(const queue::Command& command, queue::Stamp& stamp) {
    number_ = number_ + 1;
    stamp = {.session = kSession, .epoch = kEpoch, .number = number_, .answered = number_ - 1};
    Apply(command);
  }
  void Apply(const queue::Command& command) {
    index_ = index_ + 1;
    time_ = time_ + 1;
    machine_.Apply(index_, time_, command, effects_);
  }

  queue::Machine machine_;
  queue::Effects effects_;
  queue::EntryIndex index_;
  queue::Time time_ = queue::Time(1'700'000'000'000'000);
  queue::SessionNumber number_;
  queue::Command publish_ = queue::Publish{};
  queue::Command settle_ = queue::Settle{};
  std::vector<KeyRange> keys_;
};

bool Complain(const char* what) {
  std::fprintf(stderr, "queue: %s\n", what);
  return false;
}

// Publish, deliver, settle; `batch` messages at a time.
bool MeasureCycles(const char* figure, uint64_t messages, uint32_t batch) {
  Bench bench;
  bench.Attach(kConsumer, 4 * kBatch);
  const std::vector<queue::NewMessage> publish(batch, MessageOf(kMessageBytes));
  uint64_t settled = 0;
  const auto time = MedianRound(kRounds, [&] {
    for (uint64_t done = 0; done < messages; done += batch) {
      bench.Publish(publish);
      settled += bench.SettleDelivered();
    }
  });
  PrintFigure(figure, static_cast<double>(messages) / time.count(), "messages/s");
  const queue::Counts counts = bench.machine().GetCounts();
  if (settled == messages * kRounds && counts.ready == 0 && counts.leased == 0) return true;
  return Complain("not all that was published was settled");
}

// Prints how long a snapshot takes, from the machine to its bytes, and how many these are.
bool MeasureSnapshot(const std::string& figure, const queue::Machine& machine) {
  std::string bytes;
  const auto time = MedianRound(kRounds, [&] { bytes = machine.TakeSnapshot().Serialize(); });
  PrintFigure(figure + ".ms", Milliseconds(time), "ms");
  PrintFigure(figure + ".bytes", static_cast<double>(bytes.size()), "bytes");
  const absl::StatusOr<queue::Machine> restored = queue::Machine::Restore(bytes);
  if (restored.ok() && restored->Digest() == machine.Digest()) return true;
  return Complain("a snapshot did not come back as what it was");
}

// Settles about half of what the consumer holds, by chance. Returns how many are left.
uint64_t SettleHalf(Bench& bench, uint64_t messages) {
  constexpr size_t kKeysPerCommand = 256;
  base::Rng rng(1);
  std::vector<KeyRange> keys;
  uint64_t left = messages;
  for (OrderKey key(1); key <= OrderKey(messages); key = key + 1) {
    if (rng.Chance(1, 2)) {
      keys.push_back({.first = key, .last = key});
      --left;
    }
    if (keys.size() == kKeysPerCommand || key == OrderKey(messages)) {
      bench.Settle(keys);
      keys.clear();
    }
  }
  return left;
}

bool MeasureBacklog(uint64_t messages) {
  Bench bench;
  const std::vector<queue::NewMessage> publish(1, MessageOf(kMessageBytes));
  for (uint64_t i = 0; i < messages; ++i) bench.Publish(publish);
  PrintFigure("queue.backlog_10m.bytes", static_cast<double>(bench.machine().MemoryBytes()),
              "bytes");
  if (!MeasureSnapshot("queue.snapshot_10m", bench.machine())) return false;

  bench.Attach(kConsumer, 0);
  bench.Grant(static_cast<uint32_t>(messages));
  const uint64_t left = SettleHalf(bench, messages);
  PrintFigure("queue.half_settled.bytes_per_message",
              static_cast<double>(bench.machine().MemoryBytes()) / static_cast<double>(left),
              "bytes");
  if (!MeasureSnapshot("queue.snapshot_half", bench.machine())) return false;
  const queue::Counts counts = bench.machine().GetCounts();
  if (counts.leased == left && counts.ready == 0) return true;
  return Complain("what was not settled is not leased");
}

bool MeasureVaried(uint64_t messages) {
  queue::QueueConfig config;
  config.max_length_bytes = uint64_t{1} << 40;  // Nothing is dropped, but bytes must be counted.
  Bench bench(config);
  base::Rng rng(2);
  uint64_t bytes = 0;
  std::vector<queue::NewMessage> publish(1);
  for (uint64_t i = 0; i < messages; ++i) {
    publish.front() = MessageOf(static_cast<uint32_t>(rng.Between(1, 16'384)));
    bytes += publish.front().size;
    bench.Publish(publish);
  }
  PrintFigure("queue.varied_10m.bytes_per_message",
              static_cast<double>(bench.machine().MemoryBytes()) / static_cast<double>(messages),
              "bytes");
  if (bench.machine().GetCounts().ready_bytes == bytes) return true;
  return Complain("bytes were miscounted");
}

bool MeasureAttach(uint64_t consumers) {
  Bench bench;
  bool all_attached = true;
  const auto time = MedianRound(kRounds, [&] {
    for (uint64_t i = 1; i <= consumers; ++i) bench.Attach(queue::ConsumerNumber(i), 10);
    all_attached = all_attached && bench.machine().GetCounts().consumers == consumers;
    for (uint64_t i = 1; i <= consumers; ++i) bench.Cancel(queue::ConsumerNumber(i));
    all_attached = all_attached && bench.machine().GetCounts().consumers == 0;
  });
  PrintFigure("queue.attach_10k.ms", Milliseconds(time), "ms");
  return all_attached || Complain("consumers are missing, or stayed");
}

}  // namespace

bool RunQueueBench(const Options& options) {
  const uint64_t backlog = options.tiny ? 10'000 : 10'000'000;
  const uint64_t cycles = options.tiny ? 10 * kBatch : 16'384 * kBatch;
  bool good = MeasureCycles("queue.cycles.batched", cycles, kBatch);
  good = MeasureCycles("queue.cycles.single", options.tiny ? 100 : cycles / 4, 1) && good;
  good = MeasureBacklog(backlog) && good;
  good = MeasureVaried(backlog) && good;
  return MeasureAttach(options.tiny ? 100 : 10'000) && good;
}

}  // namespace warren::bench
