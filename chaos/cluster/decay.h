// What happens to bytes at rest.
#pragma once

#include <string>

#include "base/rng.h"
#include "replication/log/disk/testing/simulated_disk.h"

namespace warren::cluster_sim {

// A bit flips, a block changes or the end is missing, in one segment of the log or one table of the
// store. Says what was done.
std::string DamageDisk(log::SimulatedDisk& disk, base::Rng& rng);

}  // namespace warren::cluster_sim
