#include "replication/transport/in_process.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/transport/testing/transport_contract.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr StreamClass kControl = StreamClass::kControl;
constexpr StreamClass kData = StreamClass::kData;
constexpr NodeId kA{1};
constexpr NodeId kB{2};

class InProcessWorld final : public TransportWorld {
 public:
  std::unique_ptr<Transport> Start(const NodeIdentity& self, TransportListener* listener,
                                   const TransportConfig& config) override {
    return hub_.Join(self, AddressOf(self.name == "x" ? "a" : self.name), listener, config);
  }
  std::string AddressOf(const std::string& name) override { return "at " + name; }

 private:
  InProcessHub hub_;
};

INSTANTIATE_TEST_SUITE_P(InProcess, TransportContractTest,
                         ::testing::Values(TransportImplementation{
                             .name = "InProcess",
                             .make = [] { return std::make_unique<InProcessWorld>(); }}),
                         [](const auto& test) { return test.param.name; });

// Two nodes, delivered by hand.
class InProcessHubTest : public ::testing::Test {
 protected:
  void SetUp() override {
    a_ = Join(kA, "a", &a_hears_);
    b_ = Join(kB, "b", &b_hears_);
    hub_.PumpAll();
  }

  std::unique_ptr<Transport> Join(NodeId node, const std::string& name,
                                  TransportListener* listener) {
    NodeIdentity self;
    self.cluster = "c";
    self.node = node;
    self.name = name;
    auto transport = hub_.Join(self, name, listener);
    transport->SetPeers(
        {{.node = kA, .name = "a", .address = "a"}, {.node = kB, .name = "b", .address = "b"}});
    return transport;
  }
  static bool Send(Transport* from, NodeId to, std::string_view text) {
    return from->Send(to, kControl, base::BytesChain(base::Bytes::Copy(text)));
  }

  InProcessHub hub_{InProcessHub::Delivery::kByHand};
  RecordingListener a_hears_;
  RecordingListener b_hears_;
  std::unique_ptr<Transport> a_;
  std::unique_ptr<Transport> b_;
};

TEST_F(InProcessHubTest, NothingArrivesBeforeItIsPumped) {
  EXPECT_EQ(a_hears_.Get(kB, kControl).connects, 1);
  ASSERT_TRUE(Send(a_.get(), kB, "one"));
  ASSERT_TRUE(Send(a_.get(), kB, "two"));
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, IsEmpty());
  EXPECT_FALSE(hub_.Pump(kA));
  EXPECT_TRUE(hub_.Pump(kB));
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, ElementsAre("one", "two"));
  EXPECT_THAT(b_hears_.Get(kA, kControl).frames, ElementsAre(2));
  EXPECT_FALSE(hub_.Pump(kB));
  EXPECT_FALSE(hub_.Pump(NodeId(3)));
}

TEST_F(InProcessHubTest, ACutGoesOneWayAndHeals) {
  ASSERT_TRUE(Send(a_.get(), kB, "lost on its way"));
  hub_.Cut(kA, kB);
  EXPECT_FALSE(Send(a_.get(), kB, "no stream"));
  EXPECT_TRUE(Send(b_.get(), kA, "the other way"));
  hub_.PumpAll();
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, IsEmpty());
  EXPECT_EQ(b_hears_.Get(kA, kControl).losses, 1);
  EXPECT_THAT(a_hears_.Get(kB, kControl).messages, ElementsAre("the other way"));
  const auto disconnects = a_hears_.Get(kB, kControl).disconnects;
  ASSERT_GE(disconnects.size(), 2u);
  EXPECT_EQ(disconnects[disconnects.size() - 2].code(), absl::StatusCode::kAborted);
  EXPECT_EQ(disconnects.back().code(), absl::StatusCode::kUnavailable);

  hub_.Heal(kA, kB);
  ASSERT_TRUE(Send(a_.get(), kB, "whole again"));
  hub_.PumpAll();
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, ElementsAre("whole again"));
  EXPECT_EQ(a_hears_.Get(kB, kControl).connects, 2);
}

TEST_F(InProcessHubTest, WhatIsStalledArrivesLater) {
  hub_.Stall(kA, kB);
  ASSERT_TRUE(Send(a_.get(), kB, "late"));
  EXPECT_TRUE(Send(b_.get(), kA, "in time"));
  hub_.PumpAll();
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, IsEmpty());
  EXPECT_THAT(a_hears_.Get(kB, kControl).messages, ElementsAre("in time"));
  EXPECT_GT(a_->QueuedBytes(kB, kControl), 0u);
  hub_.Heal(kA, kB);
  hub_.PumpAll();
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, ElementsAre("late"));
  EXPECT_EQ(b_hears_.Get(kA, kControl).losses, 0);
}

TEST_F(InProcessHubTest, AStallCatchesWhatIsOnItsWay) {
  ASSERT_TRUE(Send(a_.get(), kB, "under way"));
  hub_.Stall(kA, kB);
  hub_.PumpAll();
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, IsEmpty());
  hub_.Heal(kA, kB);
  hub_.PumpAll();
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, ElementsAre("under way"));
}

TEST_F(InProcessHubTest, NoStreamIsOpenedThroughAStall) {
  hub_.Stall(kB, kA);
  b_.reset();
  b_ = Join(kB, "b", &b_hears_);
  hub_.PumpAll();
  EXPECT_EQ(b_hears_.Get(kA, kData).connects, 1);
  hub_.Heal(kB, kA);
  hub_.PumpAll();
  EXPECT_EQ(b_hears_.Get(kA, kData).connects, 2);
}

TEST_F(InProcessHubTest, WhatAnEarlierStreamLeftBehindIsNotDelivered) {
  ASSERT_TRUE(Send(a_.get(), kB, "old"));
  hub_.Cut(kA, kB);
  hub_.Heal(kA, kB);
  ASSERT_TRUE(Send(a_.get(), kB, "new"));
  hub_.PumpAll();
  EXPECT_EQ(b_hears_.Get(kA, kControl).losses, 1);
  EXPECT_THAT(b_hears_.Get(kA, kControl).messages, ElementsAre("new"));
}

}  // namespace
}  // namespace warren::replication
