#include "replication/session/testing/session_world.h"

#include "absl/strings/str_cat.h"

#include "replication/session/testing/session_world_parts.h"

namespace warren::replication {

SessionWorld::SessionWorld(const WorldConfig& config) : config_(config), rng_(config.seed) {
  queue::QueueConfig queue_config;
  queue_config.consumer_timeout.reset();
  queue_config.delivery_limit.reset();
  queue_config.consumer_disconnected_timeout = 3 * queue::kSecond;
  if (Chance(300)) {
    queue_config.overflow = queue::Overflow::kRejectPublish;
    queue_config.max_length = 20;
  }
  const std::string state = QueueReplica::InitialState(queue_config);
  for (uint64_t i = 1; i <= 5; ++i) ids_.emplace(NodeId(i), SessionIds(NodeId(i), Incarnation(1)));
  for (uint64_t i = 1; i <= 3; ++i) {
    members_[NodeId(i)] = std::make_unique<Member>(this, NodeId(i));
    if (!members_[NodeId(i)]->replica->Restore(state).ok()) model_.Violate("no first state");
  }
  ChangeLeader();
  for (uint32_t i = 0; i < config.sessions; ++i) Open(NodeId(1 + rng_.Below(5)));
}

SessionWorld::~SessionWorld() = default;

SessionWorld::User& SessionWorld::Open(NodeId node) {
  users_.push_back(
      std::make_unique<User>(this, node, static_cast<SessionModel::User>(users_.size())));
  return *users_.back();
}

// ---- The network --------------------------------------------------------------------------------

void SessionWorld::Send(Packet packet) {
  links_[{packet.from, packet.to}].push_back(std::move(packet));
}

void SessionWorld::Receive(Packet packet) {
  if (packet.shard == 0) {
    Member& member = *members_.at(packet.to);
    const NodeId leader = calm_ || Chance(700) ? leader_ : NodeId();
    member.replica->OnMessage(packet.from, leader, std::move(packet.message));
    member.replica->Flush();
    return;
  }
  Session& session = *users_.at(packet.shard - 1u)->session;
  session.OnMessage(packet.from, std::move(packet.message));
  session.Flush();
}

void SessionWorld::Deliver() {
  if (!late_.empty() && Chance(100)) {
    Packet packet = std::move(late_.front());
    late_.erase(late_.begin());
    Receive(std::move(packet));
    return;
  }
  if (!news_.empty() && Chance(200)) {
    const News news = news_.front();
    news_.pop_front();
    for (size_t i = 0; i < users_.size(); ++i) {
      if (users_[i]->node() != news.at) continue;
      users_[i]->session->OnNode(news.of, news.news);
      users_[i]->session->Flush();
    }
    return;
  }
  std::vector<std::deque<Packet>*> busy;
  for (auto& [link, packets] : links_) {
    if (!packets.empty()) busy.push_back(&packets);
  }
  for (auto& [node, member] : members_) {
    if (member->reads.empty() || !Chance(300)) continue;
    member->AnswerRead();
    member->replica->Flush();
  }
  if (busy.empty()) return;
  std::deque<Packet>& link = *busy[rng_.Below(busy.size())];
  for (uint64_t left = 1 + rng_.Below(6); left > 0 && !link.empty(); --left) {
    Packet packet = std::move(link.front());
    link.pop_front();
    Receive(std::move(packet));
  }
}

void SessionWorld::BreakLink() {
  const NodeId from(1 + rng_.Below(5));
  const NodeId to = Chance(500) ? leader_ : NodeId(1 + rng_.Below(5));
  if (from == to) return;
  std::deque<Packet>& link = links_[{from, to}];
  const size_t whole = link.empty() ? 0 : rng_.Below(link.size() + 1);
  for (size_t i = whole; i < link.size(); ++i) {
    if (Chance(700)) late_.push_back(std::move(link[i]));
  }
  link.resize(whole);
  news_.push_back({.at = from, .of = to});
  news_.push_back({.at = to, .of = from});
}

void SessionWorld::Tell(NodeId of, NodeNews news) {
  for (auto& [node, member] : members_) {
    member->replica->OnNode(of, news, Incarnation(1));
    member->replica->Flush();
  }
  for (uint64_t i = 1; i <= 5; ++i) {
    if (NodeId(i) != of) news_.push_back({.at = NodeId(i), .of = of, .news = news});
  }
}

void SessionWorld::Suspect() {
  const NodeId node(1 + rng_.Below(5));
  if (!suspected_.insert(node).second) {
    Trust(node);
    return;
  }
  Tell(node, NodeNews::kSuspected);
}

void SessionWorld::Trust(NodeId node) {
  suspected_.erase(node);
  Tell(node, NodeNews::kTrusted);
}

// ---- The log ------------------------------------------------------------------------------------

void SessionWorld::Catch(Member& member) {
  while (member.applied < committed_) {
    member.replica->Apply(log_[member.applied]);
    ++member.applied;
  }
  member.replica->Flush();
}

void SessionWorld::Commit() {
  if (committed_ < log_.size()) committed_ += 1 + rng_.Below(log_.size() - committed_);
  Member& member = *members_.at(leader_);
  if (!member.IsDeposed()) Catch(member);
}

void SessionWorld::StopLeading(Member& member) {
  if (!member.leading) return;
  member.leading = false;
  member.replica->StopLeading(Chance(700) ? leader_ : NodeId());
  member.replica->Flush();
}

void SessionWorld::ChangeLeader() {
  const NodeId before = leader_;
  if (!before.IsNone()) members_.at(before)->Depose();
  leader_ = NodeId(1 + rng_.Below(3));
  term_ = term_ + 1;
  log_.resize(committed_ + rng_.Below(log_.size() - committed_ + 1));
  committed_ = log_.size();
  if (!before.IsNone() && before != leader_ && Chance(700)) StopLeading(*members_.at(before));
  Member& member = *members_.at(leader_);
  StopLeading(member);
  Catch(member);
  member.term = term_;
  member.leading = true;
  member.replica->StartLeading(term_);
  for (uint64_t i = 1; i <= 5; ++i) {
    const bool suspected = suspected_.contains(NodeId(i));
    member.replica->OnNode(NodeId(i), suspected ? NodeNews::kSuspected : NodeNews::kTrusted,
                           Incarnation(1));
  }
  member.replica->Flush();
}

void SessionWorld::RestartReplica(Member& member) {
  if (member.leading) return;
  const StateMachine::Image image = member.replica->TakeImage();
  member.reads.clear();
  member.Make();
  if (!member.replica->Restore(image.state).ok()) model_.Violate("a state that is not restored");
}

// ---- Time ---------------------------------------------------------------------------------------

void SessionWorld::Pass(uint64_t microseconds) {
  now_ += microseconds;
  for (size_t i = 0; i < users_.size(); ++i) {
    Session& session = *users_[i]->session;
    const std::optional<base::MonotonicTime> deadline = session.NextDeadline();
    if (deadline && *deadline <= users_[i]->Now()) session.Advance();
    session.Flush();
  }
  for (auto& [node, member] : members_) {
    const std::optional<raft::LogTime> deadline = member->replica->NextDeadline();
    if (deadline && deadline->value() <= now_) member->replica->OnDeadline();
    member->replica->Flush();
  }
}

void SessionWorld::Step() {
  const uint64_t what = rng_.Below(1000);
  if (what < 250) {
    const size_t at = rng_.Below(users_.size());
    users_[at]->Act(rng_.Below(100), rng_.Next());
    users_[at]->session->Flush();
    if (users_[at]->session->IsEnded() && users_.size() < 12) Open(NodeId(1 + rng_.Below(5)));
  } else if (what < 650) {
    Deliver();
  } else if (what < 850) {
    Commit();
  } else if (what < 910) {
    Pass(rng_.Below(100'000));
  } else if (what < 930) {
    auto at = std::next(members_.begin(), static_cast<ptrdiff_t>(rng_.Below(3)));
    if (!at->second->leading) Catch(*at->second);
    if (Chance(200)) RestartReplica(*at->second);
  } else if (what < 945) {
    ChangeLeader();
  } else if (what < 960) {
    for (auto& [node, member] : members_) {
      if (member->leading && member->IsDeposed()) StopLeading(*member);
    }
  } else if (what < 985) {
    BreakLink();
  } else if (what < 995) {
    Suspect();
  } else {
    Pass(rng_.Below(4'000'000));
  }
}

// ---- The end ------------------------------------------------------------------------------------

void SessionWorld::Heal() {
  calm_ = true;
  for (const NodeId node : std::set<NodeId>(suspected_)) Trust(node);
  for (auto& [node, member] : members_) {
    if (member->IsDeposed()) StopLeading(*member);
  }
}

bool SessionWorld::RunUntil(const std::function<bool()>& done) {
  for (int i = 0; i < 20'000 && model_.violation().empty(); ++i) {
    if (done()) return true;
    Deliver();
    if (i % 3 == 0) Commit();
    if (i % 20 == 0) Pass(50'000);
  }
  return false;
}

void SessionWorld::Finish() {
  const auto fail = [this](const char* what) {
    std::string states;
    for (const auto& user : users_) {
      absl::StrAppend(&states, " ", user->number(), user->session->IsEnded() ? ":ended" : ":open",
                      user->session->leader().IsNone() ? "" : "+");
    }
    model_.Violate(absl::StrCat(what, states));
  };
  const auto at_rest = [this] {
    return std::all_of(users_.begin(), users_.end(),
                       [](const auto& user) { return user->IsAtRest(); });
  };
  if (!RunUntil(at_rest)) return fail("something is never resolved:");
  const auto all_settled = [this] {
    const queue::Counts counts = members_.at(leader_)->replica->machine().GetCounts();
    for (const auto& user : users_) {
      user->SettleAll();
      user->session->Flush();
    }
    return counts.ready + counts.leased + counts.retrying == 0;
  };
  User& last = Open(leader_);
  last.Attach(50);
  if (!RunUntil(all_settled)) return fail("a message is never settled:");
  for (const auto& user : users_) {
    user->Close();
    user->session->Flush();
  }
  const auto all_ended = [this] {
    return std::all_of(users_.begin(), users_.end(),
                       [](const auto& user) { return user->session->IsEnded(); });
  };
  if (!RunUntil(all_ended)) return fail("a session does not end:");
  model_.CheckEnd();
  CompareReplicas();
}

void SessionWorld::CompareReplicas() {
  committed_ = log_.size();
  for (auto& [node, member] : members_) Catch(*member);
  for (auto& [node, member] : members_) {
    if (member->replica->Digest() != members_.begin()->second->replica->Digest()) {
      model_.Violate("replicas differ");
    }
    if (member->replica->stats().entries_not_understood > 0) model_.Violate("not understood");
  }
}

std::string SessionWorld::Run() {
  for (uint32_t i = 0; i < config_.steps && model_.violation().empty(); ++i) Step();
  Heal();
  if (model_.violation().empty()) Finish();
  return model_.violation();
}

}  // namespace warren::replication
