#include "chaos/queue_model/driver.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace warren::queue_model {
namespace {

constexpr uint64_t kStream = 0x5144'5249'5645;
constexpr size_t kMemory = 12;  // Of what is over.

queue::Stamp* StampOf(queue::Command& command) {
  return std::visit(
      [](auto& what) -> queue::Stamp* {
        if constexpr (requires { what.stamp; }) {
          return &what.stamp;
        } else {
          return nullptr;
        }
      },
      command);
}

}  // namespace

Driver::Driver(const RunSetup& setup) : setup_(setup), rng_(setup.seed, kStream) {}

Entry Driver::Next(const Model& model) {
  model_ = &model;
  index_ = index_ + rng_.Between(1, setup_.log_gap_max);
  const Time time = DrawTime();
  Entry entry{.index = index_, .time = time, .command = Draw(DrawAct())};
  if (queue::Stamp* const stamp = StampOf(entry.command)) {
    entry.is_next = true;
    if (Happens(setup_.strange)) {
      entry.is_next = false;
      const uint64_t kind = rng_.Below(6);
      if (kind <= 2 && !stamped_.empty()) {
        entry.command = stamped_[rng_.Below(stamped_.size())];
      } else if (kind == 3) {
        stamp->number = stamp->number + rng_.Between(1, 3);
      } else if (kind == 4) {
        stamp->epoch = SessionEpoch(rng_.Below(4));
      } else {
        stamp->session = SessionId(rng_.Between(1, setup_.sessions_max + 1));
      }
    }
    stamped_.push_back(entry.command);
    if (stamped_.size() > kMemory) stamped_.pop_front();
  }
  entry.restores = Happens(setup_.restores);
  return entry;
}

void Driver::Observe(const Effects& effects) {
  for (const queue::DeliveredRange& range : effects.delivered) {
    delivered_.push_back(range.keys);
    if (delivered_.size() > kMemory) delivered_.pop_front();
  }
}

Act Driver::DrawAct() {
  // Without a session nothing happens.
  if (model_->sessions().all().empty() && rng_.OneIn(2)) return Act::kAttachSession;
  uint64_t total = 0;
  for (const uint64_t weight : setup_.weights) total += weight;
  uint64_t drawn = rng_.Below(total);
  for (size_t i = 0; i < kActs; ++i) {
    if (drawn < setup_.weights[i]) return static_cast<Act>(i);
    drawn -= setup_.weights[i];
  }
  return Act::kTick;
}

Time Driver::DrawTime() {
  const bool stands = Happens(setup_.time_stands);
  const uint64_t kind = rng_.Below(20);
  const Span few = rng_.Between(1, 10) * setup_.unit;
  if (stands) return time_;
  const std::optional<Time> deadline = model_->NextDeadline();
  if (kind < 9) {
    time_ = time_ + setup_.unit;
  } else if (kind < 13) {
    time_ = time_ + few;
  } else if (kind < 17) {
    // To the very moment, or just before it.
    const bool is_near =
        deadline.has_value() && *deadline > time_ && *deadline - time_ < 30 * queue::kSecond;
    if (is_near) time_ = kind == 16 ? *deadline - 1 : *deadline;
  } else if (kind == 17) {
    time_ = time_ + few * 100;
  } else if (kind == 18) {
    time_ = time_ + queue::kSecond;
  } else {
    return time_ - few;  // A leader whose clock is behind.
  }
  return time_;
}

queue::Command Driver::Draw(Act act) {
  switch (act) {
    case Act::kPublish:
      return DrawPublish();
    case Act::kSettle:
      return DrawSettle(NextStamp());
    case Act::kGet:
      return queue::Get{.stamp = NextStamp(), .auto_settle = rng_.OneIn(3)};
    case Act::kAttachSession:
      return DrawAttachSession();
    case Act::kDetachSession: {
      const SessionId session = DrawSession();
      const SessionEpoch epoch = EpochOf(session);
      return queue::DetachSession{.session = session,
                                  .epoch = Happens(setup_.strange) ? epoch - 1 : epoch};
    }
    case Act::kSuspectSession:
      return queue::SuspectSession{.session = DrawSession()};
    case Act::kTrustSession:
      return queue::TrustSession{.session = DrawSession()};
    case Act::kAttachConsumer:
      return DrawAttachConsumer();
    case Act::kCancelConsumer: {
      const queue::Stamp stamp = NextStamp();
      return queue::CancelConsumer{.stamp = stamp, .consumer = DrawConsumer(stamp.session)};
    }
    case Act::kGrantCredit: {
      const queue::Stamp stamp = NextStamp();
      return queue::GrantCredit{.stamp = stamp,
                                .consumer = DrawConsumer(stamp.session),
                                .credit = static_cast<uint32_t>(rng_.Below(8)),
                                .drain = rng_.OneIn(3)};
    }
    case Act::kConfirmDeadLetters:
      return DrawConfirm();
    case Act::kResendDeadLetters:
      return queue::ResendDeadLetters{};
    case Act::kConfigure:
      return DrawConfigure();
    case Act::kPurge:
      return queue::Purge{.delayed = rng_.OneIn(2)};
    case Act::kCancelDelayed:
      return DrawCancelDelayed();
    case Act::kRemove:
      return queue::Remove{.if_unused = !rng_.OneIn(8), .if_empty = !rng_.OneIn(8)};
    case Act::kTouch:
      return queue::Touch{};
    case Act::kTick:
      return queue::Tick{};
    case Act::kMoveSurvivors:
      return DrawMove();
    case Act::kUpgrade:
      return queue::Upgrade{.version = static_cast<uint32_t>(rng_.Below(2))};
  }
  return queue::Tick{};
}

}  // namespace warren::queue_model
