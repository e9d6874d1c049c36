#include "replication/session/session.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replication/session/queue_entry.h"
#include "replication/session/session_impl.h"

namespace warren::replication {
namespace {

constexpr uint32_t kSilenceDoublings = 4;  // Of the time that a silent leader is given.

queue::Publish& Batch(queue::Command& command) { return std::get<queue::Publish>(command); }

}  // namespace

// NOLINTNEXTLINE(readability-function-size): six things that do not mix.
Session::Impl::Impl(const SessionConfig& config, SessionId id, GroupId group,
                    std::vector<NodeId> members, SessionHost* host, SessionListener* listener)
    : config_(config),
      id_(id),
      group_(group),
      host_(host),
      listener_(listener),
      search_(std::move(members), host) {
  WARREN_CHECK(config.batch_messages_max >= 1 && config.batch_messages_max <= queue::kSlotsMax);
  WARREN_CHECK(config.settlements_max >= 1);
}

// ---- Publishing ---------------------------------------------------------------------------------

bool Session::Impl::CanPublish() const {
  return TakesCommands() && unresolved_bytes_ < config_.unresolved_bytes_max &&
         unresolved_messages_ < config_.unresolved_messages_max;
}

PublishId Session::Impl::Publish(queue::NewMessage&& message, base::BytesChain&& content) {
  if (!CanPublish()) {
    said_no_ = said_no_ || TakesCommands();
    return PublishId();
  }
  const size_t bytes = content.size();
  if (bytes > config_.message_bytes_max) return PublishId();
  std::vector<queue::NewMessage>& messages = Batch(batch_).messages;
  messages.push_back(std::move(message));
  contents_.push_back(std::move(content));
  batch_bytes_ += bytes;
  unresolved_bytes_ += bytes;
  ++unresolved_messages_;
  last_publish_ = last_publish_ + 1;
  if (messages.size() >= config_.batch_messages_max || batch_bytes_ >= config_.batch_bytes_max) {
    SealBatch();
    Send();
  }
  return last_publish_;
}

void Session::Impl::SealBatch() {
  queue::Publish& batch = Batch(batch_);
  if (batch.messages.empty()) return;
  const auto count = static_cast<uint32_t>(batch.messages.size());
  batch.stamp = NextStamp();
  UnresolvedCommand command;
  command.payload = PackContents(batch_, contents_);
  command.epoch = epoch_;
  command.messages = count;
  command.first_message = last_publish_.value() - count + 1;
  command.bytes = batch_bytes_;
  commands_.Push(std::move(command));
  batch.messages.clear();
  contents_.clear();
  batch_bytes_ = 0;
}

// ---- Other commands -----------------------------------------------------------------------------

queue::Stamp Session::Impl::NextStamp() const {
  return {.session = id_,
          .epoch = epoch_,
          .number = commands_.next(),
          .answered = commands_.first() - 1};
}

SessionNumber Session::Impl::Say(queue::Command command, UnresolvedCommand unresolved) {
  std::visit(
      [this](auto& alternative) {
        if constexpr (requires { alternative.stamp; }) alternative.stamp = NextStamp();
      },
      command);
  unresolved.payload = PackCommand(command);
  unresolved.epoch = epoch_;
  return commands_.Push(std::move(unresolved));
}

void Session::Impl::AttachConsumer(ConsumerNumber consumer, const ConsumerOptions& options) {
  WARREN_CHECK(!consumer.IsNone());
  if (!TakesCommands()) return;
  BookedConsumer& booked = consumers_.Add(consumer);
  booked.auto_settle = options.auto_settle;
  booked.prefetch = options.prefetch;
  booked.attached = false;
  booked.cancelled = false;
  booked.active = false;
  booked.credit_left = 0;
  booked.cancel = {};
  booked.drain = {};
  booked.attach = Say(queue::AttachConsumer{.stamp = {},
                                            .consumer = consumer,
                                            .priority = options.priority,
                                            .exclusive = options.exclusive,
                                            .auto_settle = options.auto_settle,
                                            .prefetch = options.prefetch,
                                            .timeout = options.timeout});
}

void Session::Impl::CancelConsumer(ConsumerNumber consumer) {
  if (!TakesCommands()) return;
  BookedConsumer* booked = consumers_.Find(consumer);
  if (booked == nullptr || consumer.IsNone() || booked->cancelled) return;
  if (booked->cancel != SessionNumber()) return;  // Said already.
  booked->cancel = Say(queue::CancelConsumer{.stamp = {}, .consumer = consumer});
}

void Session::Impl::GrantCredit(ConsumerNumber consumer, uint32_t credit, bool drain) {
  if (!TakesCommands()) return;
  BookedConsumer* booked = consumers_.Find(consumer);
  if (booked == nullptr || consumer.IsNone() || booked->prefetch > 0) return;
  booked->credit_left += credit;
  UnresolvedCommand command;
  command.consumer = consumer;
  command.credit = credit;
  const SessionNumber number =
      Say(queue::GrantCredit{.stamp = {}, .consumer = consumer, .credit = credit, .drain = drain},
          std::move(command));
  if (drain) booked->drain = number;
}

GetId Session::Impl::Get(bool auto_settle) {
  if (!TakesCommands()) return GetId();
  SealBatch();  // What was published before may be what is got.
  last_get_ = last_get_ + 1;
  PendingGet get;
  get.id = last_get_;
  get.auto_settle = auto_settle;
  get.number = Say(queue::Get{.stamp = {}, .auto_settle = auto_settle});
  gets_.push_back(get);
  return last_get_;
}

void Session::Impl::Settle(const queue::Settlement& wanted) {
  if (!TakesCommands()) return;
  consumers_.Settle(wanted, settles_);
  if (settles_.size() >= config_.settlements_max) SealSettles();
}

void Session::Impl::SealSettles() {
  for (size_t at = 0; at < settles_.size();) {
    const size_t end = std::min(settles_.size(), at + config_.settlements_max);
    UnresolvedCommand command;
    command.settled.assign(settles_.begin() + static_cast<ptrdiff_t>(at),
                           settles_.begin() + static_cast<ptrdiff_t>(end));
    queue::Settle settle;
    settle.settlements = command.settled;
    Say(std::move(settle), std::move(command));
    at = end;
  }
  settles_.clear();
}

void Session::Impl::Close() {
  if (!TakesCommands()) return;
  closing_ = true;
}

// ---- Sending ------------------------------------------------------------------------------------

void Session::Impl::Flush() {
  if (state_ == State::kEnded) return;
  const bool is_full = batch_bytes_ >= config_.batch_bytes_max;
  if (commands_.open_publishes() == 0 || is_full) SealBatch();
  if (commands_.open_settles() == 0) SealSettles();
  if (closing_) {
    SealBatch();
    SealSettles();
  }
  Send();
  if (closing_ && commands_.empty() && gets_.empty() && state_ == State::kAttached && !detaching_) {
    SendDetach();
  }
  if (!IsOwed()) {
    owed_until_.reset();
  } else if (!owed_until_) {
    // A leader with much to do is not helped by being given all of it once more.
    owed_until_ = host_->Now() + config_.patience * (1 << std::min(silences_, kSilenceDoublings));
  }
}

bool Session::Impl::IsOwed() const {
  if (state_ != State::kAttached) return false;
  if (detaching_ || !gets_.empty()) return true;
  return next_send_ > commands_.first() && !commands_.empty();
}

void Session::Impl::Send() {
  if (state_ != State::kAttached) return;
  if (hold_until_) {
    if (host_->Now() < *hold_until_) return;
    hold_until_.reset();
  }
  for (; next_send_ < commands_.next(); next_send_ = next_send_ + 1) {
    if (!commands_.IsNeeded(next_send_)) continue;
    SendOne(next_send_, *commands_.Find(next_send_));
  }
}

void Session::Impl::SendOne(SessionNumber number, UnresolvedCommand& command) {
  if (command.epoch != epoch_) {
    command.payload = Restamp(
        command.payload.bytes,
        {.session = id_, .epoch = epoch_, .number = number, .answered = commands_.first() - 1});
    command.epoch = epoch_;
  }
  has_sent_ = true;
  host_->Send(target_, group_,
              SessionCommand{.session = id_,
                             .epoch = epoch_,
                             .number = number,
                             .again = number <= attached_at_,
                             .shard = host_->shard(),
                             .payload = command.payload});
}

void Session::Impl::SendDetach() {
  detaching_ = true;
  host_->Send(target_, group_,
              SessionCommand{
                  .session = id_,
                  .epoch = epoch_,
                  .number = {},
                  .again = false,
                  .shard = host_->shard(),
                  .payload = PackCommand(queue::DetachSession{.session = id_, .epoch = epoch_})});
}

// ---- What others see ----------------------------------------------------------------------------

// NOLINTNEXTLINE(readability-function-size): the same.
Session::Session(const SessionConfig& config, SessionId id, GroupId group,
                 std::vector<NodeId> members, SessionHost* host, SessionListener* listener)
    : impl_(std::make_unique<Impl>(config, id, group, std::move(members), host, listener)) {
  impl_->Start();
}
Session::~Session() = default;

SessionId Session::id() const { return impl_->id(); }
GroupId Session::group() const { return impl_->group(); }
bool Session::IsEnded() const { return impl_->IsEnded(); }
NodeId Session::leader() const { return impl_->leader(); }

void Session::SetMembers(std::vector<NodeId> members) {
  impl_->SetMembers(std::move(members));
  impl_->Tell();
}
bool Session::CanPublish() const { return impl_->CanPublish(); }
PublishId Session::Publish(queue::NewMessage&& message, base::BytesChain&& content) {
  return impl_->Publish(std::move(message), std::move(content));
}
void Session::AttachConsumer(ConsumerNumber consumer, const ConsumerOptions& options) {
  impl_->AttachConsumer(consumer, options);
}
void Session::CancelConsumer(ConsumerNumber consumer) { impl_->CancelConsumer(consumer); }
void Session::GrantCredit(ConsumerNumber consumer, uint32_t credit, bool drain) {
  impl_->GrantCredit(consumer, credit, drain);
}
GetId Session::Get(bool auto_settle) { return impl_->Get(auto_settle); }
void Session::Settle(ConsumerNumber consumer, queue::Verdict verdict, queue::KeyRange keys,
                     queue::Time not_before) {
  impl_->Settle({.consumer = consumer, .verdict = verdict, .keys = keys, .not_before = not_before});
}
void Session::Close() { impl_->Close(); }

void Session::OnMessage(NodeId from, SessionMessage&& message) {
  impl_->OnMessage(from, std::move(message));
  impl_->Tell();
}
void Session::OnNode(NodeId node, NodeNews news) {
  impl_->OnNode(node, news);
  impl_->Tell();
}
void Session::Flush() {
  impl_->Flush();
  impl_->Tell();
}
void Session::Advance() {
  impl_->Advance();
  impl_->Tell();
}
std::optional<base::MonotonicTime> Session::NextDeadline() const { return impl_->NextDeadline(); }

}  // namespace warren::replication
