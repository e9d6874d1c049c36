// How a run ends: calm, and then everything must come to rest.
#pragma once

#include <string>

#include "chaos/cluster/setup.h"

namespace warren::cluster_sim {

class World;

// After the last fault: every node is up and reaches every other one. Within bounds every group has
// a leader and the members that it is to have, removed groups are gone everywhere, all sessions
// come to an end, what was published has an outcome, and what is in queues can be consumed. Then
// all members are equal, logs are short, and nothing is lost.
//
// What is missing is reported as a violation of the rule that names it.
class Ending {
 public:
  explicit Ending(World* world) : world_(world) {}

  void Prepare();  // The beginning: all groups are made.
  void Run();

 private:
  bool Await(const std::string& rule, Duration most,
             std::string (Ending::*what_is_missing)() const);
  std::string UnmadeGroup() const;
  std::string Leftover(GroupId id) const;  // Of a group that was removed.
  std::string UnsettledGroup() const;
  std::string OpenSession() const;
  std::string UndrainedGroup() const;
  std::string UnequalMember() const;
  std::string LongLog() const;
  void CheckMembers();

  World* const world_;
};

}  // namespace warren::cluster_sim
