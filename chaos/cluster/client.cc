#include "chaos/cluster/client.h"

#include <utility>

#include "chaos/cluster/world.h"
#include "chaos/sim/draw.h"
#include "fmt/format.h"

namespace warren::cluster_sim {

using replication::DeliveredMessage;
using replication::PublishOutcome;

Client::Client(uint64_t number, const ClientPlan& plan, Node* node, ShardNo shard, World* world)
    : number_(number),
      plan_(plan),
      node_(node),
      shard_(shard),
      world_(world),
      timeline_(&world->timeline()),
      rng_(timeline_->MakeRng(RngUse::kClient, number)) {
  ++timeline_->stats().sessions;
  node_->Do(shard_, [this](replication::Shard& owner) { Begin(owner); });
}

MessageBook& Client::book() { return world_->book(plan_.group); }

std::string Client::Describe() const {
  return fmt::format("client {} of group {} on n{}", number_, plan_.group.value(),
                     node_->id().value());
}

void Client::Begin(replication::Shard& shard) {
  if (over_) return;
  if (closing_) {
    over_ = true;
    return;
  }
  session_ = shard.OpenSession(world_->setup().session, plan_.group,
                               world_->MembersOf(world_->groups().at(plan_.group)), this);
  timeline_->Trace(
      [&] { return fmt::format("{} opens {:x}", Describe(), session_->id().value()); });
  Act();
}

void Client::ActLater() {
  node_->In(sim::DrawAround(rng_, world_->setup().workload.act_every), 200, [this] {
    if (over_) return;
    node_->Do(shard_, [this](replication::Shard&) { Act(); });
  });
}

void Client::Act() {
  if (over_ || session_ == nullptr || closing_) return;
  if (plan_.publishes) Publish();
  if (over_ || session_ == nullptr) return;
  if (plan_.consumes) Consume();
  if (plan_.gets && gets_.size() < 3 && rng_.OneIn(4)) {
    const replication::GetId id = session_->Get(plan_.settles_by_itself);
    if (id != replication::GetId()) gets_.insert(id);
  }
  ActLater();
}

// ---- Publishing

void Client::Publish() {
  const WorkloadSetup& setup = world_->setup().workload;
  if (book().open() > setup.backlog_max) return;
  if (world_->workload().IsCalm() && !rng_.OneIn(20)) return;
  const uint64_t count = rng_.Between(0, setup.batch_max);
  for (uint64_t i = 0; i < count && has_room_; ++i) {
    const MessageName name{.producer = number_, .sequence = sequence_ + 1};
    queue::NewMessage message;
    base::BytesChain content = book().MakeContent(name, rng_.Below(setup.content_max));
    message.size = static_cast<uint32_t>(content.size());
    message.persistent = true;
    const auto max_priority = world_->groups().at(plan_.group).plan.queue.max_priority;
    if (max_priority.has_value()) {
      message.priority = static_cast<queue::Priority>(rng_.Below(*max_priority + 1));
    }
    const replication::PublishId id = session_->Publish(std::move(message), std::move(content));
    if (id == replication::PublishId()) {
      has_room_ = false;
      return;
    }
    ++sequence_;
    ++timeline_->stats().published;
    book().OnPublish(name);
    unresolved_.emplace(id, name);
  }
}

void Client::OnPublished(std::span<const PublishOutcome> outcomes) {
  for (const PublishOutcome& outcome : outcomes) {
    for (replication::PublishId id = outcome.first; id <= outcome.last; id = id + 1) {
      const auto found = unresolved_.find(id);
      if (found == unresolved_.end()) {
        timeline_->Violated("OneOutcome", fmt::format("{}: publish {} has an outcome, and is not "
                                                      "waiting for one",
                                                      Describe(), id.value()));
        return;
      }
      timeline_->Mix(id.value() << 8 | static_cast<uint64_t>(outcome.kind));
      book().OnOutcome(found->second, outcome.kind);
      unresolved_.erase(found);
    }
  }
}

// ---- Consuming

void Client::Consume() {
  if (consumer_ == ConsumerNumber()) {
    consumer_ = ConsumerNumber(++last_consumer_);
    credit_ = 0;
    session_->AttachConsumer(consumer_, {.priority = static_cast<int32_t>(rng_.Below(3)),
                                         .exclusive = false,
                                         .auto_settle = plan_.settles_by_itself,
                                         .prefetch = plan_.prefetch,
                                         .timeout = std::nullopt});
  } else if (!plan_.drains && rng_.OneIn(150)) {
    session_->CancelConsumer(consumer_);
    consumer_ = ConsumerNumber();
    return;
  }
  if (plan_.prefetch == 0 && credit_ < 20) {
    const auto more = static_cast<uint32_t>(rng_.Between(1, 30));
    session_->GrantCredit(consumer_, more, /*drain=*/rng_.OneIn(10));
    credit_ += more;
  }
}

void Client::OnDelivered(ConsumerNumber consumer, std::span<const DeliveredMessage> messages) {
  for (const DeliveredMessage& message : messages) {
    credit_ -= credit_ > 0 ? 1 : 0;
    Take(consumer, message);
  }
}

void Client::Take(ConsumerNumber consumer, const DeliveredMessage& message) {
  const ConsumerId id{.session = session_->id(), .number = consumer};
  timeline_->Mix(message.key.value());
  if (!book().OnDelivered(id, message).has_value()) return;
  if (plan_.settles_by_itself) return;
  if (!held_[consumer].emplace(message.key, message.acquired).second) {
    timeline_->Violated("DeliveredOnce",
                        fmt::format("{}, session {:x}: key {} is delivered, and is held already",
                                    Describe(), id.session.value(), message.key.value()));
    return;
  }
  const Duration think =
      plan_.drains ? Duration(100)
                   : sim::DrawBetween(rng_, Duration(10), world_->setup().workload.think_max);
  node_->In(think, 201, [this, consumer, key = message.key] {
    if (over_) return;
    node_->Do(shard_, [this, consumer, key](replication::Shard&) { Answer(consumer, key); });
  });
}

void Client::Answer(ConsumerNumber consumer, OrderKey key) {
  if (over_ || session_ == nullptr || closing_ || held_[consumer].erase(key) == 0) return;
  const uint64_t draw = plan_.drains ? 99 : rng_.Below(100);
  const queue::Verdict verdict = draw < 6    ? queue::Verdict::kReturn
                                 : draw < 9  ? queue::Verdict::kFail
                                 : draw < 12 ? queue::Verdict::kDeadLetter
                                             : queue::Verdict::kSettle;
  const bool for_good =
      verdict == queue::Verdict::kSettle || verdict == queue::Verdict::kDeadLetter;
  if (for_good) book().OnSettleAsked(session_->id(), key);
  session_->Settle(consumer, verdict, {.first = key, .last = key});
}

void Client::OnConsumer(ConsumerNumber consumer, queue::ConsumerEventKind kind) {
  const bool ends = kind == queue::ConsumerEventKind::kRefusedExclusive ||
                    kind == queue::ConsumerEventKind::kRefusedInUse ||
                    kind == queue::ConsumerEventKind::kTimedOut;
  if (kind == queue::ConsumerEventKind::kDrained) credit_ = 0;
  if (ends && consumer == consumer_) consumer_ = ConsumerNumber();
}

void Client::OnLost(ConsumerNumber consumer, queue::KeyRange keys) {
  auto& held = held_[consumer];
  held.erase(held.lower_bound(keys.first), held.upper_bound(keys.last));
}

void Client::OnGet(const replication::GetOutcome& outcome) {
  if (gets_.erase(outcome.id) == 0) {
    timeline_->Violated("OneOutcome", fmt::format("{}: get {} has an outcome, and is not waiting",
                                                  Describe(), outcome.id.value()));
  }
  if (outcome.kind == replication::GetOutcome::Kind::kFound) {
    Take(ConsumerNumber(), outcome.message);
  }
}

// ---- The end

void Client::SetMembers(std::vector<NodeId> members) {
  node_->Do(shard_, [this, members = std::move(members)](replication::Shard&) {
    if (!over_ && session_ != nullptr) session_->SetMembers(members);
  });
}

void Client::Close() {
  if (over_ || std::exchange(closing_, true)) return;
  node_->Do(shard_, [this](replication::Shard&) {
    if (!over_ && session_ != nullptr) session_->Close();
  });
}

void Client::OnEnded(const absl::Status& why) {
  timeline_->Trace([&] { return fmt::format("{} ends: {}", Describe(), why.ToString()); });
  const GroupInfo& info = world_->groups().at(plan_.group);
  if (absl::IsNotFound(why) && !info.is_being_removed) {
    timeline_->Violated("GoneIfRemoved",
                        fmt::format("{}: {}", Describe(), std::string(why.message())));
  }
  if (!unresolved_.empty()) {
    timeline_->Violated("OneOutcome", fmt::format("{} has ended, and {} publishes have no outcome",
                                                  Describe(), unresolved_.size()));
  }
  Forget();
}

void Client::OnProcessEnds() {
  if (over_) return;
  for (const auto& [id, name] : unresolved_) {
    book().OnOutcome(name, PublishOutcome::Kind::kUnknown);
  }
  Forget();
}

void Client::Forget() {
  over_ = true;
  session_ = nullptr;
  unresolved_.clear();
  held_.clear();
  gets_.clear();
}

}  // namespace warren::cluster_sim
