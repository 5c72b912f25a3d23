// Sends part of a file from the page cache to a connection, without copying it and without letting
// a slow disk hold up the loop.
#pragma once

#include "net/exchange.hpp"

#include <memory>

namespace vc::net {

// The FileRange of the exchange's response. false: the client has gone, or the file ended early (it
// was truncated under us); either way the connection is of no more use.
Task<bool> send_file(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange);

}  // namespace vc::net
