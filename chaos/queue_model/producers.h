// What producers said of themselves, and which headers were seen: what makes a message a duplicate.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

struct Producer {
  uint64_t epoch = 0;
  uint64_t highest = 0;
  uint64_t floor = 0;
  std::set<uint64_t> seen{};
  Time last_publish{};
};

class Producers {
 public:
  struct Verdict {
    queue::Refusal refusal = queue::Refusal::kNone;
    bool duplicate = false;
  };
  Verdict Judge(const queue::ProducerStamp& stamp, const queue::ProducerLimits& limits, Time now);
  void Stored(const queue::ProducerStamp& stamp, const queue::ProducerLimits& limits);

  void Forget(const queue::ProducerLimits& limits, Time now);
  uint64_t CountLive(const queue::ProducerLimits& limits, Time now) const;
  std::optional<Time> NextForgotten(const queue::ProducerLimits& limits) const;

 private:
  std::map<std::string, Producer> all_;
};

class Deduplication {
 public:
  using Config = std::optional<queue::DeduplicationConfig>;

  bool Knows(std::string_view id) const;
  void Remember(std::string_view id, const Config& config, Time now);
  void Forget(const Config& config, Time now);
  void Configure(const Config& config);

  size_t size() const { return ids_.size(); }
  std::optional<Time> NextForgotten(const Config& config) const;

 private:
  std::deque<std::pair<std::string, Time>> ids_;  // The oldest first.
};

}  // namespace warren::queue_model
