// A run in a process of its own, because a machine may stop the process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace warren::seed_runs {

// nullopt: all is well. Tells how far it is by `step`, so that it is known if the process stops.
using ApartTask = std::function<std::optional<std::string>(uint64_t& step)>;

class Apart {
 public:
  explicit Apart(const ApartTask& task);  // Starts it.
  ~Apart();
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;

  // Waits for its end. What the task gave, or what the process said when it stopped.
  std::optional<std::string> Result();
  uint64_t step() const { return *step_; }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
  uint64_t* step_ = nullptr;  // Memory that both processes share.
};

}  // namespace warren::seed_runs
