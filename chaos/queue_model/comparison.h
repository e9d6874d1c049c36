// Where a queue differs from the model.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "chaos/queue_model/model.h"
#include "chaos/queue_model/subject.h"

namespace warren::queue_model {

// A rule that was broken, and by what.
struct Difference {
  std::string rule;
  std::string details;
};

// Of one Apply: field by field and in order, but for what was freed. That is compared as a set of
// places: `freed` must be named, each by a range whose ends were freed, however it was cut.
std::optional<Difference> CompareEffects(const Effects& expected, const std::set<Position>& freed,
                                         const Effects& observed);

// Two machines, given the same, must do the same to the last field.
std::optional<Difference> CompareTwins(const Effects& one, const Effects& other);

// What can be seen without consuming, and when something is due.
std::optional<Difference> CompareViews(const Model& model, const Subject& subject);

}  // namespace warren::queue_model
