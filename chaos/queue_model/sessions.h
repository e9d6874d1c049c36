// Who speaks to the queue, and what of it was carried out already.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

struct Session {
  SessionEpoch epoch;
  SessionNumber last;
  std::optional<Time> suspected_since;
  // Of publishes that were not answered yet, as far as the session has told.
  std::map<SessionNumber, std::vector<queue::RefusedMessage>> refusals;
};

class Sessions {
 public:
  enum class Standing { kNext, kRepeated, kRefused };
  // Says so in `effects` if the command is refused; otherwise counts it as carried out.
  Standing Admit(const queue::Stamp& stamp, Effects& effects);

  Session* Find(SessionId id);
  bool IsSuspected(SessionId id) const { return all_.at(id).suspected_since.has_value(); }
  std::map<SessionId, Session>& all() { return all_; }
  const std::map<SessionId, Session>& all() const { return all_; }

 private:
  std::map<SessionId, Session> all_;
};

}  // namespace warren::queue_model
