#include "chaos/cluster/simulation.h"

#include "chaos/cluster/ending.h"
#include "chaos/cluster/world.h"

namespace warren::cluster_sim {

RunResult Simulate(const ClusterSetup& setup, const Timeline::TraceSink& trace) {
  World world(setup, trace);
  Timeline& timeline = world.timeline();
  Ending ending(&world);
  ending.Prepare();
  world.placement().Start();
  world.workload().Start();
  world.nemesis().Start();
  timeline.Run(setup.chaos);
  world.nemesis().Stop();
  if (timeline.verdict().IsClean()) {
    world.CalmDown();
    ending.Run();
  }
  return {
      .violation = timeline.verdict().first(), .stats = timeline.stats(), .hash = timeline.hash()};
}

}  // namespace warren::cluster_sim
