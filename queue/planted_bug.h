// Faults that the machine can be told to have, to show that its tests would find them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace warren::queue {

// Tests of the tests only: no program but the model test sets one.
enum class PlantedBug : uint8_t {
  kNone,
  kReturnLosesPlace,        // A returned message goes to the end of its priority.
  kLeaseLeakedOnDetach,     // A session's end forgets one of its leases.
  kDuplicateAfterSnapshot,  // A restored machine has forgotten what producers had sent.
  kUnseenConfirmed,         // A sequence below the window counts as a duplicate.
  kTtlByWrongClock,         // Expiry counts from the last command before the publish.
  kDeliveryLimitOffByOne,
  kDeadLetterLostWhenRefused,
  kDropHeadOfWrongPriority,  // The oldest message goes, of whatever priority.
  kTwoActiveConsumers,       // A take-over does not wait for the former active one.
  kLiveSetMissesDelayed,
};
inline constexpr std::array<std::string_view, 11> kPlantedBugNames = {
    "none",
    "return-loses-place",
    "lease-leaked-on-detach",
    "duplicate-after-snapshot",
    "unseen-confirmed",
    "ttl-by-wrong-clock",
    "delivery-limit-off-by-one",
    "dead-letter-lost-when-refused",
    "drop-head-of-wrong-priority",
    "two-active-consumers",
    "live-set-misses-delayed",
};

}  // namespace warren::queue
