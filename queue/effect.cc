#include "queue/effect.h"

namespace warren::queue {

void Effects::Clear() {
  published.clear();
  refused.clear();
  sessions.clear();
  consumers.clear();
  lost.clear();
  deliveries.clear();
  delivered.clear();
  gets.clear();
  dead_letters.clear();
  freed.clear();
  freed_more = false;
  departures = {};
  cancelled_delayed = 0;
  remove = RemoveResult::kNotAsked;
  depth = DepthEvent::kNone;
  queue_expired = false;
}

}  // namespace warren::queue
