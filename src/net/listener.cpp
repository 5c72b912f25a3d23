#include "net/listener.hpp"

#include "net/http_session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace vc::net {

namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 4096;  // The kernel lowers it to net.core.somaxconn.
// How many connections are taken before those that have requests get a turn.
constexpr int kAcceptsAtOnce = 64;
// Out of descriptors: nothing helps but waiting for some to be closed.
constexpr auto kAcceptPause = 100ms;
// Clients beyond connections_max that are told so at the same time; further ones are cut.
constexpr std::size_t kTurnedAwayMax = 64;

// A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1.
constexpr std::string_view kMappedIpv4 = "::ffff:";

struct AddressListDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

std::string display(const ServerOptions& options) {
  const bool ipv6 = options.host.contains(':');
  return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", options.host, ipv6 ? "]" : "", options.port);
}

Result<AddressList> resolve(const ServerOptions& options) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(options.host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return fail(Errc::invalid,
                fmt::format("cannot listen on {}: {}", options.host, ::gai_strerror(error)),
                "set VC_HOST to an address of this machine, or 0.0.0.0 for all of them");
  }
  return AddressList(found);
}

// In both address families the port is in the same place.
void set_port(sockaddr* address, std::uint16_t port) {
  reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
}

Error bind_error(const ServerOptions& options, int error_number) {
  switch (error_number) {
    case EADDRINUSE:
      return {.code = Errc::conflict,
              .message = "address already in use: " + display(options),
              .hint = "set VC_PORT to a free port, or stop what listens there"};
    case EACCES:
      return {.code = Errc::denied,
              .message = "permission denied: " + display(options),
              .hint = "set VC_PORT to 1024 or above"};
    case EADDRNOTAVAIL:
      return {.code = Errc::invalid,
              .message = "not an address of this machine: " + display(options),
              .hint = "set VC_HOST to an address of this machine, or 0.0.0.0 for all of them"};
    default:
      return errno_error("listen on " + display(options), error_number);
  }
}

enum class Claim { first, shared };

// The first socket is bound without SO_REUSEPORT, so that a port of another process of the same
// user is refused instead of shared; with the option set afterwards, our other sockets may join it.
Result<UniqueFd> bind_one(const ServerOptions& options, const addrinfo& address, Claim claim) {
  const int on = 1;
  UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    return std::unexpected(errno_error("socket"));
  }
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (claim == Claim::shared) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  }
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    return std::unexpected(bind_error(options, errno));
  }
  if (claim == Claim::first) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  }
  return fd;
}

Result<std::uint16_t> bound_port(const UniqueFd& fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return std::unexpected(errno_error("getsockname"));
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.ss_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else {
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  }
  ::inet_ntop(address.ss_family, bytes, text.data(), text.size());
  const std::string_view shown(text.data());
  return std::string(shown.starts_with(kMappedIpv4) && shown.contains('.')
                         ? shown.substr(kMappedIpv4.size())
                         : shown);
}

class Acceptor {
 public:
  Acceptor(std::shared_ptr<EventLoop> loop, UniqueFd listener)
      : loop_(std::move(loop)),
        socket_(loop_->context().get_executor()),
        pause_(loop_->context().get_executor()) {
    // Only waited on: accept4 below makes descriptors non-blocking and close-on-exec in one call.
    error_code ignored;
    socket_.assign(tcp::v4(), listener.release(), ignored);
  }

  static Task<> run(std::shared_ptr<Acceptor> self) {
    for (;;) {
      const auto [error] = co_await self->socket_.async_wait(Waitable::wait_read, kAsTuple);
      if (error) {
        co_return;
      }
      if (self->accept_some() == Accepted::must_pause) {
        self->pause_.expires_after(kAcceptPause);
        co_await self->pause_.async_wait(kAsTuple);
      }
    }
  }

  void stop() {
    error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
  }

 private:
  using Waitable = asio::basic_socket_acceptor<tcp, Executor>;
  enum class Accepted { some, must_pause };

  Accepted accept_some() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      sockaddr_storage address{};
      socklen_t size = sizeof(address);
      UniqueFd fd(::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd.valid()) {
        admit(std::move(fd), address);
        continue;
      }
      switch (errno) {
        case EAGAIN:
          return Accepted::some;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
          loop_->service().log.warn("cannot accept connections for now",
                                    {{"error", std::string_view(std::strerror(errno))}});
          return Accepted::must_pause;
        default:
          break;  // Of one connection that ended before it was accepted.
      }
    }
    return Accepted::some;
  }

  void admit(UniqueFd fd, const sockaddr_storage& address) {
    Service& service = loop_->service();
    Socket socket(loop_->context().get_executor());
    error_code error;
    socket.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd.get(), error);
    if (error) {
      return;  // Not watched by the loop: closed with `fd`.
    }
    fd.release();
    const auto executor = loop_->context().get_executor();
    std::string peer = address_text(address);
    if (auto seat = Seat::take(service.open_connections, service.options.connections_max)) {
      asio::co_spawn(executor,
                     Session::serve(std::make_unique<Session>(loop_, std::move(socket),
                                                              std::move(peer), *std::move(seat))),
                     asio::detached);
    } else if (auto outside = Seat::take(service.turned_away, kTurnedAwayMax)) {
      asio::co_spawn(executor,
                     Session::turn_away(std::make_unique<Session>(
                         loop_, std::move(socket), std::move(peer), *std::move(outside))),
                     asio::detached);
    }
  }

  std::shared_ptr<EventLoop> loop_;
  Waitable socket_;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, Executor>
      pause_;
};

}  // namespace

Result<Listeners> listen_on(const ServerOptions& options, unsigned count) {
  VC_TRY(const AddressList addresses, resolve(options));
  addrinfo& address = *addresses;
  Listeners listeners{.sockets = {}, .port = options.port};
  for (unsigned i = 0; i < count; ++i) {
    set_port(address.ai_addr, listeners.port);
    VC_TRY(UniqueFd fd, bind_one(options, address, i == 0 ? Claim::first : Claim::shared));
    VC_TRY(listeners.port, bound_port(fd));
    listeners.sockets.push_back(std::move(fd));
  }
  // Only now, so that no connection waits at a socket whose sister could not be had.
  for (const UniqueFd& fd : listeners.sockets) {
    if (::listen(fd.get(), kBacklog) != 0) {
      return std::unexpected(bind_error(options, errno));
    }
  }
  return listeners;
}

void accept_on(const std::shared_ptr<EventLoop>& loop, UniqueFd listener) {
  auto acceptor = std::make_shared<Acceptor>(loop, std::move(listener));
  loop->on_drain([acceptor] { acceptor->stop(); });
  asio::co_spawn(loop->context().get_executor(), Acceptor::run(acceptor), asio::detached);
}

}  // namespace vc::net
