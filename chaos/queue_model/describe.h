// Commands, effects and views in words, for whoever reads a failing history.
#pragma once

#include <optional>
#include <string>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

std::string Describe(const queue::Command& command);
std::string Describe(const QueueConfig& config);  // What differs from the default.

std::string Describe(const queue::PublishResult& result);
std::string Describe(const queue::RefusedMessage& refused);
std::string Describe(const queue::SessionEvent& event);
std::string Describe(const queue::ConsumerEvent& event);
std::string Describe(const queue::LostLeases& lost);
std::string Describe(const queue::Delivery& delivery);
std::string Describe(const queue::DeliveredRange& range);
std::string Describe(const queue::GetResult& result);
std::string Describe(const queue::DeadLetter& letter);
std::string Describe(const queue::FreedRange& range);
std::string Describe(const queue::Departures& departures);

std::string Describe(const queue::Counts& counts);
std::string Describe(const queue::ConsumerView& view);
std::string Describe(const queue::SessionView& view);
std::string Describe(const queue::MessageView& view);
std::string Describe(const queue::DelayedView& view);
std::string Describe(Position position);
std::string Describe(EntryIndex entry);
std::string Describe(Time time);
std::string Describe(ConsumerId consumer);
std::string Describe(KeyRange keys);

template <typename T>
std::string Describe(const std::optional<T>& value) {
  return value.has_value() ? Describe(*value) : "none";
}

}  // namespace warren::queue_model
