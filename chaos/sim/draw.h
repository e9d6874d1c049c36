// Draws in the units of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "chaos/sim/setup.h"
#include "chaos/sim/time.h"

namespace warren::sim {

inline bool Happens(base::Rng& rng, Chance chance) { return rng.Chance(chance, kAlways); }

// Both included. Requires: low <= high.
inline Duration DrawBetween(base::Rng& rng, Duration low, Duration high) {
  return low +
         Duration(static_cast<int64_t>(rng.Below(static_cast<uint64_t>((high - low).count()) + 1)));
}

// An interval that is `mean` on average, between half and half again as long.
inline Duration DrawAround(base::Rng& rng, Duration mean) {
  return DrawBetween(rng, mean / 2, mean + mean / 2);
}

// Requires: not empty.
template <typename T>
const T& DrawOneOf(base::Rng& rng, const std::vector<T>& choices) {
  return choices[rng.Below(choices.size())];
}

}  // namespace warren::sim
