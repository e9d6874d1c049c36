// Effects and views in words.
#include <array>
#include <string_view>

#include "chaos/queue_model/describe.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

template <size_t kSize, typename Enum>
std::string_view Name(const std::array<std::string_view, kSize>& names, Enum value) {
  const auto place = static_cast<size_t>(value);
  return place < kSize ? names[place] : "?";
}

constexpr std::array<std::string_view, 7> kRefusals = {"none",
                                                       "length",
                                                       "sequence-too-old",
                                                       "producer-fenced",
                                                       "producer-expired",
                                                       "too-many-producers",
                                                       "removed"};
constexpr std::array<std::string_view, 6> kSessionEvents = {"attached", "detached", "timed-out",
                                                            "unknown",  "fenced",   "gap"};
constexpr std::array<std::string_view, 8> kConsumerEvents = {
    "attached", "refused-exclusive", "refused-in-use", "cancelled", "timed-out",
    "active",   "inactive",          "drained"};
constexpr std::array<std::string_view, 4> kReasons = {"rejected", "expired", "max-length",
                                                      "delivery-limit"};
constexpr std::array<std::string_view, 4> kStates = {"ready", "leased", "retrying", "dead-letter"};

}  // namespace

std::string Describe(Position position) {
  return fmt::format("{}/{}", position.entry.value(), position.slot);
}
std::string Describe(EntryIndex entry) { return fmt::format("{}", entry.value()); }
std::string Describe(Time time) { return fmt::format("{}us", time.value()); }
std::string Describe(ConsumerId consumer) {
  return fmt::format("s{}.c{}", consumer.session.value(), consumer.number.value());
}
std::string Describe(KeyRange keys) {
  return fmt::format("{}..{}", keys.first.value(), keys.last.value());
}

std::string Describe(const queue::PublishResult& result) {
  return fmt::format("s{} #{}: {} duplicates, {} refused from {}", result.session.value(),
                     result.number.value(), result.duplicates, result.refused,
                     result.first_refused);
}
std::string Describe(const queue::RefusedMessage& refused) {
  return fmt::format("slot {} {}", refused.slot, Name(kRefusals, refused.reason));
}
std::string Describe(const queue::SessionEvent& event) {
  return fmt::format("{} s{} epoch {} #{}", Name(kSessionEvents, event.kind), event.session.value(),
                     event.epoch.value(), event.number.value());
}
std::string Describe(const queue::ConsumerEvent& event) {
  return fmt::format("{} {}", Name(kConsumerEvents, event.kind), Describe(event.consumer));
}
std::string Describe(const queue::LostLeases& lost) {
  return fmt::format("{} {}", Describe(lost.consumer), Describe(lost.keys));
}
std::string Describe(const queue::Delivery& delivery) {
  return fmt::format("{} {} ranges from {}{}", Describe(delivery.consumer), delivery.ranges,
                     delivery.first_range, delivery.again ? " again" : "");
}
std::string Describe(const queue::DeliveredRange& range) {
  return fmt::format("{} at {}{} acquired {} failed {}", Describe(range.keys),
                     Describe(range.first), range.one_per_entry ? " one per entry" : "",
                     range.acquired, range.failed);
}
std::string Describe(const queue::GetResult& result) {
  return fmt::format("s{} #{} {} {} left", result.session.value(), result.number.value(),
                     result.found ? "found" : "nothing", result.ready_left);
}
std::string Describe(const queue::DeadLetter& letter) {
  return fmt::format("key {} at {} {} acquired {} failed {}{}", letter.key.value(),
                     Describe(letter.position), Name(kReasons, letter.reason), letter.acquired,
                     letter.failed, letter.confirm ? " confirm" : "");
}
std::string Describe(const queue::FreedRange& range) {
  return fmt::format("{}..{}", Describe(range.first), Describe(range.last));
}
std::string Describe(const queue::Departures& departures) {
  return fmt::format(
      "settled {} expired {} max-length {} delivery-limit {} rejected {} purged {} confirmed {}",
      departures.settled, departures.expired, departures.max_length, departures.delivery_limit,
      departures.rejected, departures.purged, departures.dead_letters_confirmed);
}

std::string Describe(const queue::Counts& counts) {
  return fmt::format(
      "ready {}/{}B leased {}/{}B delayed {}/{}B retrying {}/{}B dead letters {}/{}B persistent "
      "{}/{}B consumers {} sessions {} producers {} ids {} oldest ready {} leased {}",
      counts.ready, counts.ready_bytes, counts.leased, counts.leased_bytes, counts.delayed,
      counts.delayed_bytes, counts.retrying, counts.retrying_bytes, counts.dead_letters,
      counts.dead_letters_bytes, counts.persistent, counts.persistent_bytes, counts.consumers,
      counts.sessions, counts.producers, counts.deduplication_ids, Describe(counts.oldest_ready),
      Describe(counts.oldest_leased));
}
std::string Describe(const queue::ConsumerView& view) {
  return fmt::format("{} priority {} prefetch {} credit {} unsettled {}{}{}{}{}",
                     Describe(view.consumer), view.priority, view.prefetch, view.credit,
                     view.unsettled, view.exclusive ? " exclusive" : "",
                     view.auto_settle ? " auto-settle" : "", view.cancelled ? " cancelled" : "",
                     view.active ? " active" : "");
}
std::string Describe(const queue::SessionView& view) {
  return fmt::format("s{} epoch {} last #{} suspected {}", view.session.value(), view.epoch.value(),
                     view.last.value(), Describe(view.suspected_since));
}
std::string Describe(const queue::MessageView& view) {
  return fmt::format("key {} at {} {} level {} {}B{} acquired {} failed {} expires {} due {} by {}",
                     view.key.value(), Describe(view.position), Name(kStates, view.state),
                     view.priority, view.size, view.persistent ? " persistent" : "", view.acquired,
                     view.failed, Describe(view.expires), Describe(view.due),
                     Describe(view.consumer));
}
std::string Describe(const queue::DelayedView& view) {
  return fmt::format("delay key {} at {} due {} {}B", view.key.value(), Describe(view.position),
                     Describe(view.due), view.size);
}

}  // namespace warren::queue_model
