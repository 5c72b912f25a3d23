#include "agent/persistent/port_probe.hpp"

#include "core/fd.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace vc::agent {

namespace {

constexpr int kPatienceMs = 1000;

// A port of the range for outgoing connections may be given to our own end: it is connected to
// itself then, and nobody listens.
bool is_connected_to_itself(int socket) {
  sockaddr_in6 here{};  // Both families have the port at the same place.
  sockaddr_in6 there{};
  socklen_t size = sizeof here;
  socklen_t peer_size = sizeof there;
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(&here), &size) == 0 &&
         ::getpeername(socket, reinterpret_cast<sockaddr*>(&there), &peer_size) == 0 &&
         here.sin6_port == there.sin6_port;
}

bool accepts(const sockaddr* address, socklen_t size) {
  const UniqueFd socket(
      ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) {
    return false;  // No IPv6 here, for one.
  }
  if (::connect(socket.get(), address, size) == 0) {
    return !is_connected_to_itself(socket.get());
  }
  pollfd waiting{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  if (errno != EINPROGRESS || ::poll(&waiting, 1, kPatienceMs) <= 0) {
    return false;
  }
  int failure = 0;
  socklen_t length = sizeof failure;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failure, &length) == 0 && failure == 0 &&
         !is_connected_to_itself(socket.get());
}

}  // namespace

bool is_port_open(std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  return accepts(reinterpret_cast<const sockaddr*>(&v4), sizeof v4) ||
         accepts(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
}

}  // namespace vc::agent
