#include "chaos/sim/setup.h"

#include "chaos/sim/time.h"
#include "fmt/format.h"

namespace warren::sim {
namespace {

std::string Millis(Duration duration) {
  const int64_t micros = duration.count();
  return micros < 1000 && micros > 0 ? fmt::format("{}us", micros)
                                     : fmt::format("{}ms", micros / 1000);
}

void AppendIf(std::string& text, bool condition, std::string_view word) {
  if (condition) fmt::format_to(std::back_inserter(text), " {}", word);
}

std::string DescribeCore(const raft::Config& core) {
  std::string text =
      fmt::format("{} liveness, {} election ticks, {} in flight, {} bytes a message;",
                  core.liveness == raft::Liveness::kNode ? "node" : "group", core.election_ticks,
                  core.inflight_messages_max, core.message_bytes_max);
  AppendIf(text, core.pre_vote, "pre-vote");
  AppendIf(text, core.check_quorum, "check-quorum");
  AppendIf(text, core.step_down_on_removal, "step-down-on-removal");
  AppendIf(text, core.validate_config_changes, "validate-changes");
  AppendIf(text, core.compatibility.eager_commit_broadcast, "eager-commit");
  AppendIf(text, core.compatibility.send_in_step, "send-in-step");
  AppendIf(text, core.compatibility.separate_acks, "separate-acks");
  AppendIf(text, core.compatibility.apply_only_stable, "apply-only-stable");
  AppendIf(text, core.compatibility.forward_proposals, "forward-proposals");
  return text;
}

}  // namespace

std::string Describe(const RunSetup& setup) {
  std::string strikes;
  for (size_t i = 0; i < kStrikeNames.size(); ++i) {
    const Duration every = setup.nemesis.every[i];
    if (every > Duration(0))
      fmt::format_to(std::back_inserter(strikes), " {} {}", kStrikeNames[i], Millis(every));
  }
  return fmt::format(
      "  cluster   {} nodes, {} voters at first{}\n  core      {}\n  network   to {}; of 10000 "
      "lost {}, duplicated {}, straggling {}\n  disk      to {}; of 10000 syncs failed {}\n  host  "
      "    tick {}, poll to {}, apply to {}, snapshot every {}{}\n  faults   {}, for {}",
      setup.nodes, setup.first_voters, setup.boots_from_snapshot ? ", from a snapshot" : "",
      DescribeCore(setup.core), Millis(setup.network.delay_max), setup.network.lost,
      setup.network.duplicated, setup.network.straggling, Millis(setup.disk.sync_max),
      setup.disk.sync_failed, Millis(setup.host.tick), Millis(setup.host.poll_delay_max),
      Millis(setup.host.apply_delay_max), setup.host.snapshot_every,
      setup.host.encodes ? ", through the codec" : "", strikes.empty() ? " none" : strikes,
      Millis(setup.faulty_for));
}

}  // namespace warren::sim
