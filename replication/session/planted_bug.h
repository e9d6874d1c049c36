// Mistakes that can be built in on purpose, for the tests of the tests.
#pragma once

#include <cstdint>

namespace warren::replication {

enum class SessionPlantedBug : uint8_t {
  kNone,
  // A settle of an epoch that is over is let in: the door does not compare epochs, and the replica
  // gives the command the epoch in force and the next number before the machine sees it.
  kStaleSettleAccepted,
  // After an attach, a publish whose outcome is not known gets a new number.
  kPublishAppliedTwice,
  // What the session holds is not presented when it attaches again, and what is delivered again is
  // not told from what is held.
  kLeaseLostOnAttach,
  // The leader answers a publish when it proposes it.
  kConfirmBeforeQuorum,
};

}  // namespace warren::replication
