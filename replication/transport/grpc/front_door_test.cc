#include "replication/transport/grpc/front_door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/transport/grpc/testing/reserved_port.h"
#include "replication/transport/grpc/testing/test_node.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using NewConnection = grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters;

// Answers each connection that it is given with "welcome", and closes it.
class Greeter final : public grpc::experimental::ExternalConnectionAcceptor {
 public:
  void HandleNewConnection(NewConnection* connection) override {
    EXPECT_EQ(send(connection->fd, "welcome", 7, MSG_NOSIGNAL), 7);
    shutdown(connection->fd, SHUT_WR);
    close(connection->fd);
  }
};

// Whoever connects: blocking, by hand.
class Caller {
 public:
  explicit Caller(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(connect(fd_, any, sizeof(address)), 0);
  }
  ~Caller() { close(fd_); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  void Say(std::string_view bytes) const {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Until the other side closes.
  std::string HearAll() const {
    std::string all;
    char buffer[256];
    for (ssize_t got = 0; (got = recv(fd_, buffer, sizeof(buffer), 0)) > 0;) {
      all.append(buffer, static_cast<size_t>(got));
    }
    return all;
  }

 private:
  const int fd_;
};

class FrontDoorTest : public ::testing::Test {
 protected:
  void Open(bool with_tls, absl::Duration patience) {
    auto door = FrontDoor::Open("127.0.0.1:0", {.with_tls = with_tls,
                                                .patience = patience,
                                                .log = base::Logger(&pipeline_),
                                                .clock = &clock_});
    ASSERT_TRUE(door.ok()) << door.status();
    door_ = *std::move(door);
    door_->Start(std::make_unique<Greeter>());
  }

  base::SystemClock clock_;
  RecordedLog log_;
  base::LogPipeline pipeline_{{}, &log_, &clock_};
  std::unique_ptr<FrontDoor> door_;
};

constexpr std::string_view kTlsBytes = "\x16\x03\x01";
constexpr std::string_view kHttpBytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

TEST_F(FrontDoorTest, PlaintextIsHandedOverWherePlaintextIsSpoken) {
  Open(/*with_tls=*/false, absl::Minutes(1));
  const Caller caller(door_->port());
  caller.Say(kHttpBytes);
  EXPECT_EQ(caller.HearAll(), "welcome");
  const Caller another(door_->port());
  another.Say(kTlsBytes);
  EXPECT_THAT(another.HearAll(), HasSubstr("speaks plaintext"));
  EXPECT_TRUE(log_.AwaitLine({"peer.refused", "address=127.0.0.1:", "tls: "}));
}

TEST_F(FrontDoorTest, TlsIsHandedOverWhereTlsIsSpoken) {
  Open(/*with_tls=*/true, absl::Minutes(1));
  const Caller caller(door_->port());
  caller.Say(kTlsBytes);
  EXPECT_EQ(caller.HearAll(), "welcome");
  const Caller another(door_->port());
  another.Say(kHttpBytes);
  EXPECT_THAT(another.HearAll(), StartsWith("HTTP/1.1 426 "));
  EXPECT_TRUE(log_.AwaitLine({"peer.refused", "address=127.0.0.1:", "plaintext: "}));
}

TEST_F(FrontDoorTest, WhoSaysNothingIsSentAway) {
  Open(/*with_tls=*/true, absl::Milliseconds(1));
  const Caller caller(door_->port());
  EXPECT_EQ(caller.HearAll(), "");
}

TEST_F(FrontDoorTest, ManyWhoSayNothingDoNotKeepOthersOut) {
  Open(/*with_tls=*/true, absl::Milliseconds(20));
  std::vector<std::unique_ptr<Caller>> silent;
  for (int i = 0; i < 300; ++i) silent.push_back(std::make_unique<Caller>(door_->port()));
  const Caller caller(door_->port());
  caller.Say(kTlsBytes);
  EXPECT_EQ(caller.HearAll(), "welcome");
}

TEST_F(FrontDoorTest, StopsWhileSomebodyWaits) {
  Open(/*with_tls=*/true, absl::Minutes(10));
  const Caller caller(door_->port());
  door_->Stop();
  door_.reset();
  EXPECT_EQ(caller.HearAll(), "");
}

TEST(FrontDoorAddressTest, WhatCannotBeListenedAtIsAnError) {
  const auto code = [](const std::string& address) {
    return FrontDoor::Open(address, {}).status().code();
  };
  EXPECT_EQ(code("nowhere"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("127.0.0.1:no_port"), absl::StatusCode::kInvalidArgument);
  const auto door = FrontDoor::Open("127.0.0.1:0", {});
  ASSERT_TRUE(door.ok());
  EXPECT_EQ(code("127.0.0.1:" + std::to_string((*door)->port())), absl::StatusCode::kUnavailable);
}

TEST(RepeatGuardTest, EachKeyPassesOnceAMinute) {
  RepeatGuard guard;
  base::MonotonicTime now;
  EXPECT_TRUE(guard.Passes("one", now));
  EXPECT_FALSE(guard.Passes("one", now + absl::Seconds(59)));
  EXPECT_TRUE(guard.Passes("two", now + absl::Seconds(59)));
  EXPECT_TRUE(guard.Passes("one", now + absl::Seconds(60)));
}

}  // namespace
}  // namespace warren::replication
