// What most queues never need.
#pragma once

#include <memory>

namespace warren::queue {

// A T that takes memory only once somebody changes it; until then it reads as an empty one. For
// large parts of a state that is there ten thousand times. Copies are whole.
template <typename T>
class OnDemand {
 public:
  OnDemand() = default;
  OnDemand(const OnDemand& other) : value_(Copy(other)) {}
  OnDemand(OnDemand&&) noexcept = default;
  OnDemand& operator=(const OnDemand& other) {
    if (this != &other) value_ = Copy(other);
    return *this;
  }
  OnDemand& operator=(OnDemand&&) noexcept = default;
  ~OnDemand() = default;

  const T& operator*() const { return value_ != nullptr ? *value_ : Empty(); }
  const T* operator->() const { return &**this; }

  // For changes.
  T& Make() {
    if (value_ == nullptr) value_ = std::make_unique<T>();
    return *value_;
  }

 private:
  static const T& Empty() {
    static const T empty;
    return empty;
  }
  static std::unique_ptr<T> Copy(const OnDemand& other) {
    return other.value_ != nullptr ? std::make_unique<T>(*other.value_) : nullptr;
  }

  std::unique_ptr<T> value_;
};

}  // namespace warren::queue
