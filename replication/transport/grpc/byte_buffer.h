// Bytes as gRPC has them.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>

#include "base/bytes.h"
#include "base/bytes_chain.h"

namespace warren::replication {

// Shares the memory of large pieces until gRPC has sent them.
grpc::ByteBuffer ToByteBuffer(const base::BytesChain& bytes);

// Copies: gRPC's slices are as the network cut them.
base::Bytes ToBytes(const grpc::ByteBuffer& buffer);

}  // namespace warren::replication
