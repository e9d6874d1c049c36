#include "replication/session/testing/session_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace warren::replication {
namespace {

std::string NameOf(SessionModel::User user, uint64_t id) { return absl::StrCat(user, "/", id); }

}  // namespace

void SessionModel::Violate(const std::string& what) {
  if (violation_.empty()) violation_ = what;
}

std::string SessionModel::Content(User user, PublishId id) const {
  return absl::StrCat(user, "/", id.value(), "/", std::string(id.value() % 7, 'x'));
}

void SessionModel::Published(User user, PublishId id) {
  UserState& state = At(user);
  if (id.value() != state.messages.size() + 1) Violate("publish ids are not dense");
  state.messages.emplace_back();
}

void SessionModel::Settles(User user, ConsumerNumber consumer, OrderKey key,
                           queue::Verdict verdict) {
  UserState& state = At(user);
  if (state.held[consumer].erase(key) == 0) return;
  if (verdict != queue::Verdict::kSettle) return;
  const auto [publisher, id] = by_key_.at(key);
  Message& message = At(publisher).messages[id - 1];
  message.settled = true;
  message.settler = user;
}

void SessionModel::Outcome(User user, const PublishOutcome& outcome) {
  UserState& state = At(user);
  for (PublishId id = outcome.first; id <= outcome.last; id = id + 1) {
    if (id.value() == 0 || id.value() > state.messages.size()) {
      Violate(absl::StrCat("an outcome for nothing: ", NameOf(user, id.value())));
      return;
    }
    Message& message = state.messages[id.value() - 1];
    if (message.has_outcome) Violate(absl::StrCat("two outcomes: ", NameOf(user, id.value())));
    message.has_outcome = true;
    message.kind = outcome.kind;
    if (outcome.kind == PublishOutcome::Kind::kConfirmed) ++confirmed_;
  }
}

void SessionModel::Delivered(User user, ConsumerNumber consumer, const DeliveredMessage& message) {
  ++delivered_;
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(message.content.data(), message.content.size()), '/');
  uint64_t publisher = 0;
  uint64_t id = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &publisher) ||
      !absl::SimpleAtoi(parts[1], &id) ||
      message.content.view() != Content(static_cast<User>(publisher), PublishId(id))) {
    Violate("content that nobody published");
    return;
  }
  const std::string name = NameOf(static_cast<User>(publisher), id);
  UserState& from = At(static_cast<User>(publisher));
  if (id == 0 || id > from.messages.size()) {
    Violate(absl::StrCat("delivered and never published: ", name));
    return;
  }
  Message& published = from.messages[id - 1];
  if (published.key == OrderKey()) {
    published.key = message.key;
    if (!by_key_.emplace(message.key, std::pair(static_cast<User>(publisher), id)).second) {
      Violate(absl::StrCat("two messages of one key: ", name));
    }
  }
  if (published.key != message.key) Violate(absl::StrCat("stored twice: ", name));
  if (published.settled) published.after_settle.emplace_back(published.settler, user);
  if (!At(user).held[consumer].insert(message.key).second) {
    Violate(absl::StrCat("delivered though it is held: ", name, " to ", user));
  }
}

void SessionModel::Lost(User user, ConsumerNumber consumer, queue::KeyRange keys) {
  for (OrderKey key = keys.first; key <= keys.last; key = key + 1) {
    if (At(user).held[consumer].erase(key) == 0) Violate("lost what was not held");
  }
}

void SessionModel::ConsumerGone(User user, ConsumerNumber consumer) {
  At(user).held[consumer].clear();
}

void SessionModel::Ended(User user, bool given_up) {
  UserState& state = At(user);
  if (state.ended) Violate("a session ended twice");
  state.ended = true;
  state.given_up = given_up;
  state.held.clear();
  if (!IsResolved(user)) Violate("a session ended with publishes that have no outcome");
}

const std::set<OrderKey>& SessionModel::HeldBy(User user, ConsumerNumber consumer) {
  return At(user).held[consumer];
}

bool SessionModel::IsResolved(User user) const {
  const auto at = users_.find(user);
  if (at == users_.end()) return true;
  for (const Message& message : at->second.messages) {
    if (!message.has_outcome) return false;
  }
  return true;
}

void SessionModel::CheckEnd() {
  for (const auto& [user, state] : users_) {
    OrderKey last;
    for (size_t i = 0; i < state.messages.size(); ++i) {
      const Message& message = state.messages[i];
      const std::string name = NameOf(user, i + 1);
      using Kind = PublishOutcome::Kind;
      if (!message.has_outcome) Violate(absl::StrCat("no outcome: ", name));
      if (message.kind == Kind::kConfirmed && message.key == OrderKey()) {
        Violate(absl::StrCat("confirmed and lost: ", name));
      }
      if (message.kind == Kind::kConfirmed && !message.settled) {
        Violate(absl::StrCat("gone though nobody settled it: ", name));
      }
      if (message.kind == Kind::kRefused && message.key != OrderKey()) {
        Violate(absl::StrCat("refused and delivered: ", name));
      }
      const bool revived = std::any_of(
          message.after_settle.begin(), message.after_settle.end(), [this](const auto& pair) {
            return !users_.at(pair.first).given_up && !users_.at(pair.second).given_up;
          });
      if (revived) Violate(absl::StrCat("delivered after it was settled: ", name));
      if (message.key == OrderKey()) continue;
      if (message.key < last) Violate(absl::StrCat("out of order: ", name));
      last = message.key;
    }
  }
}

}  // namespace warren::replication
