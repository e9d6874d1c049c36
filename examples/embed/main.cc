// A small broker on Warren's replication: three processes, and queues that survive the death of any
// one of them. README.md says how to run it; it is told on its standard input:
//
//   declare NAME         makes a queue with a copy on each node
//   publish NAME TEXT    answers when a majority of the nodes has the text on disk
//   get NAME             takes the oldest text that nobody has taken, and settles it
//   delete NAME          deletes the queue with all that is in it, for ever
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/spdlog_sink.h"
#include "replication/node.h"
#include "replication/transport/grpc/over_grpc.h"

namespace embed {

using namespace warren::replication;
using Answer = std::function<void(std::string)>;

// What this process says to one queue, and hears from it. It lives on a shard, an event loop of the
// node: only that thread calls it, so it needs no lock, and must not wait for anything.
class Conversation final : public SessionListener {
 public:
  Conversation(GroupId queue, std::vector<NodeId> nodes) : queue_(queue), nodes_(nodes) {}

  void Publish(Shard& shard, std::string text, Answer answer) {
    warren::queue::NewMessage message;
    message.size = static_cast<uint32_t>(text.size());
    message.persistent = true;
    warren::base::BytesChain content(warren::base::Bytes::Adopt(std::move(text)));
    const PublishId id = SessionOn(shard).Publish(std::move(message), std::move(content));
    if (id == PublishId()) return answer("error: too large, or too much is under way");
    publishes_[id] = std::move(answer);
  }

  void Get(Shard& shard, Answer answer) {
    gets_[SessionOn(shard).Get(/*auto_settle=*/false)] = std::move(answer);
  }

 private:
  // The session finds the queue's leader, and the next one when that dies, and tells it what the
  // last one may not have heard; the queue knows what it hears twice.
  Session& SessionOn(Shard& shard) {
    if (session_ == nullptr) session_ = shard.OpenSession({}, queue_, nodes_, this);
    return *session_;
  }

  void OnPublished(std::span<const PublishOutcome> outcomes) override {
    for (const PublishOutcome& outcome : outcomes) {
      for (PublishId id = outcome.first; id <= outcome.last; id = id + 1) {
        const Answer answer = std::move(publishes_.extract(id).mapped());
        answer(outcome.kind == PublishOutcome::Kind::kConfirmed ? "ok"
               : outcome.kind == PublishOutcome::Kind::kRefused ? "error: the queue refused it"
                                                                : "error: it may be there, or not");
      }
    }
  }

  void OnGet(const GetOutcome& got) override {
    const Answer answer = std::move(gets_.extract(got.id).mapped());
    if (got.kind == GetOutcome::Kind::kEmpty) return answer("empty");
    if (got.kind == GetOutcome::Kind::kUnknown) return answer("error: the answer was lost");
    const OrderKey key = got.message.key;  // Who dies before it settles leaves it to others.
    session_->Settle(ConsumerNumber(0), warren::queue::Verdict::kSettle, {key, key});
    answer("ok " + std::string(got.message.content.view()));
  }

  void OnEnded(const absl::Status&) override { session_ = nullptr; }  // The next command opens one.

  void OnDelivered(ConsumerNumber, std::span<const DeliveredMessage>) override {}  // No consumers,
  void OnConsumer(ConsumerNumber, warren::queue::ConsumerEventKind) override {}    // here.
  void OnLost(ConsumerNumber, warren::queue::KeyRange) override {}
  void OnRoom() override {}

  const GroupId queue_;
  const std::vector<NodeId> nodes_;
  Session* session_ = nullptr;  // The shard's.
  std::map<PublishId, Answer> publishes_;
  std::map<GetId, Answer> gets_;
};

// Each queue is a group of copies, and each group has a number that is never used again, even after
// its queue was deleted. A broker keeps a catalog that hands out numbers; here a hash of the name
// (FNV-1a) must do, so a name that was deleted cannot be declared again.
GroupId IdOf(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return GroupId(hash / 2 + 1);  // Neither the first nor the last number: these mean something.
}

NodeId NodeOf(const std::string& id) { return NodeId(std::stoull(id)); }

std::string TextOf(const absl::Status& status) {
  return status.ok() ? "ok" : "error: " + status.ToString();
}

// Carries out one command at a time, and waits for its outcome: as long as it takes until there is
// a majority, or such a queue.
class Broker {
 public:
  Broker(std::unique_ptr<Node> node, std::vector<NodeId> nodes)
      : nodes_(std::move(nodes)), node_(std::move(node)) {}

  std::string Execute(const std::string& line) {
    std::istringstream words(line);
    std::string command, name, text;
    words >> command >> name >> std::ws;
    std::getline(words, text);
    const GroupId queue = IdOf(name);
    if (command == "declare") return TextOf(node_->DeclareQueue(queue, nodes_, {}));
    if (command == "delete") return TextOf(node_->DeleteQueue(queue, nodes_));
    if (command != "publish" && command != "get") return "error: no such command";

    Conversation& conversation = conversations_.try_emplace(queue, queue, nodes_).first->second;
    const auto outcome = std::make_shared<std::promise<std::string>>();
    const Answer answer = [outcome](std::string said) { outcome->set_value(std::move(said)); };
    node_->Post(node_->ShardOfGroup(queue), [&](Shard& shard) {
      if (command == "publish") return conversation.Publish(shard, text, answer);
      conversation.Get(shard, answer);
    });
    return outcome->get_future().get();
  }

 private:
  const std::vector<NodeId> nodes_;
  std::map<GroupId, Conversation> conversations_;
  std::unique_ptr<Node> node_;  // Gone first: its shards call conversations.
};

int Main(std::map<std::string, std::string> flags) {
  std::vector<PeerAddress> peers;  // This node may be among them.
  std::vector<NodeId> nodes;
  std::istringstream list(flags["--peers"]);
  for (std::string peer; std::getline(list, peer, ',');) {
    const size_t equals = peer.find('=');
    const std::string id = peer.substr(0, equals);
    nodes.push_back(NodeOf(id));
    peers.push_back({nodes.back(), "node-" + id, peer.substr(equals + 1)});
  }
  const warren::base::SystemClock clock;
  const auto sink = warren::base::SpdlogSink::Open({});  // The standard error stream.
  if (!sink.ok()) return std::cerr << sink.status() << "\n", 1;
  warren::base::LogPipeline log({warren::base::LogLevel::kWarning}, sink->get(), &clock);

  NodeConfig config;
  config.cluster = "embed";
  config.name = "node-" + flags["--id"];
  config.node = NodeOf(flags["--id"]);
  config.directory = flags["--dir"];
  GrpcTransportOptions transport;
  transport.listen_address = flags["--listen"];
  transport.log = warren::base::Logger(&log);
  NodePlatform platform;
  platform.logger = warren::base::Logger(&log);
  platform.transport = OverGrpc(transport);
  auto node = Node::Open(config, std::move(platform));
  if (!node.ok()) return std::cerr << node.status() << "\n", 1;
  (*node)->SetPeers(peers);

  Broker broker(*std::move(node), nodes);
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << broker.Execute(line) << std::endl;
  }
  return 0;
}

}  // namespace embed

int main(int argc, char** argv) {
  std::map<std::string, std::string> flags;  // --id 1 --dir DIR --listen HOST:PORT --peers ...
  for (int i = 1; i + 1 < argc; i += 2) flags[argv[i]] = argv[i + 1];
  return embed::Main(std::move(flags));
}
