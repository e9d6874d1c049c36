// One seed: several lives of one log, and what was found wrong.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "chaos/crash/crash_points.h"
#include "chaos/crash/driver.h"
#include "chaos/crash/machine.h"
#include "chaos/crash/oracle.h"
#include "chaos/crash/setup.h"
#include "chaos/crash/store_check.h"

namespace warren::crash {

struct TrialResult {
  std::optional<std::string> fault;
  CrashPoints points;
  uint64_t lives = 0;
  uint64_t acts = 0;
  uint64_t damages = 0;
  std::array<uint64_t, kVerdicts> verdicts{};  // Of the damaged logs.
  uint64_t refusals = 0;                       // Damaged logs that did not open, and said why.
};

// Runs the seed's trial. `trace` hears what is done; it may be empty.
TrialResult RunTrial(const CrashSetup& setup, log::PlantedBug bug, const Driver::Trace& trace);

// The lives themselves. Threads: one.
class Trial {
 public:
  Trial(const CrashSetup& setup, log::PlantedBug bug, Driver::Trace trace);
  TrialResult Run();

 private:
  using Fault = std::optional<std::string>;

  Fault Live(const Ending& ending);
  // nullopt, and the machine is open or crashed again; or what is wrong.
  Fault Open(const Ending& ending);
  Fault Act(const Ending& ending);
  Fault End(const Ending& ending);
  Fault ReadAll();
  Fault CheckStore();
  Fault TryDamage();
  void Interrupt();
  void Tell(const std::string& what) const {
    if (trace_) trace_(what);
  }

  const CrashSetup& setup_;
  const log::PlantedBug bug_;
  const Driver::Trace trace_;
  base::Rng rng_;
  EntryBook book_;
  Oracle oracle_;
  Machine machine_;
  Driver driver_;
  StoreCheck store_check_;
  bool at_rest_ = true;         // Nothing was done to the disk since the power came back.
  uint64_t interruptions_ = 0;  // That are left to this life.
  Fault fault_of_writer_;
  TrialResult result_;
};

}  // namespace warren::crash
