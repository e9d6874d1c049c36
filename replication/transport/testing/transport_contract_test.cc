#include "replication/transport/testing/transport_contract.h"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

namespace warren::replication {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr StreamClass kControl = StreamClass::kControl;
constexpr StreamClass kData = StreamClass::kData;

MATCHER_P(HasCode, code, "") { return arg.code() == code; }

base::BytesChain Message(std::string_view text) {
  return base::BytesChain(base::Bytes::Copy(text));
}

// A node under test: "a" is node 1, "b" node 2 and so on.
class Node {
 public:
  Node(TransportWorld* world, char letter, const TransportConfig& config = {})
      : world_(world), config_(config) {
    self_.cluster = "cluster";
    self_.node = IdOf(letter);
    self_.name = std::string(1, letter);
    self_.incarnation = Incarnation(1);
  }

  static NodeId IdOf(char letter) { return NodeId(static_cast<uint64_t>(letter - 'a' + 1)); }
  static std::vector<PeerAddress> Peers(TransportWorld* world, std::string_view letters) {
    std::vector<PeerAddress> peers;
    for (const char letter : letters) {
      const std::string name(1, letter);
      peers.push_back({.node = IdOf(letter), .name = name, .address = world->AddressOf(name)});
    }
    return peers;
  }

  void Start(std::string_view peers) {
    transport_ = world_->Start(self_, &listener_, config_);
    transport_->SetPeers(Peers(world_, peers));
  }
  void Restart(std::string_view peers) {
    transport_.reset();
    self_.incarnation = self_.incarnation + 1;
    Start(peers);
  }
  void SetPeers(std::string_view peers) { transport_->SetPeers(Peers(world_, peers)); }
  bool Send(char to, StreamClass stream, std::string_view text) {
    return transport_->Send(IdOf(to), stream, Message(text));
  }

  NodeIdentity& self() { return self_; }
  RecordingListener& listener() { return listener_; }
  Transport& transport() { return *transport_; }
  RecordingListener::Record From(char letter, StreamClass stream = kControl) {
    return listener_.Get(IdOf(letter), stream);
  }
  StreamStats StatsOf(char letter, StreamClass stream) {
    for (const StreamStats& stats : transport_->GetStats()) {
      if (stats.peer == IdOf(letter) && stats.stream == stream) return stats;
    }
    ADD_FAILURE() << "no stream to " << letter;
    return {};
  }

 private:
  TransportWorld* const world_;
  const TransportConfig config_;
  NodeIdentity self_;
  RecordingListener listener_;
  std::unique_ptr<Transport> transport_;
};

const NodeId kA = Node::IdOf('a');
const NodeId kB = Node::IdOf('b');

TEST_P(TransportContractTest, EachClassKeepsItsOrder) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  constexpr size_t kMessages = 3'000;
  for (const StreamClass stream : kAllStreamClasses) {
    ASSERT_TRUE(a.listener().AwaitConnects(kB, stream, 1));
  }
  for (size_t i = 0; i < kMessages; ++i) {
    for (const StreamClass stream : kAllStreamClasses) {
      ASSERT_TRUE(a.Send('b', stream, std::to_string(i)));
    }
  }
  for (const StreamClass stream : kAllStreamClasses) {
    ASSERT_TRUE(b.listener().AwaitMessages(kA, stream, kMessages));
    const auto record = b.From('a', stream);
    ASSERT_THAT(record.messages, SizeIs(kMessages));
    for (size_t i = 0; i < kMessages; ++i) ASSERT_EQ(record.messages[i], std::to_string(i));
    EXPECT_THAT(record.frames, Each(::testing::Gt(0u)));
  }
}

TEST_P(TransportContractTest, BothDirectionsWork) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kControl, 1));
  ASSERT_TRUE(b.listener().AwaitConnects(kA, kControl, 1));
  ASSERT_TRUE(a.Send('b', kControl, "ping"));
  ASSERT_TRUE(b.listener().AwaitMessages(kA, kControl, 1));
  ASSERT_TRUE(b.Send('a', kControl, "pong"));
  ASSERT_TRUE(a.listener().AwaitMessages(kB, kControl, 1));
  EXPECT_THAT(b.From('a').messages, ElementsAre("ping"));
  EXPECT_THAT(a.From('b').messages, ElementsAre("pong"));
}

TEST_P(TransportContractTest, MessagesInPiecesAndLargeOnesArriveWhole) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kData, 1));
  std::vector<std::string> sent;
  for (const size_t size : {1u, 100u, 5'000u, 300'000u, 2u, 9'000'000u, 3u}) {
    base::BytesChain message = Message("head");
    message.Append(base::Bytes::Adopt(std::string(size, static_cast<char>('a' + size % 26))));
    message.Append(base::Bytes::Copy("tail"));
    sent.emplace_back(message.Flatten().view());
    ASSERT_TRUE(a.transport().Send(kB, kData, std::move(message)));
  }
  ASSERT_TRUE(b.listener().AwaitMessages(kA, kData, sent.size()));
  EXPECT_TRUE(b.From('a', kData).messages == sent);  // Not EXPECT_EQ: it would print them.
}

TEST_P(TransportContractTest, WhatIsEmptyOrTooLargeIsRefused) {
  const auto world = GetParam().make();
  TransportConfig config;
  config.message_bytes_max = 4096;
  Node a(world.get(), 'a', config);
  Node b(world.get(), 'b', config);
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kData, 1));
  EXPECT_FALSE(a.Send('b', kData, ""));
  EXPECT_FALSE(a.Send('b', kData, std::string(4097, 'x')));
  EXPECT_TRUE(a.Send('b', kData, std::string(4096, 'x')));
  EXPECT_EQ(a.StatsOf('b', kData).dropped, 2u);
  EXPECT_TRUE(b.listener().AwaitMessages(kA, kData, 1));
}

TEST_P(TransportContractTest, NothingGoesToWhoIsNoPeerOrNotThere) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  a.Start("ab");
  EXPECT_FALSE(a.Send('c', kData, "to a stranger"));
  EXPECT_FALSE(a.Send('a', kData, "to itself"));
  ASSERT_TRUE(a.listener().AwaitFailure(kB, kData, absl::StatusCode::kUnavailable));
  EXPECT_FALSE(a.Send('b', kData, "to nobody"));
}

TEST_P(TransportContractTest, AFullQueueRefuses) {
  const auto world = GetParam().make();
  TransportConfig config;
  config.data_queued_bytes_max = 1024 * 1024;
  config.frame_bytes_max = 64 * 1024;
  Node a(world.get(), 'a', config);
  Node b(world.get(), 'b', config);
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kData, 1));
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kControl, 1));
  b.listener().Hold();
  const std::string text(32 * 1024, 'x');
  size_t taken = 0;
  // What the receiver does not read fills the network's buffers first, and then the queue.
  while (taken < 100'000 && a.Send('b', kData, text)) ++taken;
  ASSERT_LT(taken, 100'000u);
  EXPECT_GE(a.transport().QueuedBytes(kB, kData), config.data_queued_bytes_max);
  EXPECT_EQ(a.StatsOf('b', kData).dropped, 1u);
  EXPECT_TRUE(a.Send('b', kControl, "another class has room"));
  b.listener().Release();
  EXPECT_TRUE(b.listener().AwaitMessages(kA, kData, taken));
  EXPECT_EQ(a.transport().QueuedBytes(kB, kData), 0u);
}

TEST_P(TransportContractTest, ARestartedPeerIsConnectedAgain) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kControl, 1));
  ASSERT_TRUE(b.listener().AwaitConnects(kA, kControl, 1));
  b.Restart("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kControl, 2));
  EXPECT_EQ(a.From('b').incarnation, Incarnation(2));
  EXPECT_THAT(a.From('b').disconnects, Contains(HasCode(absl::StatusCode::kAborted)));
  EXPECT_TRUE(a.listener().AwaitLosses(kB, kControl, 1));
  ASSERT_TRUE(a.Send('b', kControl, "again"));
  ASSERT_TRUE(b.listener().AwaitMessages(kA, kControl, 1));
}

TEST_P(TransportContractTest, AVanishedPeerIsToldOnce) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kControl, 1));
  const size_t before = a.From('b').disconnects.size();
  b.transport().Stop();
  ASSERT_TRUE(a.listener().AwaitFailure(kB, kControl, absl::StatusCode::kUnavailable));
  const auto disconnects = a.From('b').disconnects;
  ASSERT_THAT(disconnects, SizeIs(before + 2));
  EXPECT_EQ(disconnects[before].code(), absl::StatusCode::kAborted);
  EXPECT_EQ(disconnects[before + 1].code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(a.Send('b', kControl, "too late"));
}

TEST_P(TransportContractTest, ARemovedPeerIsCutOffAndMayComeBack) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kControl, 1));
  ASSERT_TRUE(b.listener().AwaitConnects(kA, kControl, 1));
  a.SetPeers("a");
  EXPECT_FALSE(a.Send('b', kControl, "gone"));
  EXPECT_TRUE(b.listener().AwaitLosses(kA, kControl, 1));
  EXPECT_TRUE(b.listener().AwaitFailure(kA, kControl, absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(a.transport().GetStats(), IsEmpty());
  a.SetPeers("ab");
  EXPECT_TRUE(a.listener().AwaitConnects(kB, kControl, 2));
  EXPECT_TRUE(b.listener().AwaitConnects(kA, kControl, 2));
}

TEST_P(TransportContractTest, AnotherClusterIsRefused) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  b.self().cluster = "another";
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitFailure(kB, kControl, absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(a.From('b').disconnects.back().message(), HasSubstr("another"));
  EXPECT_EQ(a.From('b').connects, 0);
}

TEST_P(TransportContractTest, WhoIsNoPeerIsRefusedUntilItIs) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("bc");
  ASSERT_TRUE(a.listener().AwaitFailure(kB, kControl, absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(a.From('b').disconnects.back().message(), HasSubstr("not_a_member"));
  b.SetPeers("abc");
  EXPECT_TRUE(a.listener().AwaitConnects(kB, kControl, 1));
}

TEST_P(TransportContractTest, AnotherNameIsRefused) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.self().name = "x";
  b.Start("ab");
  a.Start("ab");
  ASSERT_TRUE(a.listener().AwaitFailure(kB, kControl, absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(a.From('b').disconnects.back().message(), HasSubstr("other_name"));
}

TEST_P(TransportContractTest, ANodeAtAnothersAddressIsNotTakenForIt) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  b.self().node = NodeId(77);
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitFailure(kB, kControl, absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(a.From('b').disconnects.back().message(), HasSubstr("other_node"));
}

TEST_P(TransportContractTest, VersionsTooFarApartAreRefused) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  b.self().protocol_min = b.self().protocol_max = kProtocolMax + 1;
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitFailure(kB, kControl, absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(a.From('b').disconnects.back().message(), HasSubstr("speaks versions 1 to 1"));
}

TEST_P(TransportContractTest, StopWaitsForTheListener) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kControl, 1));
  b.listener().Hold();
  ASSERT_TRUE(a.Send('b', kControl, "held"));
  ASSERT_TRUE(b.listener().AwaitHeldCall());
  std::thread stopper([&b] {
    b.transport().Stop();
    EXPECT_EQ(b.listener().CallsUnderWay(), 0);
  });
  b.listener().Release();
  stopper.join();
  EXPECT_FALSE(b.Send('a', kControl, "after the end"));
  b.transport().Stop();  // Twice is once.
}

TEST_P(TransportContractTest, StopsWhileEverybodySends) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  Node c(world.get(), 'c');
  for (Node* node : {&a, &b, &c}) node->Start("abc");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kData, 1));
  std::atomic<bool> done = false;
  std::vector<std::thread> senders;
  for (Node* node : {&a, &b, &c}) {
    senders.emplace_back([node, &done] {
      while (!done) {
        for (const char to : {'a', 'b', 'c'}) {
          node->Send(to, kData, "noise");
          node->Send(to, kControl, "more noise");
        }
      }
    });
  }
  ASSERT_TRUE(b.listener().AwaitMessages(kA, kData, 100));
  b.transport().Stop();
  EXPECT_TRUE(a.listener().Await(kB, kData, [](const RecordingListener::Record& record) {
    return !record.disconnects.empty();
  }));
  done = true;
  for (std::thread& sender : senders) sender.join();
}

TEST_P(TransportContractTest, StatisticsCount) {
  const auto world = GetParam().make();
  Node a(world.get(), 'a');
  Node b(world.get(), 'b');
  a.Start("ab");
  b.Start("ab");
  ASSERT_TRUE(a.listener().AwaitConnects(kB, kData, 1));
  ASSERT_TRUE(a.Send('b', kData, "12345"));
  ASSERT_TRUE(a.Send('b', kData, "678"));
  ASSERT_TRUE(b.listener().AwaitMessages(kA, kData, 2));
  const StreamStats sent = a.StatsOf('b', kData);
  EXPECT_TRUE(sent.connected);
  EXPECT_EQ(sent.messages_sent, 2u);
  EXPECT_EQ(sent.bytes_sent, 8u);
  EXPECT_GE(sent.frames_sent, 1u);
  EXPECT_EQ(sent.dropped, 0u);
  const StreamStats received = b.StatsOf('a', kData);
  EXPECT_EQ(received.messages_received, 2u);
  EXPECT_EQ(received.bytes_received, 8u);
}

}  // namespace
}  // namespace warren::replication
