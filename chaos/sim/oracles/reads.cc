#include "chaos/sim/oracles/reads.h"

#include "chaos/sim/oracles/member_view.h"
#include "fmt/format.h"

namespace warren::sim {

void Reads::OnAnswered(raft::NodeId node, raft::ReadId id, raft::Index index) {
  // An answer may come twice: the request or the answer was duplicated under way.
  const auto asked = asked_.find(id);
  if (asked == asked_.end() || index >= asked->second) return;
  verdict_.Violated(
      "ReadIsFresh",
      fmt::format("read {} at {} was given {}, but {} was committed when it was asked for",
                  id.value(), Describe(node), index.value(), asked->second.value()));
}

}  // namespace warren::sim
