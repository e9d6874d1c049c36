#include "replication/transport/grpc/grpc_transport.h"

#include <map>
#include <string>

#include "gtest/gtest.h"

#include "replication/transport/grpc/testing/reserved_port.h"
#include "replication/transport/testing/contract_test_suite.h"

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

}  // namespace
}  // namespace warren::replication
