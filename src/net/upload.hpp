// Upload: moves a request body from its connection into a BodySink on the worker pool.
//
// Two pieces take turns: while a worker writes one, the loop reads the other. A sink is used by one
// worker at a time and destroyed on a worker, whatever becomes of the connection.
#pragma once

#include "net/body_reader.hpp"
#include "net/exchange.hpp"

#include <memory>
#include <optional>

namespace vc::net {

// Large enough that handing over (a queue, a wake-up) costs little beside reading and hashing,
// small enough to be still in the cache of the core that hashes it.
inline constexpr std::size_t kUploadPieceBytes = 256 << 10;

enum class UploadEnd {
  handed_over,  // The sink has everything, and the Reply.
  refused,      // The sink answered; `response` of the exchange is set.
  overloaded,   // The worker pool is full.
  gone,         // The client left or was too slow.
};

// `reader` has a known length.
Task<UploadEnd> receive_upload(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange,
                               BodyReader& reader, std::unique_ptr<BodySink> sink);

// Destroys a sink that nothing was written to, on a worker.
void retire_sink(EventLoop& loop, std::shared_ptr<Exchange> exchange,
                 std::unique_ptr<BodySink> sink);

}  // namespace vc::net
