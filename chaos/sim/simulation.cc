#include "chaos/sim/simulation.h"

#include <utility>

#include "chaos/sim/healing.h"

namespace warren::sim {

RunResult Simulate(const RunSetup& setup, World::TraceSink trace) {
  World world(setup, std::move(trace));
  world.Run(setup.faulty_for);
  Healing(world).Run();
  return {.violation = world.verdict().first(), .hash = world.hash(), .stats = world.stats()};
}

}  // namespace warren::sim
