// A name for a thing, as opposed to a position in a sequence (base/ordinal.h): two
// identities are the same or they are not, and neither sums nor distances mean anything.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace warren::base {

// `Tag` makes each use its own type: Identity<struct A> and Identity<struct B> do not mix.
// Default construction gives 0, "none", which is never given to a thing. The order has no
// meaning of its own; it is there so that ordered containers iterate alike on every replica.
template <typename Tag>
class Identity {
 public:
  constexpr Identity() = default;
  constexpr explicit Identity(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr bool IsNone() const { return value_ == 0; }

  friend constexpr auto operator<=>(const Identity&, const Identity&) = default;

  template <typename H>
  friend H AbslHashValue(H state, Identity identity) {
    return H::combine(std::move(state), identity.value_);
  }

 private:
  uint64_t value_ = 0;
};

}  // namespace warren::base

template <typename Tag>
struct std::hash<warren::base::Identity<Tag>> {
  size_t operator()(warren::base::Identity<Tag> identity) const noexcept {
    return std::hash<uint64_t>{}(identity.value());
  }
};
