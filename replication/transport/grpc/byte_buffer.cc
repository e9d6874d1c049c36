#include "replication/transport/grpc/byte_buffer.h"

#include <grpcpp/support/slice.h>

#include <vector>

#include "absl/container/inlined_vector.h"

namespace warren::replication {
namespace {

// Up to here a copy costs less than what gRPC needs to share.
constexpr size_t kCopiedBytesMax = 512;

grpc::Slice ToSlice(const base::Bytes& bytes) {
  if (bytes.size() <= kCopiedBytesMax) return {bytes.data(), bytes.size()};
  // gRPC asks for mutable memory and does not change it.
  auto* memory = const_cast<char*>(bytes.data());
  return {memory, bytes.size(), [](void* shared) { delete static_cast<base::Bytes*>(shared); },
          new base::Bytes(bytes)};
}

}  // namespace

grpc::ByteBuffer ToByteBuffer(const base::BytesChain& bytes) {
  absl::InlinedVector<grpc::Slice, 8> slices;
  slices.reserve(bytes.pieces().size());
  for (const base::Bytes& piece : bytes.pieces()) slices.push_back(ToSlice(piece));
  return {slices.data(), slices.size()};
}

base::Bytes ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  base::BytesBuilder bytes(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.Append({reinterpret_cast<const char*>(slice.begin()), slice.size()});
  }
  return bytes.Freeze();
}

}  // namespace warren::replication
