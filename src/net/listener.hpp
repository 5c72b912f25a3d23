// Listening sockets: one per loop, all on one port, and the coroutine that accepts from one of
// them.
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"
#include "net/event_loop.hpp"

#include <memory>
#include <vector>

namespace vc::net {

struct Listeners {
  std::vector<UniqueFd> sockets;
  std::uint16_t port = 0;
};

// `count` sockets that listen on options.host and options.port; the kernel spreads connections over
// them. Fails when another process, even one of ours, has the port.
Result<Listeners> listen_on(const ServerOptions& options, unsigned count);

// Accepts on the loop until it drains.
void accept_on(const std::shared_ptr<EventLoop>& loop, UniqueFd listener);

}  // namespace vc::net
