// What every Transport must do, as tests that run over each implementation.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "replication/transport/config.h"
#include "replication/transport/hello.h"
#include "replication/transport/testing/recording_listener.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// A place where transports of one implementation meet.
class TransportWorld {
 public:
  virtual ~TransportWorld() = default;
  // A node of that identity; after the first of that name has stopped, again at the same address.
  virtual std::unique_ptr<Transport> Start(const NodeIdentity& self, TransportListener* listener,
                                           const TransportConfig& config) = 0;
  // Where nodes of that name are, started or not.
  virtual std::string AddressOf(const std::string& name) = 0;
};

struct TransportImplementation {
  std::string name;
  std::function<std::unique_ptr<TransportWorld>()> make;
};

// Instantiate it with INSTANTIATE_TEST_SUITE_P.
class TransportContractTest : public ::testing::TestWithParam<TransportImplementation> {};

}  // namespace warren::replication
