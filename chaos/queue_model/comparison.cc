#include "chaos/queue_model/comparison.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "chaos/queue_model/describe.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

template <typename T>
std::string List(const std::vector<T>& items) {
  if (items.empty()) return "nothing";
  std::string text;
  for (const T& item : items) text += fmt::format("{}{}", text.empty() ? "" : "; ", Describe(item));
  return text;
}

Difference Differ(std::string_view rule, const std::string& expected, const std::string& observed) {
  return {.rule = std::string(rule),
          .details = fmt::format("expected: {}\n  observed: {}", expected, observed)};
}

// Keeps the first difference that it meets.
class Finder {
 public:
  template <typename T>
  void Lists(std::string_view rule, const std::vector<T>& expected,
             const std::vector<T>& observed) {
    if (found_.has_value() || expected == observed) return;
    found_ = Differ(rule, List(expected), List(observed));
  }
  template <typename T>
  void Values(std::string_view rule, const T& expected, const T& observed) {
    if (found_.has_value() || expected == observed) return;
    found_ = Differ(rule, Describe(expected), Describe(observed));
  }
  template <typename T>
  void Numbers(std::string_view rule, T expected, T observed) {
    if (found_.has_value() || expected == observed) return;
    found_ = Differ(rule, fmt::format("{}", static_cast<uint64_t>(expected)),
                    fmt::format("{}", static_cast<uint64_t>(observed)));
  }
  void Rule(bool holds, std::string_view rule, const std::string& details) {
    if (found_.has_value() || holds) return;
    found_ = Difference{.rule = std::string(rule), .details = details};
  }
  std::optional<Difference> Take() { return std::move(found_); }

 private:
  std::optional<Difference> found_;
};

void FindInEffects(const Effects& expected, const Effects& observed, Finder& finder) {
  finder.Lists("effects: published", expected.published, observed.published);
  finder.Lists("effects: refused", expected.refused, observed.refused);
  finder.Lists("effects: sessions", expected.sessions, observed.sessions);
  finder.Lists("effects: consumers", expected.consumers, observed.consumers);
  finder.Lists("effects: lost", expected.lost, observed.lost);
  finder.Lists("effects: deliveries", expected.deliveries, observed.deliveries);
  finder.Lists("effects: delivered", expected.delivered, observed.delivered);
  finder.Lists("effects: gets", expected.gets, observed.gets);
  finder.Lists("effects: dead letters", expected.dead_letters, observed.dead_letters);
  finder.Values("effects: departures", expected.departures, observed.departures);
  finder.Numbers("effects: cancelled delayed", expected.cancelled_delayed,
                 observed.cancelled_delayed);
  finder.Numbers("effects: remove", expected.remove, observed.remove);
  finder.Numbers("effects: depth", expected.depth, observed.depth);
  finder.Numbers("effects: queue expired", expected.queue_expired, observed.queue_expired);
}

}  // namespace

std::optional<Difference> CompareEffects(const Effects& expected, const std::set<Position>& freed,
                                         const Effects& observed) {
  Finder finder;
  FindInEffects(expected, observed, finder);
  std::set<Position> covered;
  for (const queue::FreedRange& range : observed.freed) {
    finder.Rule(
        freed.contains(range.first) && freed.contains(range.last) && range.first <= range.last,
        "effects: freed ranges end at freed places", Describe(range));
    covered.insert(freed.lower_bound(range.first), freed.upper_bound(range.last));
  }
  for (const Position position : freed) {
    finder.Rule(observed.freed_more || covered.contains(position),
                "effects: what is freed is named",
                fmt::format("{} is not among {}", Describe(position), List(observed.freed)));
  }
  return finder.Take();
}

std::optional<Difference> CompareTwins(const Effects& one, const Effects& other) {
  Finder finder;
  FindInEffects(one, other, finder);
  finder.Lists("effects: freed", one.freed, other.freed);
  finder.Numbers("effects: freed more", one.freed_more, other.freed_more);
  std::optional<Difference> found = finder.Take();
  if (found.has_value()) found->rule += ", of the restored machine";
  return found;
}

std::optional<Difference> CompareViews(const Model& model, const Subject& subject) {
  Finder finder;
  queue::Counts expected = model.GetCounts();
  const queue::Counts observed = subject.GetCounts();
  // The machine may know of the age of the oldest message a little less than the model.
  const bool knows_age = expected.oldest_ready.has_value() == observed.oldest_ready.has_value() &&
                         observed.oldest_ready <= expected.oldest_ready;
  finder.Rule(knows_age, "view: oldest ready",
              fmt::format("exactly {}, observed {}", Describe(expected.oldest_ready),
                          Describe(observed.oldest_ready)));
  expected.oldest_ready = observed.oldest_ready;
  finder.Values("view: counts", expected, observed);
  finder.Lists("view: sessions", model.ListSessions(), subject.ListSessions());
  finder.Lists("view: consumers", model.ListConsumers(), subject.ListConsumers());
  const auto list = [&](const queue::ListRequest& request) {
    finder.Lists("view: messages", model.ListMessages(request), subject.ListMessages(request));
  };
  list({.from = {}, .state = {}, .priority = {}, .messages_max = SIZE_MAX});
  list({.from = OrderKey(5), .state = MessageState::kReady, .priority = {}, .messages_max = 3});
  list({.from = {}, .state = {}, .priority = Priority{1}, .messages_max = 2});
  for (const uint64_t place : {uint64_t{0}, uint64_t{1}, uint64_t{4}}) {
    finder.Values("view: peek", model.Peek(place), subject.Peek(place));
  }
  finder.Lists("view: delayed", model.ListDelayed(DelayKey(0), SIZE_MAX),
               subject.ListDelayed(DelayKey(0), SIZE_MAX));
  finder.Lists("view: delayed", model.ListDelayed(DelayKey(3), 2),
               subject.ListDelayed(DelayKey(3), 2));
  const std::set<EntryIndex> live = model.LiveEntries();
  finder.Lists("view: live entries", {live.begin(), live.end()}, subject.LiveEntries());
  for (auto entry = live.begin(); entry != live.end() && entry != std::next(live.begin(), 3);
       ++entry) {
    finder.Lists("view: live positions", model.LivePositionsIn(*entry),
                 subject.LivePositionsIn(*entry));
    if (std::next(entry) == live.end()) break;
  }
  const std::optional<Time> due = model.NextDeadline();
  const std::optional<Time> said = subject.NextDeadline();
  const bool is_in_time =
      !due.has_value() || (said.has_value() && *said <= std::max(*due, model.now()));
  finder.Rule(is_in_time, "view: the next deadline is not later than it is",
              fmt::format("exactly {}, observed {}", Describe(due), Describe(said)));
  return finder.Take();
}

}  // namespace warren::queue_model
