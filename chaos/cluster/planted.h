// The search for mistakes that are known to be there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/cluster/setup.h"
#include "chaos/seed_runs/planted_search.h"

namespace warren::cluster_sim {

// Those of sessions, then those of hosts, in the order in which they name them.
enum class PlantedBug : uint8_t {
  kNone,
  kStaleSettleAccepted,
  kPublishAppliedTwice,
  kLeaseLostOnAttach,
  kConfirmBeforeQuorum,
  kInstallBeforeBodies,
  kLiveEntryDropped,
  kUncommittedDelivered,
  kLastCommitNeverSent,
  kGroupRevived,
  kAmnesiacCounted,
};
inline constexpr std::array<std::string_view, 11> kPlantedBugNames = {
    "none",
    "stale-settle-accepted",
    "publish-applied-twice",
    "lease-lost-on-attach",
    "confirm-before-quorum",
    "install-before-bodies",
    "live-entry-dropped",
    "uncommitted-delivered",
    "last-commit-never-sent",
    "group-revived",
    "amnesiac-counted",
};
std::string_view Name(PlantedBug bug);

// Switches it on. Nothing else here looks at the switch.
void Plant(PlantedBug bug, ClusterSetup& setup);

using PlantedSearch = seed_runs::PlantedSearch<PlantedBug>;
inline constexpr uint64_t kPlantedSeedsMax = 1000;

// Tries seeds 1 to kPlantedSeedsMax, `processes` at a time, until one finds `bug`. The setups are
// those of every other run, but for the switch. A run that fails without the bug, too, does not
// count.
PlantedSearch FindPlanted(PlantedBug bug, size_t processes);

// A table, and the figures.
std::string Describe(const std::vector<PlantedSearch>& searches);

}  // namespace warren::cluster_sim
