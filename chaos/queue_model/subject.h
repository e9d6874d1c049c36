// What is judged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

// A queue, as seen from outside: queue::Machine, or a stand-in in tests of the judge itself.
class Subject {
 public:
  Subject() = default;
  virtual ~Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  virtual void Apply(EntryIndex index, Time time, const queue::Command& command,
                     Effects& effects) = 0;
  virtual std::optional<Time> NextDeadline() const = 0;
  virtual std::vector<EntryIndex> LiveEntries() const = 0;  // Ascending.
  virtual std::vector<Position> LivePositionsIn(EntryIndex entry) const = 0;
  virtual queue::Counts GetCounts() const = 0;
  virtual std::vector<queue::ConsumerView> ListConsumers() const = 0;
  virtual std::vector<queue::SessionView> ListSessions() const = 0;
  virtual std::vector<queue::MessageView> ListMessages(const queue::ListRequest& request) const = 0;
  virtual std::optional<queue::MessageView> Peek(uint64_t place) const = 0;
  virtual std::vector<queue::DelayedView> ListDelayed(DelayKey from, size_t messages_max) const = 0;

  virtual uint64_t Digest() const = 0;
  virtual void CheckInvariants() const = 0;  // Stops the process.
  // Written to bytes and read again; nullptr: its own bytes were refused.
  virtual std::unique_ptr<Subject> Restored() const = 0;
};

using MakeSubject = std::function<std::unique_ptr<Subject>(const QueueConfig&)>;

}  // namespace warren::queue_model
