// What a log makes of damage.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "chaos/crash/damage.h"
#include "chaos/crash/driver.h"
#include "chaos/crash/machine.h"
#include "chaos/crash/oracle.h"
#include "chaos/crash/setup.h"

namespace warren::crash {

// Damages a copy of a disk at rest, opens the log on it, and looks what it says: everything is read
// as it was written, or named as missing; or no group votes; or the store's own files are destroyed
// and the log does not open. Then it goes on for a while, loses power, and must still say the same.
//
// Threads: one.
class DamageTrial {
 public:
  // Borrowed; none of it is changed.
  struct Subject {
    const CrashSetup& setup;
    log::PlantedBug bug;
    const EntryBook& book;
    const Oracle& oracle;
    log::SimulatedDisk& disk;
  };
  struct Outcome {
    std::string what;  // Was done; "": nothing.
    std::optional<std::string> fault;
    std::optional<Verdict> verdict;
    bool refused = false;
  };

  DamageTrial(const Subject& subject, base::Rng rng);
  Outcome Run();

 private:
  using Fault = std::optional<std::string>;

  Fault JudgeRefusal(const absl::Status& status) const;
  Fault Reopen();
  Fault JudgeReads(const log::Recovery& recovery);
  Fault ReadAmnesiac(const log::RecoveredGroup& found);
  Fault GoOn();

  const CrashSetup& setup_;
  base::Rng rng_;
  EntryBook book_;
  Oracle oracle_;
  log::SimulatedDisk& original_;
  Machine machine_;
  DamageDone damage_;
  Verdict verdict_ = Verdict::kSound;
};

}  // namespace warren::crash
