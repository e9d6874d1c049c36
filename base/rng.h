// Random numbers that repeat: the same seed gives the same draws with every compiler, on
// every machine, at every optimisation level.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace warren::base {

// A counter-based generator: draw number n of stream s under seed k is a pure function of
// (k, s, n). That has three uses that a generator with hidden state cannot offer: the state is
// three numbers, which a snapshot or an error message can carry; streams are independent, so
// that one more draw in the network model does not shift what the disk model draws; and a draw
// can be computed again without those before it.
//
// Integers only: floating point differs between compilers, and <random>'s distributions between
// standard libraries. Not for secrets: whoever sees a few draws can work out the rest.
//
// Every drawing function below advances the counter, whatever its arguments, so that switching
// a probability to "never" or "always" leaves the number of draws alone.
// Threads: a plain value; share none.
class Rng {
 public:
  struct State {
    uint64_t seed = 0;
    uint64_t stream = 0;
    uint64_t counter = 0;  // Draws made so far.
    friend constexpr bool operator==(const State&, const State&) = default;
  };

  constexpr explicit Rng(uint64_t seed, uint64_t stream = 0)
      : state_{.seed = seed, .stream = stream, .counter = 0} {}
  constexpr explicit Rng(const State& state) : state_(state) {}

  constexpr const State& state() const { return state_; }

  // Uniform over all 64-bit values; none comes twice in one stream.
  constexpr uint64_t Next() {
    return Mix(state_.seed + Mix(state_.stream + Mix(state_.counter++)));
  }

  // Uniform over [0, n), exactly: the multiplication maps 2^64 draws onto n slots, and the few
  // draws that would make some slots larger are thrown away. Requires: n > 0.
  constexpr uint64_t Below(uint64_t n) {
    WARREN_CHECK(n > 0);
    Wide product = static_cast<Wide>(Next()) * n;
    if (static_cast<uint64_t>(product) < n) {  // Rare for small n, and spares the division.
      const uint64_t surplus = (0 - n) % n;    // 2^64 mod n.
      while (static_cast<uint64_t>(product) < surplus) product = static_cast<Wide>(Next()) * n;
    }
    return static_cast<uint64_t>(product >> 64);
  }

  // Uniform over [low, high], both included. Requires: low <= high.
  constexpr uint64_t Between(uint64_t low, uint64_t high) {
    WARREN_CHECK(low <= high);
    const uint64_t distance = high - low;
    return distance == UINT64_MAX ? Next() : low + Below(distance + 1);
  }

  // True with probability numerator / denominator. Requires: denominator > 0.
  constexpr bool Chance(uint64_t numerator, uint64_t denominator) {
    return Below(denominator) < numerator;
  }

  // True once in n draws on average; n == 0 means never.
  constexpr bool OneIn(uint64_t n) { return Below(n == 0 ? 1 : n) == 0 && n != 0; }

  // An independent generator, a function of this one's seed and stream and of the argument
  // alone: neither generator's draws move the other's. The same argument gives the same child.
  constexpr Rng Fork(uint64_t stream) const {
    return Rng(Mix(state_.seed + Mix(state_.stream ^ kForkMark)), stream);
  }

 private:
  __extension__ using Wide = unsigned __int128;

  static constexpr uint64_t kForkMark = 0x57617272656E2121;  // Keeps forks off the draws' path.

  // The finaliser of SplitMix64: a bijection in which each input bit flips half of the output
  // bits. (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014.)
  static constexpr uint64_t Mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  }

  State state_;
};

}  // namespace warren::base
