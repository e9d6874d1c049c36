// The inhabitants of a SessionWorld.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "replication/session/testing/session_world.h"

namespace warren::replication {

class SessionWorld::Member final : public GroupHandle {
 public:
  Member(SessionWorld* world, NodeId node) : world_(world), node_(node) { Make(); }

  void Make() {
    QueueReplicaConfig config;
    config.planted_bug = world_->config_.planted_bug;
    config.read_cache_bytes_max = 200;  // A few entries: most are read.
    config.outcome_bytes_max = 100;
    config.unclaimed_patience = absl::Seconds(2);
    replica = std::make_unique<QueueReplica>(config, this, nullptr);
  }

  GroupId group() const override { return GroupId(7); }
  NodeId self() const override { return node_; }
  raft::LogTime Clock() const override { return raft::LogTime(world_->now_); }

  raft::StepResult Propose(std::span<const SealedPayload> payloads) override {
    if (!world_->calm_ && world_->Chance(30)) return {.outcome = raft::Outcome::kBusy, .first = {}};
    std::vector<raft::Entry>& log = IsDeposed() ? own_tail_ : world_->log_;
    const raft::EntryId first{.index = raft::Index(log.size() + 1), .term = term};
    for (const SealedPayload& payload : payloads) {
      log.push_back({.id = {.index = raft::Index(log.size() + 1), .term = term},
                     .time = Clock(),
                     .type = raft::EntryType::kNormal,
                     .payload = payload.bytes});
    }
    return {.outcome = raft::Outcome::kDone, .first = first};
  }
  void Read(uint64_t tag, std::vector<raft::Index> indexes) override {
    reads.emplace_back(tag, std::move(indexes));
  }
  void Send(NodeId to, ShardNo shard, SessionMessage message) override {
    world_->Send({.from = node_, .to = to, .shard = shard, .message = std::move(message)});
  }
  void Removed() override { world_->model_.Violate("removed, and nobody asked for it"); }

  bool IsDeposed() const { return world_->leader_ != node_ || world_->term_ != term; }
  void Depose() { own_tail_ = world_->log_; }

  void AnswerRead() {
    const auto [tag, indexes] = std::move(reads.front());
    reads.pop_front();
    if (!world_->calm_ && world_->Chance(100)) {
      replica->OnRead(tag, absl::UnavailableError("the disk is slow"));
      return;
    }
    std::vector<raft::Entry> entries;
    for (const raft::Index index : indexes) entries.push_back(world_->log_.at(index.value() - 1));
    replica->OnRead(tag, std::move(entries));
  }

  std::unique_ptr<QueueReplica> replica;
  size_t applied = 0;
  bool leading = false;
  raft::Term term;
  std::deque<std::pair<uint64_t, std::vector<raft::Index>>> reads;

 private:
  SessionWorld* const world_;
  const NodeId node_;
  std::vector<raft::Entry> own_tail_;  // A deposed leader's log, which leads nowhere.
};

class SessionWorld::User final : public SessionHost, public SessionListener {
 public:
  User(SessionWorld* world, NodeId node, SessionModel::User number)
      : world_(world), node_(node), number_(number) {
    SessionConfig config;
    config.planted_bug = world->config_.planted_bug;
    config.batch_messages_max = 4;
    config.settlements_max = 3;
    config.unresolved_messages_max = 40;
    session =
        std::make_unique<Session>(config, world->ids_.at(node).Next(), GroupId(7),
                                  std::vector<NodeId>{NodeId(1), NodeId(2), NodeId(3)}, this, this);
  }

  NodeId self() const override { return node_; }
  Incarnation incarnation() const override { return Incarnation(1); }
  ShardNo shard() const override { return static_cast<ShardNo>(number_ + 1); }
  base::MonotonicTime Now() const override {
    return base::MonotonicTime(absl::Microseconds(static_cast<int64_t>(world_->now_)));
  }
  bool Trusts(NodeId node) const override { return !world_->suspected_.contains(node); }
  void Send(NodeId to, GroupId, SessionMessage message) override {
    world_->Send({.from = node_, .to = to, .shard = 0, .message = std::move(message)});
  }

  void OnPublished(std::span<const PublishOutcome> outcomes) override {
    for (const PublishOutcome& outcome : outcomes) world_->model_.Outcome(number_, outcome);
  }
  void OnDelivered(ConsumerNumber consumer, std::span<const DeliveredMessage> messages) override {
    for (const DeliveredMessage& message : messages) {
      world_->model_.Delivered(number_, consumer, message);
    }
  }
  void OnConsumer(ConsumerNumber, queue::ConsumerEventKind kind) override {
    using Kind = queue::ConsumerEventKind;
    if (kind == Kind::kAttached && std::exchange(has_consumer, true)) {
      world_->model_.Violate("attached twice");
    }
    if (kind == Kind::kCancelled) has_consumer = wants_consumer = false;
    if (kind != Kind::kAttached && kind != Kind::kCancelled) {
      world_->model_.Violate(
          absl::StrCat("a consumer's event that cannot be: ", static_cast<int>(kind)));
    }
  }
  void OnLost(ConsumerNumber consumer, queue::KeyRange keys) override {
    world_->model_.Lost(number_, consumer, keys);
  }
  void OnGet(const GetOutcome& outcome) override {
    --gets_open;
    if (outcome.kind == GetOutcome::Kind::kFound) {
      world_->model_.Delivered(number_, ConsumerNumber(), outcome.message);
    }
  }
  void OnRoom() override {
    if (!session->CanPublish()) world_->model_.Violate("room, and there is none");
  }
  void OnEnded(const absl::Status& why) override { world_->model_.Ended(number_, !why.ok()); }

  void Publish() {
    const std::string content = world_->model_.Content(number_, PublishId(published_ + 1));
    queue::NewMessage message;
    message.size = static_cast<uint32_t>(content.size());
    message.persistent = true;
    if (session->Publish(std::move(message), base::BytesChain(base::Bytes::Copy(content))) ==
        PublishId()) {
      return;
    }
    world_->model_.Published(number_, PublishId(++published_));
  }
  void SettleOne(ConsumerNumber consumer, queue::Verdict verdict, uint64_t which) {
    const std::set<OrderKey>& held = world_->model_.HeldBy(number_, consumer);
    if (held.empty() || closed_) return;
    const OrderKey key = *std::next(held.begin(), static_cast<ptrdiff_t>(which % held.size()));
    world_->model_.Settles(number_, consumer, key, verdict);
    session->Settle(consumer, verdict, {.first = key, .last = key});
  }
  void SettleAll() {
    for (uint64_t i = 0; i <= consumers_; ++i) {
      const ConsumerNumber consumer(i);
      while (!closed_ && !world_->model_.HeldBy(number_, consumer).empty()) {
        SettleOne(consumer, queue::Verdict::kSettle, 0);
      }
    }
  }
  void Attach(uint32_t prefetch) {
    if (std::exchange(wants_consumer, true)) return;
    ConsumerOptions options;
    options.prefetch = prefetch;
    session->AttachConsumer(ConsumerNumber(++consumers_), options);
  }
  ConsumerNumber AnyConsumer(uint64_t which) const {
    return ConsumerNumber(consumers_ > 1 && which % 4 == 0 ? consumers_ - 1 : consumers_);
  }
  void Act(uint64_t what, uint64_t which) {
    if (session->IsEnded()) return;
    if (what < 45) {
      for (uint64_t i = 0; i <= which % 6; ++i) Publish();
    } else if (what < 75) {
      SettleOne(AnyConsumer(which), queue::Verdict::kSettle, which);
    } else if (what < 80) {
      SettleOne(AnyConsumer(which),
                which % 2 == 0 ? queue::Verdict::kReturn : queue::Verdict::kFail, which);
    } else if (what < 84) {
      SettleOne(ConsumerNumber(), queue::Verdict::kSettle, which);
    } else if (what < 88) {
      if (session->Get(false) != GetId()) ++gets_open;
    } else if (what < 97) {
      Attach(1 + static_cast<uint32_t>(which % 5));
    } else if (what < 99) {
      if (has_consumer) session->CancelConsumer(ConsumerNumber(consumers_));
    } else {
      Close();
    }
  }
  void Close() {
    closed_ = true;
    session->Close();
  }
  bool IsAtRest() const {
    return session->IsEnded() || (world_->model_.IsResolved(number_) && gets_open == 0);
  }

  NodeId node() const { return node_; }
  SessionModel::User number() const { return number_; }

  std::unique_ptr<Session> session;
  bool wants_consumer = false;
  bool has_consumer = false;
  int gets_open = 0;

 private:
  SessionWorld* const world_;
  const NodeId node_;
  const SessionModel::User number_;
  uint64_t published_ = 0;
  uint64_t consumers_ = 0;
  bool closed_ = false;
};

}  // namespace warren::replication
