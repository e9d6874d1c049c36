// Sessions and a replicated queue in a world that breaks, from one seed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "replication/session/queue_replica.h"
#include "replication/session/session.h"
#include "replication/session/testing/session_model.h"

namespace warren::replication {

struct WorldConfig {
  uint64_t seed = 1;
  SessionPlantedBug planted_bug = SessionPlantedBug::kNone;
  uint32_t sessions = 4;
  uint32_t steps = 600;  // With faults; then calm.
};

// Three members of one group (nodes 1 to 3) and two nodes that only open sessions (4 and 5). The
// log is one list: a leader proposes at its end, the world commits what it likes, and when it
// chooses another leader it keeps what was committed and a part of the rest. A leader that was
// deposed may believe for a while that it still leads. Messages between two nodes keep their order
// until their link breaks; what was under way then is lost, or comes very late, behind what was
// sent over the new link. Everything that is lost is followed by news of it, at some time.
//
// The replicas and sessions are the real ones; what they must not do is the model's to say.
class SessionWorld {
 public:
  explicit SessionWorld(const WorldConfig& config);
  ~SessionWorld();

  // What was violated, or an empty string.
  std::string Run();
  const SessionModel& model() const { return model_; }

 private:
  class Member;  // Of the group: GroupHandle, and the replica.
  class User;    // One session: SessionHost, SessionListener, and what it does.

  struct Packet {
    NodeId from;
    NodeId to;
    ShardNo shard = 0;  // Whose session, or 0: to the member.
    SessionMessage message;
  };
  struct News {  // To sessions on a node, of another one.
    NodeId at;
    NodeId of;
    NodeNews news = NodeNews::kBroken;
  };

  // What happens.
  void Step();
  void Deliver();
  void Commit();
  void ChangeLeader();
  void StopLeading(Member& member);
  void BreakLink();
  void Suspect();
  void Trust(NodeId node);
  void Pass(uint64_t microseconds);
  void Catch(Member& member);  // Applies what it lacks.
  void RestartReplica(Member& member);

  // The end.
  void Heal();
  bool RunUntil(const std::function<bool()>& done);
  void Finish();
  void CompareReplicas();

  void Send(Packet packet);
  void Receive(Packet packet);
  void Tell(NodeId of, NodeNews news);  // Everybody.
  User& Open(NodeId node);
  bool Chance(uint64_t of_thousand) { return rng_.Below(1000) < of_thousand; }

  const WorldConfig config_;
  base::Rng rng_;
  SessionModel model_;
  uint64_t now_ = 1'000'000'000;  // Microseconds.
  bool calm_ = false;

  std::map<NodeId, std::unique_ptr<Member>> members_;
  std::vector<std::unique_ptr<User>> users_;  // Shard i + 1 at i.
  std::map<NodeId, SessionIds> ids_;
  std::map<std::pair<NodeId, NodeId>, std::deque<Packet>> links_;
  std::vector<Packet> late_;
  std::deque<News> news_;
  std::set<NodeId> suspected_;

  std::vector<raft::Entry> log_;  // Index i + 1 at i.
  size_t committed_ = 0;
  NodeId leader_;
  raft::Term term_;
};

}  // namespace warren::replication
