// Where oracles report.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace warren::sim {

struct Violation {
  std::string rule;
  std::string details;
};

// Keeps the first violation of a run: those that follow are its consequences.
class Verdict {
 public:
  void Violated(std::string rule, std::string details) {
    if (!first_.has_value()) first_ = {.rule = std::move(rule), .details = std::move(details)};
  }
  bool IsClean() const { return !first_.has_value(); }
  const std::optional<Violation>& first() const { return first_; }

 private:
  std::optional<Violation> first_;
};

}  // namespace warren::sim
