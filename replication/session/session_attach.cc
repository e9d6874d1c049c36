// Finding the leader, attaching to it, losing it; and the end.
#include <algorithm>
#include <utility>

#include "replication/session/queue_entry.h"
#include "replication/session/session_impl.h"

namespace warren::replication {
namespace {

constexpr uint32_t kHurriedAttempts = 4;    // To follow hints at once; then they wait like others.
constexpr uint32_t kPatienceDoublings = 2;  // Of an attempt's time, as attempts go on.

}  // namespace

void Session::Impl::Start() { AttachTo(search_.Next(NodeId())); }

void Session::Impl::SetMembers(std::vector<NodeId> members) {
  if (members.empty() || state_ == State::kEnded) return;
  search_.SetMembers(std::move(members));
  if (!target_.IsNone() && !search_.IsMember(target_)) AttachNext();
}

absl::Duration Session::Impl::Delay() const {
  absl::Duration delay = config_.retry_min;
  for (uint32_t i = 1; i < attempts_ && delay < config_.retry_max; ++i) delay *= 2;
  return std::min(delay, config_.retry_max);
}

// What is said from here on is of a new epoch: nothing that another leader still has under way can
// be taken for it. What the session holds is told as it is at this moment; what an old leader
// delivers after it belongs to an epoch that is over, and is not taken.
void Session::Impl::AttachTo(NodeId target) {
  state_ = State::kAttaching;
  target_ = target;
  epoch_ = epoch_ + 1;
  next_sequence_ = 1;
  detaching_ = false;
  owed_until_.reset();
  hold_until_.reset();
  const uint32_t doublings = std::min(attempts_, kPatienceDoublings);
  deadline_ = host_->Now() + config_.attach_patience * (1 << doublings);
  ++attempts_;
  queue::AttachSession attach{.session = id_, .epoch = epoch_, .held = {}};
  if (config_.planted_bug != SessionPlantedBug::kLeaseLostOnAttach) {
    attach.held = consumers_.Present();
  }
  host_->Send(target_, group_,
              SessionCommand{.session = id_,
                             .epoch = epoch_,
                             .number = {},
                             .again = false,
                             .shard = host_->shard(),
                             .payload = has_sent_ ? PackTakeUp(attach) : PackCommand(attach)});
}

void Session::Impl::AttachLater(NodeId target, absl::Duration delay) {
  state_ = State::kWaiting;
  target_ = target;
  owed_until_.reset();
  hold_until_.reset();
  deadline_ = host_->Now() + delay;
}

void Session::Impl::AttachNext() {
  const NodeId next = search_.Next(target_);
  if (attempts_ == 0) {
    AttachTo(next);
  } else {
    AttachLater(next, Delay());
  }
}

void Session::Impl::AttachAgain(NodeId target) {
  if (attempts_ < kHurriedAttempts) {
    AttachTo(target);
  } else {
    AttachLater(target, Delay());
  }
}

void Session::Impl::OnNode(NodeId node, NodeNews news) {
  if (state_ == State::kEnded || node != target_) return;
  switch (news) {
    case NodeNews::kSuspected:
      AttachNext();
      return;
    case NodeNews::kBroken:
    case NodeNews::kRestarted:
      AttachAgain(node);
      return;
    case NodeNews::kTrusted:
      if (state_ != State::kAttached) AttachAgain(node);
      return;
  }
}

std::optional<base::MonotonicTime> Session::Impl::NextDeadline() const {
  switch (state_) {
    case State::kWaiting:
    case State::kAttaching:
      return deadline_;
    case State::kAttached:
      if (hold_until_ && owed_until_) return std::min(*hold_until_, *owed_until_);
      return hold_until_ ? hold_until_ : owed_until_;
    case State::kEnded:
      return std::nullopt;
  }
  return std::nullopt;
}

void Session::Impl::Advance() {
  const base::MonotonicTime now = host_->Now();
  switch (state_) {
    case State::kWaiting:
      if (now >= deadline_) AttachTo(target_);
      return;
    case State::kAttaching:
      if (now >= deadline_) AttachNext();
      return;
    case State::kAttached:
      if (hold_until_ && now >= *hold_until_) Flush();
      if (owed_until_ && now >= *owed_until_) {
        ++silences_;
        AttachNext();
      }
      return;
    case State::kEnded:
      return;
  }
}

// What is not known by now will not be known.
void Session::Impl::End(const absl::Status& why) {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  const auto unknown = [this](uint64_t first, uint64_t count) {
    events_.Published({.first = PublishId(first),
                       .last = PublishId(first + count - 1),
                       .kind = PublishOutcome::Kind::kUnknown});
  };
  for (SessionNumber at = commands_.first(); at < commands_.next(); at = at + 1) {
    const UnresolvedCommand& command = *commands_.Find(at);
    if (command.IsPublish() && !command.answered) unknown(command.first_message, command.messages);
  }
  if (!contents_.empty()) {
    unknown(last_publish_.value() - contents_.size() + 1, contents_.size());
  }
  for (const PendingGet& get : gets_) {
    events_.Got({.id = get.id, .kind = GetOutcome::Kind::kUnknown, .message = {}});
  }
  gets_.clear();
  contents_.clear();
  batch_ = queue::Publish();
  settles_.clear();
  commands_ = {};
  events_.Ended(why);
}

}  // namespace warren::replication
