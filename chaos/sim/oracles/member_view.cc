#include "chaos/sim/oracles/member_view.h"

#include <vector>

#include "fmt/format.h"

namespace warren::sim {
namespace {

std::string Describe(const raft::NodeSet& nodes) {
  std::vector<uint64_t> ids;
  for (const raft::NodeId node : nodes) ids.push_back(node.value());
  return fmt::format("{{{}}}", fmt::join(ids, " "));
}

}  // namespace

std::string Describe(const MemberView& member) {
  const raft::RoleState role = member.role();
  const bool follows = role.role == raft::Role::kFollower && !role.leader.IsNone();
  return fmt::format("{} ({}{}, term {}, last {}, commit {})", Describe(member.id()),
                     raft::Name(role.role), follows ? " of " + Describe(role.leader) : "",
                     member.term().value(), Describe(member.last()), member.commit().value());
}

std::string Describe(const raft::Membership& membership) {
  std::string text = Describe(membership.voters);
  if (membership.IsJoint())
    fmt::format_to(std::back_inserter(text), " leaving {}", Describe(membership.outgoing));
  if (!membership.learners.empty()) {
    fmt::format_to(std::back_inserter(text), " learners {}", Describe(membership.learners));
  }
  return text;
}

}  // namespace warren::sim
