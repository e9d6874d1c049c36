// What a session has said and does not know to be carried out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "queue/command.h"
#include "replication/session/message.h"

namespace warren::replication {

struct UnresolvedCommand {
  SealedPayload payload;
  SessionEpoch epoch;  // That the payload's stamp names.
  // Of a publish:
  uint32_t messages = 0;  // 0: it is none.
  uint64_t first_message = 0;
  size_t bytes = 0;  // Of contents.
  bool answered = false;
  // Of a Settle:
  std::vector<queue::Settlement> settled;
  // Of a GrantCredit:
  ConsumerNumber consumer;
  uint32_t credit = 0;

  bool IsPublish() const { return messages > 0; }
};

// The commands of a session from the first one that is needed on, by their numbers, which are
// dense. A publish is needed until it is answered, everything until it is carried out. Threads: a
// plain value.
class UnresolvedCommands {
 public:
  SessionNumber first() const { return first_; }                // Of those kept; may be next().
  SessionNumber next() const { return first_ + kept_.size(); }  // Of the next command.
  SessionNumber applied() const { return applied_; }
  bool empty() const { return kept_.empty(); }
  uint32_t open_publishes() const { return open_publishes_; }
  uint32_t open_settles() const { return open_settles_; }

  SessionNumber Push(UnresolvedCommand command);  // Becomes next().
  UnresolvedCommand* Find(SessionNumber number);  // nullptr: not kept any more, or not there yet.
  bool IsNeeded(SessionNumber number) const;

  // Everything up to `number` is carried out: calls `done` for each that was not known to be, in
  // order. Requires: number < next().
  template <typename Done>
  void Apply(SessionNumber number, Done done) {
    for (SessionNumber at = applied_ + 1; at <= number; at = at + 1) {
      applied_ = at;
      UnresolvedCommand* command = Find(at);
      if (command == nullptr) continue;
      if (!command->settled.empty()) --open_settles_;
      done(at, *command);
      if (!command->IsPublish() || command->answered) command->payload = {};
    }
    DropDone();
  }
  // The outcome of a publish is known. False: it was, or it is no publish of ours.
  bool Answer(SessionNumber number);
  void DropDone();

 private:
  SessionNumber first_{1};
  SessionNumber applied_;
  std::deque<UnresolvedCommand> kept_;
  uint32_t open_publishes_ = 0;
  uint32_t open_settles_ = 0;
};

}  // namespace warren::replication
