#include "replication/transport/in_process.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "replication/transport/outbox.h"

namespace warren::replication {

// A call to a listener that is still to be made.
struct InProcessHub::Event {
  enum class Kind { kMessages, kStreamLost, kConnected, kDisconnected };
  Kind kind;
  LinkKey stream;           // With the node that the event is about.
  uint64_t generation = 0;  // kMessages: of the opened stream that they came by.
  Incarnation incarnation;  // kConnected
  absl::Status why;         // kDisconnected
};

// One node's streams of one class to one peer, the one after the other.
struct InProcessHub::Link {
  Link(PeerAddress to, StreamClass stream, const TransportConfig& config)
      : peer(std::move(to)),
        outbox({.queued_bytes_max = config.QueuedBytesMax(stream),
                .frame_bytes_max = config.frame_bytes_max,
                .message_bytes_max = config.message_bytes_max}) {
    stats.peer = peer.node;
    stats.stream = stream;
  }

  PeerAddress peer;
  Outbox outbox;
  Endpoint* opened_to = nullptr;  // Null: the stream is not open.
  uint64_t generation = 0;        // Tells the opened stream from those before it, of any link.
  bool announced = false;         // The receiver has a kMessages event for what is in the outbox.
  std::optional<absl::StatusCode> failure;  // How the last try failed, and the listener was told.
  StreamStats stats;
};

class InProcessHub::Endpoint final : public Transport {
 public:
  Endpoint(InProcessHub* hub, NodeIdentity self, std::string address, TransportListener* listener,
           const TransportConfig& config)
      : hub_(hub),
        self_(std::move(self)),
        address_(std::move(address)),
        listener_(listener),
        config_(config) {}
  ~Endpoint() override { Stop(); }

  void SetPeers(std::vector<PeerAddress> peers) override;
  bool Send(NodeId to, StreamClass stream, base::BytesChain message) override;
  size_t QueuedBytes(NodeId to, StreamClass stream) const override;
  std::vector<StreamStats> GetStats() const override;
  void Stop() override;

  void Start() {
    if (hub_->delivery_ == Delivery::kThreads) thread_ = std::thread([this] { Deliver(); });
  }

 private:
  friend class InProcessHub;

  void Deliver();
  void Call(const Event& event, const std::vector<base::Bytes>& messages);
  void Post(Event event) {
    inbox_.push_back(std::move(event));
    changed_.notify_all();
  }

  InProcessHub* const hub_;
  const NodeIdentity self_;
  const std::string address_;
  TransportListener* const listener_;
  const TransportConfig config_;
  std::thread thread_;

  // Guarded by the hub's mutex.
  std::vector<PeerAddress> peers_;
  std::map<LinkKey, Link> links_;
  std::map<LinkKey, StreamStats> received_;  // The counts of what came, alone.
  std::deque<Event> inbox_;
  std::condition_variable changed_;  // inbox_, calling_ or stopped_.
  bool calling_ = false;             // The listener is being called.
  bool stopped_ = false;
};

// ---- Endpoint ---------------------------------------------------------------------------------

void InProcessHub::Endpoint::SetPeers(std::vector<PeerAddress> peers) {
  const std::lock_guard lock(hub_->mutex_);
  if (stopped_) return;
  std::erase_if(peers, [this](const PeerAddress& peer) { return peer.node == self_.node; });
  peers_ = std::move(peers);
  for (auto it = links_.begin(); it != links_.end();) {
    const bool stays = std::find(peers_.begin(), peers_.end(), it->second.peer) != peers_.end();
    if (!stays && it->second.opened_to != nullptr) hub_->Break(this, &it->second);
    it = stays ? std::next(it) : links_.erase(it);
  }
  for (const PeerAddress& peer : peers_) {
    for (const StreamClass stream : kAllStreamClasses) {
      links_.try_emplace({peer.node, stream}, peer, stream, config_);
    }
  }
  hub_->ReviewAll();
}

bool InProcessHub::Endpoint::Send(NodeId to, StreamClass stream, base::BytesChain message) {
  const std::lock_guard lock(hub_->mutex_);
  const auto it = links_.find({to, stream});
  if (it == links_.end()) return false;
  Link& link = it->second;
  if (link.opened_to == nullptr || !link.outbox.Push(std::move(message))) {
    ++link.stats.dropped;
    return false;
  }
  hub_->Announce(this, &link);
  return true;
}

size_t InProcessHub::Endpoint::QueuedBytes(NodeId to, StreamClass stream) const {
  const std::lock_guard lock(hub_->mutex_);
  const auto it = links_.find({to, stream});
  return it == links_.end() ? 0 : it->second.outbox.queued_bytes();
}

std::vector<StreamStats> InProcessHub::Endpoint::GetStats() const {
  const std::lock_guard lock(hub_->mutex_);
  std::vector<StreamStats> all;
  for (const auto& [key, link] : links_) {
    StreamStats stats = link.stats;
    stats.connected = link.opened_to != nullptr;
    stats.queued_bytes = link.outbox.queued_bytes();
    if (const auto it = received_.find(key); it != received_.end()) {
      stats.messages_received = it->second.messages_received;
      stats.bytes_received = it->second.bytes_received;
    }
    all.push_back(stats);
  }
  return all;
}

void InProcessHub::Endpoint::Stop() {
  {
    std::unique_lock lock(hub_->mutex_);
    if (!stopped_) {
      stopped_ = true;
      for (auto& [key, link] : links_) {
        if (link.opened_to != nullptr) hub_->Break(this, &link);
      }
      links_.clear();
      peers_.clear();
      inbox_.clear();
      hub_->endpoints_.erase(self_.node);
      hub_->ReviewAll();
      changed_.notify_all();
    }
    changed_.wait(lock, [this] { return !calling_; });
  }
  if (thread_.joinable()) thread_.join();
}

void InProcessHub::Endpoint::Deliver() {
  std::unique_lock lock(hub_->mutex_);
  while (!stopped_) {
    if (!hub_->DeliverNext(this, &lock)) {
      changed_.wait(lock, [this] { return stopped_ || !inbox_.empty(); });
    }
  }
}

void InProcessHub::Endpoint::Call(const Event& event, const std::vector<base::Bytes>& messages) {
  const auto [peer, stream] = event.stream;
  switch (event.kind) {
    case Event::Kind::kMessages:
      listener_->OnMessages(peer, stream, messages);
      break;
    case Event::Kind::kStreamLost:
      listener_->OnStreamLost(peer, stream);
      break;
    case Event::Kind::kConnected:
      listener_->OnConnected(peer, stream, event.incarnation);
      break;
    case Event::Kind::kDisconnected:
      listener_->OnDisconnected(peer, stream, event.why);
      break;
  }
}

// ---- Hub --------------------------------------------------------------------------------------

InProcessHub::~InProcessHub() { WARREN_CHECK(endpoints_.empty()); }

std::unique_ptr<Transport> InProcessHub::Join(NodeIdentity self, std::string address,
                                              TransportListener* listener,
                                              const TransportConfig& config) {
  WARREN_CHECK(config.Faults().empty());
  auto endpoint =
      std::make_unique<Endpoint>(this, std::move(self), std::move(address), listener, config);
  {
    const std::lock_guard lock(mutex_);
    WARREN_CHECK(EndpointAt(endpoint->address_) == nullptr);
    const bool is_new = endpoints_.emplace(endpoint->self_.node, endpoint.get()).second;
    WARREN_CHECK(is_new);
    ReviewAll();
  }
  endpoint->Start();
  return endpoint;
}

void InProcessHub::Cut(NodeId from, NodeId to) {
  const std::lock_guard lock(mutex_);
  cut_.insert({from, to});
  ReviewAll();
}

void InProcessHub::Stall(NodeId from, NodeId to) {
  const std::lock_guard lock(mutex_);
  stalled_.insert({from, to});
}

void InProcessHub::Heal(NodeId from, NodeId to) {
  const std::lock_guard lock(mutex_);
  cut_.erase({from, to});
  stalled_.erase({from, to});
  ReviewAll();
}

bool InProcessHub::Pump(NodeId node) {
  WARREN_CHECK(delivery_ == Delivery::kByHand);
  std::unique_lock lock(mutex_);
  const auto it = endpoints_.find(node);
  return it != endpoints_.end() && DeliverNext(it->second, &lock);
}

void InProcessHub::PumpAll() {
  for (bool called = true; called;) {
    called = false;
    std::vector<NodeId> nodes;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [node, endpoint] : endpoints_) nodes.push_back(node);
    }
    for (const NodeId node : nodes) {
      while (Pump(node)) called = true;
    }
  }
}

InProcessHub::Endpoint* InProcessHub::EndpointAt(const std::string& address) const {
  for (const auto& [node, endpoint] : endpoints_) {
    if (endpoint->address_ == address) return endpoint;
  }
  return nullptr;
}

absl::Status InProcessHub::TryToOpen(const Endpoint& from, const Link& link, Endpoint* to) const {
  if (to == nullptr) {
    return absl::UnavailableError(absl::StrCat("nobody listens at ", link.peer.address));
  }
  const Direction direction{from.self_.node, to->self_.node};
  if (cut_.contains(direction)) {
    return absl::UnavailableError(absl::StrCat("no way to ", link.peer.address));
  }
  const bool is_open = link.opened_to == to;
  if (!is_open && stalled_.contains(direction)) {
    return absl::UnavailableError(absl::StrCat("no answer from ", link.peer.address));
  }
  const Hello hello{.from = from.self_, .to = link.peer.node, .stream = link.stats.stream};
  const auto theirs = JudgeHello(to->self_, to->peers_, hello, std::nullopt);
  if (theirs.has_value()) return ToStatus(*theirs);
  const HelloReply reply{.from = to->self_, .refusal = std::nullopt};
  const auto ours = JudgeReply(from.self_, link.peer, reply, std::nullopt);
  return ours.has_value() ? ToStatus(*ours) : absl::OkStatus();
}

void InProcessHub::ReviewAll() {
  for (const auto& [node, endpoint] : endpoints_) {
    for (auto& [key, link] : endpoint->links_) Review(endpoint, &link);
  }
  for (const auto& [node, endpoint] : endpoints_) {
    for (auto& [key, link] : endpoint->links_) Announce(endpoint, &link);
  }
}

// Brings a stream to where it can be now: open, or not. A stream that broke is tried again at once.
void InProcessHub::Review(Endpoint* from, Link* link) {
  Endpoint* to = EndpointAt(link->peer.address);
  const LinkKey stream{link->peer.node, link->stats.stream};
  const absl::Status status = TryToOpen(*from, *link, to);
  if (link->opened_to != nullptr) {
    if (status.ok() && link->opened_to == to) return;
    Break(from, link);
    from->Post(
        {.kind = Event::Kind::kDisconnected,
         .stream = stream,
         .incarnation = {},
         .why = absl::AbortedError(absl::StrCat("the stream to ", link->peer.name, " broke"))});
  }
  if (status.ok()) {
    link->opened_to = to;
    link->generation = ++generations_;
    link->failure.reset();
    from->Post({.kind = Event::Kind::kConnected,
                .stream = stream,
                .incarnation = to->self_.incarnation,
                .why = {}});
  } else if (link->failure != status.code()) {
    link->failure = status.code();
    from->Post(
        {.kind = Event::Kind::kDisconnected, .stream = stream, .incarnation = {}, .why = status});
  }
}

// Ends an open stream; what is on its way is lost. The receiver is told, if it is still there.
void InProcessHub::Break(Endpoint* from, Link* link) {
  Endpoint* to = std::exchange(link->opened_to, nullptr);
  link->outbox.Clear();
  link->announced = false;
  if (to->stopped_) return;
  to->Post({.kind = Event::Kind::kStreamLost,
            .stream = {from->self_.node, link->stats.stream},
            .incarnation = {},
            .why = {}});
}

// Sees to it that the receiver knows of what waits for it.
void InProcessHub::Announce(Endpoint* from, Link* link) {
  if (link->opened_to == nullptr || link->announced || link->outbox.empty()) return;
  if (stalled_.contains({from->self_.node, link->peer.node})) return;
  link->announced = true;
  link->opened_to->Post({.kind = Event::Kind::kMessages,
                         .stream = {from->self_.node, link->stats.stream},
                         .generation = link->generation,
                         .incarnation = {},
                         .why = {}});
}

bool InProcessHub::DeliverNext(Endpoint* to, std::unique_lock<std::mutex>* lock) {
  WARREN_CHECK(!to->calling_);  // Two would not keep the order.
  while (!to->inbox_.empty()) {
    const Event event = std::move(to->inbox_.front());
    to->inbox_.pop_front();
    std::vector<base::Bytes> messages;
    if (event.kind == Event::Kind::kMessages) {
      TakeMessages(event, to, &messages);
      if (messages.empty()) continue;  // The stream broke, or stalled.
    }
    to->calling_ = true;
    lock->unlock();
    to->Call(event, messages);
    messages.clear();
    lock->lock();
    to->calling_ = false;
    to->changed_.notify_all();
    return true;
  }
  return false;
}

// One frame's worth of what the stream of `event` has for `to`.
void InProcessHub::TakeMessages(const Event& event, Endpoint* to,
                                std::vector<base::Bytes>* messages) {
  const auto [sender, stream] = event.stream;
  const auto from = endpoints_.find(sender);
  if (from == endpoints_.end()) return;
  const auto it = from->second->links_.find({to->self_.node, stream});
  if (it == from->second->links_.end()) return;
  Link& link = it->second;
  if (link.generation != event.generation || link.opened_to != to) return;
  link.announced = false;
  if (stalled_.contains({sender, to->self_.node})) return;
  std::vector<base::BytesChain> frame;
  link.outbox.TakeFrame(&frame);
  StreamStats& received = to->received_[event.stream];
  ++link.stats.frames_sent;
  for (const base::BytesChain& message : frame) {
    link.stats.bytes_sent += message.size();
    received.bytes_received += message.size();
    messages->push_back(message.Flatten());
  }
  link.stats.messages_sent += frame.size();
  received.messages_received += frame.size();
  Announce(from->second, &link);
}

}  // namespace warren::replication
