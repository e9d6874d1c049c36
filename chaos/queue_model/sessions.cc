#include "chaos/queue_model/sessions.h"

namespace warren::queue_model {

using queue::SessionEvent;
using queue::SessionEventKind;

Session* Sessions::Find(SessionId id) {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

Sessions::Standing Sessions::Admit(const queue::Stamp& stamp, Effects& effects) {
  Session* const session = Find(stamp.session);
  if (session == nullptr || stamp.epoch > session->epoch) {
    effects.sessions.push_back({.kind = SessionEventKind::kUnknown,
                                .session = stamp.session,
                                .epoch = stamp.epoch,
                                .number = stamp.number});
    return Standing::kRefused;
  }
  SessionEvent refusal{.session = stamp.session, .epoch = session->epoch, .number = stamp.number};
  if (stamp.epoch < session->epoch) {
    refusal.kind = SessionEventKind::kFenced;
    effects.sessions.push_back(refusal);
    return Standing::kRefused;
  }
  auto& refusals = session->refusals;
  refusals.erase(refusals.begin(), refusals.upper_bound(stamp.answered));
  if (stamp.number <= session->last) return Standing::kRepeated;
  if (stamp.number > session->last + 1) {
    refusal.kind = SessionEventKind::kGap;
    refusal.number = session->last + 1;
    effects.sessions.push_back(refusal);
    return Standing::kRefused;
  }
  session->last = stamp.number;
  return Standing::kNext;
}

}  // namespace warren::queue_model
