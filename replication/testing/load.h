// Who publishes and consumes, in tests and benchmarks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "base/interval_set.h"
#include "base/monotonic_time.h"
#include "replication/host/shard.h"
#include "replication/session/session.h"

namespace warren::replication {

struct LoadOptions {
  GroupId group;
  std::vector<NodeId> members;
  size_t bytes = 1024;
  uint32_t window = 2000;
  uint64_t messages = 0;    // 0: until Finish().
  bool one_by_one = false;  // Times each message; the window is then 1.
  bool numbered = false;    // Each content begins with its number, for Drain to look for.
  uint64_t first_number = 1;
};

struct LoadResult {
  uint64_t confirmed = 0;
  uint64_t refused = 0;
  uint64_t unknown = 0;
  absl::Duration longest_gap;  // Without a confirm, while some were awaited.
  base::Histogram latency_ns;
};

// Publishes messages to one queue one by one, each with a completion of its own, never more than
// the window at a time. Lives on a shard, which it uses as a connection would; deletes itself after
// `done`.
class Publisher final : public SessionListener {
 public:
  using DoneFn = std::function<void(const LoadResult&)>;
  static Publisher* Start(Shard& shard, const LoadOptions& options, DoneFn done);
  void Finish();  // No more messages; done when all have their outcome.

  void OnPublished(std::span<const PublishOutcome> outcomes) override;
  void OnDelivered(ConsumerNumber, std::span<const DeliveredMessage>) override {}
  void OnConsumer(ConsumerNumber, queue::ConsumerEventKind) override {}
  void OnLost(ConsumerNumber, queue::KeyRange) override {}
  void OnGet(const GetOutcome&) override {}
  void OnRoom() override { Fill(); }
  void OnEnded(const absl::Status& why) override;

 private:
  Publisher(Shard& shard, const LoadOptions& options, DoneFn done);
  void Fill();
  base::BytesChain NextContent();

  Shard& shard_;
  const LoadOptions options_;
  const DoneFn done_;
  Session* session_ = nullptr;
  base::Bytes content_;
  uint64_t published_ = 0;
  uint64_t resolved_ = 0;
  bool finishing_ = false;
  base::MonotonicTime sent_at_;
  base::MonotonicTime last_confirm_;
  LoadResult result_;
};

// Consumes a queue, settling each message, until it has seen all numbers from 1 to `expected`.
// Messages without a number are consumed as well.
class Drainer final : public SessionListener {
 public:
  struct Result {
    base::IntervalSet seen;
    uint64_t messages = 0;
  };
  using DoneFn = std::function<void(const Result&)>;
  static void Start(Shard& shard, const LoadOptions& options, uint64_t expected, DoneFn done);

  void OnPublished(std::span<const PublishOutcome>) override {}
  void OnDelivered(ConsumerNumber consumer, std::span<const DeliveredMessage> messages) override;
  void OnConsumer(ConsumerNumber, queue::ConsumerEventKind) override {}
  void OnLost(ConsumerNumber, queue::KeyRange) override {}
  void OnGet(const GetOutcome&) override {}
  void OnRoom() override {}
  void OnEnded(const absl::Status& why) override;

 private:
  Drainer(uint64_t expected, DoneFn done) : expected_(expected), done_(std::move(done)) {}

  const uint64_t expected_;
  const DoneFn done_;
  Session* session_ = nullptr;
  Result result_;
};

}  // namespace warren::replication
