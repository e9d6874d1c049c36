#include "queue/sessions.h"

#include <algorithm>

namespace warren::queue {

Session* Sessions::Find(SessionId id) {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

void Sessions::Close(SessionId id) {
  Trust(id);
  all_.erase(id);
}

void Sessions::Suspect(SessionId id, Time now) {
  Session* session = Find(id);
  if (session == nullptr || session->IsSuspected()) return;
  session->suspected_since = now;
  suspected_.emplace(now, id);
}

void Sessions::Trust(SessionId id) {
  Session* session = Find(id);
  if (session == nullptr || !session->IsSuspected()) return;
  suspected_.erase({session->suspected_since, id});
  session->suspected_since = Time();
}

std::optional<Time> Sessions::FirstSuspected() const {
  if (suspected_.empty()) return std::nullopt;
  return suspected_.begin()->first;
}

std::vector<SessionId> Sessions::SuspectedUntil(Time before) const {
  std::vector<SessionId> ids;
  for (const auto& [since, id] : suspected_) {
    if (since > before) break;
    ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

void Sessions::Restore(SessionId id, Session session) {
  if (session.IsSuspected()) suspected_.emplace(session.suspected_since, id);
  all_.emplace(id, std::move(session));
}

size_t Sessions::MemoryBytes() const {
  size_t bytes = sizeof(*this) + suspected_.size() * 2 * sizeof(uint64_t);
  for (const auto& [id, session] : all_) {
    bytes += sizeof(id) + sizeof(session) + 4 * sizeof(void*);
    for (const auto& [number, refused] : session.refusals) {
      bytes += sizeof(number) + sizeof(refused) + refused.capacity() * sizeof(RefusedMessage);
    }
  }
  return bytes;
}

}  // namespace warren::queue
