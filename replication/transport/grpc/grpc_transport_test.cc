#include "replication/transport/grpc/grpc_transport.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <map>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/transport/grpc/byte_buffer.h"
#include "replication/transport/grpc/testing/reserved_port.h"
#include "replication/transport/grpc/testing/test_node.h"
#include "replication/transport/testing/transport_contract.h"

namespace warren::replication {
namespace {

// Nodes on loopback.
class GrpcWorld final : public TransportWorld {
 public:
  std::unique_ptr<Transport> Start(const NodeIdentity& self, TransportListener* listener,
                                   const TransportConfig& config) override {
    GrpcTransportOptions options;
    options.self = self;
    options.listen_address = AddressOf(self.name);
    options.config = config;
    options.clock = &clock_;
    auto transport = GrpcTransport::Start(options, listener);
    EXPECT_TRUE(transport.ok()) << transport.status();
    return *std::move(transport);
  }
  std::string AddressOf(const std::string& name) override { return ports_[name].address(); }

 private:
  base::SystemClock clock_;
  std::map<std::string, ReservedPort> ports_;
};

INSTANTIATE_TEST_SUITE_P(Grpc, TransportContractTest,
                         ::testing::Values(TransportImplementation{
                             .name = "Grpc", .make = [] { return std::make_unique<GrpcWorld>(); }}),
                         [](const auto& test) { return test.param.name; });

constexpr StreamClass kControl = StreamClass::kControl;
const NodeId kA = TestNode::IdOf('a');
const NodeId kB = TestNode::IdOf('b');

TEST(GrpcTransportTest, ALaterIncarnationReplacesAnEarlierOneAndKeepsItOut) {
  TestNode b('b');
  TestNode earlier('a');
  TestNode later('a');
  later.options().self.incarnation = Incarnation(2);
  b.Start({later.Address()});
  earlier.Start({b.Address()});
  ASSERT_TRUE(earlier.listener().AwaitConnects(kB, kControl, 1));
  later.Start({b.Address()});
  ASSERT_TRUE(later.listener().AwaitConnects(kB, kControl, 1));
  EXPECT_TRUE(b.listener().AwaitLosses(kA, kControl, 1));
  EXPECT_TRUE(earlier.listener().AwaitFailure(kB, kControl, absl::StatusCode::kPermissionDenied));
  EXPECT_TRUE(b.log().AwaitLine({"peer.refused", "peer=a", "stale: incarnation 1"}));
  ASSERT_TRUE(later.transport().Send(kB, kControl, base::BytesChain(base::Bytes::Copy("here"))));
  EXPECT_TRUE(b.listener().AwaitMessages(kA, kControl, 1));
}

TEST(GrpcTransportTest, BothLogsSayWhyTwoNodesPart) {
  TestNode a('a');
  TestNode b('b');
  b.options().self.cluster = "another";
  b.Start({a.Address(), b.Address()});
  a.Start({a.Address(), b.Address()});
  const std::string why = "node a is of cluster cluster, node b of another";
  EXPECT_TRUE(a.log().AwaitLine({"peer.refused", "peer=b", "stream=control", why}));
  EXPECT_TRUE(b.log().AwaitLine({"peer.refused", "peer=a", why}));
}

TEST(GrpcTransportTest, WhatCannotWorkIsRefusedAtTheStart) {
  TestNode a('a');
  a.options().config.frame_bytes_max = 0;
  EXPECT_EQ(GrpcTransport::Start(a.options(), &a.listener()).status().code(),
            absl::StatusCode::kInvalidArgument);
  a.options().config = {};
  a.options().listen_address = "nowhere";
  EXPECT_EQ(GrpcTransport::Start(a.options(), &a.listener()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Whoever speaks gRPC and not what nodes speak.
class Stranger {
 public:
  Stranger(const TestNode& node, const std::string& method)
      : channel_(grpc::CreateChannel(node.Address().address, grpc::InsecureChannelCredentials())),
        call_(grpc::GenericStub(channel_).PrepareCall(&context_, method, &queue_)) {
    call_->StartCall(this);
    EXPECT_TRUE(AwaitTag());
  }
  ~Stranger() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  void Say(std::string_view bytes) {
    call_->Write(ToByteBuffer(base::BytesChain(base::Bytes::Copy(bytes))), this);
    EXPECT_TRUE(AwaitTag());
  }
  std::string Hear() {
    grpc::ByteBuffer buffer;
    call_->Read(&buffer, this);
    return AwaitTag() ? std::string(ToBytes(buffer).view()) : "";
  }
  grpc::StatusCode End() {
    grpc::Status status;
    call_->Finish(&status, this);
    AwaitTag();
    return status.error_code();
  }

 private:
  bool AwaitTag() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

std::string HelloOfA() {
  Hello hello{.from = {.cluster = "cluster", .node = kA, .name = "a", .incarnation = {}},
              .to = kB,
              .stream = kControl};
  return EncodeHello(hello);
}

TEST(GrpcTransportTest, AnotherMethodIsNotThere) {
  TestNode b('b');
  b.Start({});
  Stranger stranger(b, "/another/Method");
  EXPECT_EQ(stranger.Hear(), "");
  EXPECT_EQ(stranger.End(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST(GrpcTransportTest, AHelloThatIsNoneIsRefused) {
  TestNode b('b');
  b.Start({});
  Stranger stranger(b, kPeerMethod);
  stranger.Say("good morning");
  const auto reply = DecodeHelloReply(stranger.Hear());
  ASSERT_TRUE(reply.ok());
  ASSERT_TRUE(reply->refusal.has_value());
  EXPECT_EQ(reply->refusal->reason, RefusalReason::kMalformed);
  EXPECT_TRUE(b.log().AwaitLine({"peer.refused", "malformed"}));
}

TEST(GrpcTransportTest, WhoDoesNotSayHelloIsSentAway) {
  TestNode b('b');
  b.options().config.connect_timeout = absl::Milliseconds(20);
  b.Start({});
  Stranger stranger(b, kPeerMethod);
  EXPECT_EQ(stranger.Hear(), "");
  EXPECT_EQ(stranger.End(), grpc::StatusCode::CANCELLED);
}

TEST(GrpcTransportTest, AFrameThatIsNoneEndsTheStream) {
  TestNode b('b');
  b.Start({{.node = kA, .name = "a", .address = "127.0.0.1:1"}});
  Stranger stranger(b, kPeerMethod);
  stranger.Say(HelloOfA());
  EXPECT_FALSE(DecodeHelloReply(stranger.Hear())->refusal.has_value());
  stranger.Say("\x01\x05hello");
  stranger.Say("\x01\x7f");
  EXPECT_EQ(stranger.Hear(), "");
  EXPECT_EQ(stranger.End(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(b.listener().AwaitLosses(kA, kControl, 1));
  EXPECT_THAT(b.listener().Get(kA, kControl).messages, ::testing::ElementsAre("hello"));
  EXPECT_TRUE(b.log().AwaitLine({"peer.frame_malformed", "peer=a"}));
}

}  // namespace
}  // namespace warren::replication
