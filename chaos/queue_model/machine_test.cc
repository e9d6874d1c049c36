// The real machine, judged; and the judge, on machines with a known fault.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>

#include "chaos/queue_model/machine_subject.h"
#include "chaos/queue_model/planted.h"
#include "chaos/queue_model/runner.h"

namespace warren::queue_model {
namespace {

TEST(QueueMachineModelTest, MachineDoesWhatTheModelDoes) {
  const RunPlan plan{.last_seed = 300,
                     .threads = std::max(1U, std::thread::hardware_concurrency()),
                     .make_subject = MachineWith()};
  const RunTotals totals = RunSeeds(plan, [](uint64_t) {});
  EXPECT_EQ(totals.seeds, 300U);
  for (const auto& [seed, difference] : totals.failures) {
    ADD_FAILURE() << difference.rule << "\n  " << difference.details
                  << "\n  repeat with: ./dev sim queue --seed " << seed;
  }
}

class QueuePlantedTest : public testing::TestWithParam<queue::PlantedBug> {};

TEST_P(QueuePlantedTest, IsFound) {
  const PlantedSearch search = FindPlanted(GetParam(), 2);
  EXPECT_TRUE(search.finding.has_value()) << Name(GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, QueuePlantedTest, testing::ValuesIn(AllPlantedBugs()));

}  // namespace
}  // namespace warren::queue_model
