#include "chaos/sim/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "chaos/sim/swarm.h"

namespace warren::sim {
namespace {

using testing::HasSubstr;

TEST(ReportTest, FiguresHaveNameValueAndUnit) {
  EXPECT_EQ(Figure("sim.seeds", uint64_t{12}, "runs"), "figure sim.seeds 12 runs\n");
  EXPECT_EQ(Figure("sim.speedup", 345.67, "x"), "figure sim.speedup 345.7 x\n");
}

TEST(ReportTest, TotalsBecomeOneFigureEach) {
  RunTotals totals;
  totals.seeds = 3;
  totals.cpu = absl::Seconds(2);
  totals.stats.simulated = Seconds(1000);
  totals.stats.Count(FaultKind::kPowerLoss);

  const std::string text = Figures(totals);

  EXPECT_THAT(text, HasSubstr("figure sim.speedup 500.0 simulated_s/cpu_s\n"));
  EXPECT_THAT(text, HasSubstr("figure sim.fault.power_loss 1 times\n"));
  EXPECT_THAT(text, HasSubstr("figure sim.violations 0 violations\n"));
}

TEST(ReportTest, FailureSaysHowToRepeatIt) {
  const Failure failure{.setup = DrawSetup(42),
                        .violation = {.rule = "LogInv", .details = "what was seen"}};
  const std::string text = Describe(failure);
  EXPECT_THAT(text, HasSubstr("violation: LogInv\n  what was seen\n  seed 42, commit "));
  EXPECT_THAT(text, HasSubstr("repeat with: ./dev sim --seed 42\n"));
}

TEST(ReportTest, PlantedBugsAreCountedAndTheMedianTaken) {
  const std::string text = Describe(std::vector<PlantedSearch>{
      {.bug = raft::PlantedBug::kAckBeforeStore, .finding = Finding{.seed = 7, .by = "A"}},
      {.bug = raft::PlantedBug::kAmnesiacVotes, .finding = Finding{.seed = 3, .by = "B"}},
      {.bug = raft::PlantedBug::kLearnerCounted, .finding = Finding{.seed = 900, .by = "C"}},
      {.bug = raft::PlantedBug::kLogTimeGoesBack, .finding = std::nullopt}});
  EXPECT_THAT(text, HasSubstr("figure sim.planted.found 3 bugs\n"));
  EXPECT_THAT(text, HasSubstr("figure sim.planted.total 4 bugs\n"));
  EXPECT_THAT(text, HasSubstr("figure sim.planted.median_seeds 7 seeds\n"));
}

}  // namespace
}  // namespace warren::sim
