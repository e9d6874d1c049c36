#include "replication/session/session_events.h"

namespace warren::replication {

void SessionEvents::Published(const PublishOutcome& outcome) {
  if (!published_.empty()) {
    PublishOutcome& last = published_.back();
    if (last.kind == outcome.kind && last.reason == outcome.reason &&
        last.last + 1 == outcome.first) {
      last.last = outcome.last;
      return;
    }
  }
  published_.push_back(outcome);
}

void SessionEvents::TellOne(const Event& event, SessionListener* listener) {
  if (const auto* delivery = std::get_if<Delivery>(&event)) {
    listener->OnDelivered(delivery->consumer, delivery->messages);
  } else if (const auto* news = std::get_if<ConsumerNews>(&event)) {
    listener->OnConsumer(news->consumer, news->kind);
  } else if (const auto* lost = std::get_if<LostKeys>(&event)) {
    listener->OnLost(lost->consumer, lost->keys);
  } else if (const auto* got = std::get_if<GetOutcome>(&event)) {
    listener->OnGet(*got);
  } else {
    listener->OnEnded(std::get<absl::Status>(event));
  }
}

void SessionEvents::Tell(SessionListener* listener) {
  if (telling_) return;
  telling_ = true;
  std::vector<PublishOutcome> published;
  std::vector<Event> events;
  while (!published_.empty() || !events_.empty() || room_) {
    published.swap(published_);
    events.swap(events_);
    const bool room = std::exchange(room_, false);
    if (!published.empty()) listener->OnPublished(published);
    for (const Event& event : events) TellOne(event, listener);
    if (room) listener->OnRoom();
    published.clear();
    events.clear();
  }
  telling_ = false;
  if (published.capacity() > published_.capacity()) published_.swap(published);
}

}  // namespace warren::replication
