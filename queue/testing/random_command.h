// Commands at random, for tests of what takes any.
#pragma once

#include <cstddef>

#include "base/rng.h"
#include "queue/command.h"

namespace warren::queue::testing {

inline constexpr size_t kCommandAlternatives = std::variant_size_v<Command>;

// Small, large and largest numbers alike, up to `max`.
uint64_t AnyNumber(base::Rng& rng, uint64_t max);

// Within the limits of queue/command_codec.h, and otherwise whatever the types allow: most name
// sessions, consumers and keys that no machine knows. Batches are often uniform, as batches are.
Command AnyCommand(base::Rng& rng);
// The alternative at this place in Command.
Command AnyCommand(base::Rng& rng, size_t alternative);

QueueConfig AnyConfig(base::Rng& rng);  // Encodes; need not be valid.

}  // namespace warren::queue::testing
