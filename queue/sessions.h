// The conversations that nodes hold with this queue.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"

#include "queue/effect.h"
#include "queue/types.h"

namespace warren::queue {

struct Session {
  SessionEpoch epoch;
  SessionNumber last;    // The last command that was carried out.
  Time suspected_since;  // 0: it is trusted.
  // What was refused, by the numbers of the publishes, until the session has heard of it.
  absl::btree_map<SessionNumber, std::vector<RefusedMessage>> refusals;

  bool IsSuspected() const { return suspected_since != Time(); }
  friend bool operator==(const Session&, const Session&) = default;
};

class Sessions {
 public:
  Session* Find(SessionId id);
  Session& Open(SessionId id) { return all_[id]; }
  void Close(SessionId id);
  void Suspect(SessionId id, Time now);
  void Trust(SessionId id);

  // Since when the one has been suspected that was suspected first; nullopt if none is.
  std::optional<Time> FirstSuspected() const;
  // Those suspected at `before` or earlier, ascending.
  std::vector<SessionId> SuspectedUntil(Time before) const;

  const std::map<SessionId, Session>& all() const { return all_; }
  void Restore(SessionId id, Session session);
  size_t MemoryBytes() const;

 private:
  std::map<SessionId, Session> all_;
  absl::btree_set<std::pair<Time, SessionId>> suspected_;
};

}  // namespace warren::queue
